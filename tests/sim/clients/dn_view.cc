#include "tests/sim/clients/dn_view.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tests/sim/clients/event_ledger.h"

namespace understudy::sim {

using tlib::Attribute;
using tlib::MessageType;
using Phase = HeardCall::Phase;

namespace {

uint64_t ConnIdOf(const tlib::Message& event) {
  return static_cast<uint64_t>(event.Number(Attribute::kConnID));
}

bool IsCallEvent(MessageType type) {
  switch (type) {
    case MessageType::kEventDialing:
    case MessageType::kEventNetworkReached:
    case MessageType::kEventDestinationBusy:
    case MessageType::kEventRinging:
    case MessageType::kEventEstablished:
    case MessageType::kEventHeld:
    case MessageType::kEventRetrieved:
    case MessageType::kEventReleased:
    case MessageType::kEventAbandoned:
    case MessageType::kEventPartyChanged:
    case MessageType::kEventPartyAdded:
    case MessageType::kEventPartyDeleted:
    case MessageType::kEventAttachedDataChanged:
    case MessageType::kEventDTMFSent:
      return true;
    default:
      return false;
  }
}

// By the name of a PartyState.
Phase PhaseOf(absl::string_view state) {
  if (state == "Dialing") return Phase::kDialing;
  if (state == "Alerting") return Phase::kAlerting;
  return state == "Connected" ? Phase::kEstablished : Phase::kHeld;
}

// Sent there by another party: such a call may come again.
bool IsSentThere(const tlib::Message& event) {
  return event.type() == MessageType::kEventRinging && event.Has(Attribute::kThirdPartyDN);
}

}  // namespace

bool DnView::IsRegistered(absl::string_view dn) const {
  return std::any_of(spans_.begin(), spans_.end(),
                     [&](const Span& span) { return span.to == 0 && (span.dn.empty() || span.dn == dn); });
}

bool DnView::IsRegisteredByName(absl::string_view dn) const {
  return std::any_of(spans_.begin(), spans_.end(), [&](const Span& span) { return span.to == 0 && span.dn == dn; });
}

void DnView::Register(absl::string_view dn, uint64_t sequence) {
  if (IsRegisteredByName(dn)) return;
  spans_.push_back({std::string(dn), sequence, 0});
  counts_[std::string(dn)] = HeardCounts();
}

void DnView::Monitors(bool monitors, uint64_t sequence) {
  if (monitors) return Register(kOfCalls, sequence);
  for (Span& span : spans_) {
    if (span.to == 0 && span.dn == kOfCalls) span.to = sequence;
  }
}

void DnView::Unregister(absl::string_view dn, uint64_t sequence) {
  for (Span& span : spans_) {
    if (span.to == 0 && span.dn != kOfCalls && (dn.empty() || span.dn == dn)) span.to = sequence;
  }
  // What it would hear of them from here on goes by unheard.
  std::erase_if(calls_, [&](const auto& row) { return !IsRegistered(row.first.first); });
  std::erase_if(others_, [&](const auto& row) { return !IsRegistered(row.first.first); });
  std::erase_if(ended_, [&](const Key& key) { return !IsRegistered(key.first); });
}

// Who registers for all DNs gets no snapshot, and one has room for so many calls (docs/t_library.md).
bool DnView::MayHaveMore(const std::string& dn) const {
  return !IsRegisteredByName(dn) || cut_.contains(dn);
}

// Calls that were there before it came: their beginning it has not heard.
void DnView::TakeSnapshot(const tlib::Message& event) {
  constexpr size_t kLongestOfACall = 1024;
  const std::string dn(event.Text(Attribute::kThisDN));
  const bool cut = event.List(Attribute::kCalls).octets() + kLongestOfACall > tlib::MostOctets(Attribute::kCalls);
  if (cut) cut_.insert(dn);
  for (const tlib::KeyValuePair& pair : event.List(Attribute::kCalls).pairs()) {
    const auto* const list = std::get_if<tlib::KeyValueList>(&pair.value);
    uint64_t conn_id = 0;
    if (list == nullptr || !absl::SimpleHexAtoi(list->Text("ConnID"), &conn_id)) continue;
    const absl::string_view state = list->Text("PartyState");
    const Phase phase = PhaseOf(state);
    const bool certain = phase != Phase::kHeld || state == "Held";
    calls_.try_emplace(Key(dn, conn_id), HeardCall{dn, conn_id, phase, certain, false});
  }
}

void DnView::Count(const tlib::Message& event) {
  HeardCounts& counts = counts_[std::string(event.Text(Attribute::kThisDN))];
  const auto role = static_cast<tlib::DNRole>(event.Number(Attribute::kThisDNRole));
  if (event.type() == MessageType::kEventDialing) ++counts.dialing;
  if (event.type() == MessageType::kEventRinging) ++counts.ringing;
  if (event.type() != MessageType::kEventEstablished) return;
  ++(role == tlib::DNRole::kOrigination ? counts.established_here : counts.established_there);
}

std::string DnView::Hear(const tlib::Message& event) {
  const absl::string_view dn = event.Text(Attribute::kThisDN);
  const auto sequence = static_cast<uint64_t>(event.Number(Attribute::kEventSequenceNumber));
  switch (event.type()) {
    case MessageType::kEventRegistered:
      Register(dn, sequence);
      TakeSnapshot(event);
      return "";
    case MessageType::kEventUnregistered:
      Unregister(dn, sequence);
      return "";
    case MessageType::kEventRegisteredAll:
      Register("", sequence);
      return "";
    case MessageType::kEventUnregisteredAll:
      Unregister("", sequence);
      return "";
    default:
      break;
  }
  if (IsOfCalls(event.type()) && !IsRegisteredByName(kOfCalls)) {
    return absl::StrCat(NameOfEvent(event), " comes to who does not monitor calls");
  }
  if (!IsOfItsDn(event.type())) return "";
  const bool asked = event.Has(Attribute::kReferenceID);
  if (!IsRegistered(dn)) {
    return asked ? "" : absl::StrCat(NameOfEvent(event), " comes to who is not registered for that DN");
  }
  return IsCallEvent(event.type()) ? HearCall(event) : "";
}

std::string DnView::Begin(const tlib::Message& event, Phase phase) {
  const Key key(event.Text(Attribute::kThisDN), ConnIdOf(event));
  if (calls_.contains(key)) return absl::StrCat(NameOfEvent(event), " begins a call that is there");
  if (ended_.contains(key) && !IsSentThere(event)) {
    return absl::StrCat(NameOfEvent(event), " begins a call that has ended");
  }
  ended_.erase(key);
  calls_.emplace(key, HeardCall{key.first, key.second, phase, true, event.Has(Attribute::kReferenceID)});
  return "";
}

// Its ConnID was another one.
std::string DnView::Move(const tlib::Message& event) {
  const Key key(event.Text(Attribute::kThisDN), ConnIdOf(event));
  const auto previous_id = static_cast<uint64_t>(event.Number(Attribute::kPreviousConnID));
  if (previous_id == 0 || previous_id == key.second) return "";
  const Key previous(key.first, previous_id);
  const auto before = calls_.find(previous);
  if (before == calls_.end()) {
    const bool came_later = MayHaveMore(key.first) && !ended_.contains(previous);
    if (!came_later) return absl::StrCat(NameOfEvent(event), " names a call before that is not there");
    ended_.erase(key);  // it has been in this one before, left, and comes back by a transfer
    return "";
  }
  if (calls_.contains(key)) return absl::StrCat(NameOfEvent(event), " comes into a call that is there");
  HeardCall call = before->second;
  call.conn_id = key.second;
  calls_.erase(before);
  others_.erase(previous);
  ended_.insert(previous);
  became_[previous] = key.second;
  calls_.emplace(key, std::move(call));
  return "";
}

bool DnView::Became(absl::string_view dn, uint64_t first, uint64_t second) const {
  Key key(dn, first);
  for (size_t steps = 0; key.second != second && steps <= became_.size(); ++steps) {
    const auto next = became_.find(key);
    if (next == became_.end()) return false;
    key.second = next->second;
  }
  return key.second == second;
}

std::vector<std::string> DnView::Others(const HeardCall& call) const {
  std::vector<std::string> others;
  const auto found = others_.find(Key(call.dn, call.conn_id));
  if (found == others_.end()) return others;
  for (const auto& [dn, is_in] : found->second) {
    if (is_in) others.push_back(dn);
  }
  return others;
}

// Who comes in is not there yet, and who leaves has not left. Whom a transfer brings, or who is left of a conference
// with one other, may ring still and be redirected without a word to the others: from there on nothing is known of
// them.
std::string DnView::ChangeOthers(const tlib::Message& event) {
  const Key key(event.Text(Attribute::kThisDN), ConnIdOf(event));
  std::map<std::string, bool>& others = others_[key];
  const std::string other(event.Text(Attribute::kOtherDN));
  if (other == key.first) return absl::StrCat(NameOfEvent(event), " names its own DN as the other one");
  if (event.type() == MessageType::kEventPartyChanged) {
    others.clear();
    return "";
  }
  const bool deleted = event.type() == MessageType::kEventPartyDeleted;
  const bool fits = others.try_emplace(other, deleted).first->second == deleted;
  others[other] = !deleted;
  const auto state = static_cast<tlib::CallState>(event.Number(Attribute::kCallState));
  if (deleted && state != tlib::CallState::kConferenced) others.clear();
  if (fits) return "";
  return absl::StrCat(NameOfEvent(event), deleted ? " deletes " : " adds ", other, ", who ",
                      deleted ? "has left" : "is there");
}

// The phases that an event may come in, and the one that follows.
std::string DnView::Enter(const tlib::Message& event, HeardCall& call) {
  bool fits = true;
  const Phase before = call.phase;
  switch (event.type()) {
    case MessageType::kEventEstablished:
      fits = before == Phase::kDialing || before == Phase::kAlerting;
      call.phase = Phase::kEstablished;
      break;
    case MessageType::kEventHeld:
      fits = before == Phase::kEstablished;
      call.phase = Phase::kHeld;
      break;
    case MessageType::kEventRetrieved:
      fits = before == Phase::kHeld;
      call.phase = Phase::kEstablished;
      break;
    default:
      return "";
  }
  fits = fits || !call.certain;
  call.certain = true;
  return fits ? "" : absl::StrCat(NameOfEvent(event), " comes to a party that is not in a state for it");
}

std::string DnView::HearCall(const tlib::Message& event) {
  Count(event);
  if (ConnIdOf(event) == 0) return absl::StrCat(NameOfEvent(event), " names no call");
  if (event.type() == MessageType::kEventDialing) return Begin(event, Phase::kDialing);
  if (event.type() == MessageType::kEventRinging) return Begin(event, Phase::kAlerting);
  if (event.type() == MessageType::kEventPartyChanged) {
    if (std::string wrong = Move(event); !wrong.empty()) return wrong;
  }
  const Key key(event.Text(Attribute::kThisDN), ConnIdOf(event));
  auto call = calls_.find(key);
  if (call == calls_.end() && MayHaveMore(key.first) && !ended_.contains(key)) {
    call = calls_.emplace(key, HeardCall{key.first, key.second, Phase::kHeld, false, false}).first;
  }
  if (call == calls_.end()) {
    return absl::StrCat(NameOfEvent(event), " is of a call that ", ended_.contains(key) ? "has ended" : "never began");
  }
  switch (event.type()) {
    case MessageType::kEventPartyChanged:
    case MessageType::kEventPartyAdded:
    case MessageType::kEventPartyDeleted:
      return ChangeOthers(event);
    case MessageType::kEventReleased:
    case MessageType::kEventAbandoned:
      ended_.insert(key);
      others_.erase(key);
      calls_.erase(call);
      return "";
    default:
      return Enter(event, call->second);
  }
}

std::vector<HeardCall> DnView::Calls() const {
  std::vector<HeardCall> calls;
  for (const auto& [key, call] : calls_) calls.push_back(call);
  return calls;
}

}  // namespace understudy::sim
