#include "tests/sim/clients/dn_view.h"

#include <algorithm>
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

bool LeavesForAnotherParty(const tlib::Message& event) {
  const auto state = static_cast<tlib::CallState>(event.Number(Attribute::kCallState));
  return state == tlib::CallState::kTransferred || state == tlib::CallState::kRedirected ||
         state == tlib::CallState::kForwarded;
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
}

// Calls that were there before it came: their beginning it has not heard.
void DnView::TakeSnapshot(const tlib::Message& event) {
  const std::string dn(event.Text(Attribute::kThisDN));
  for (const tlib::KeyValuePair& pair : event.List(Attribute::kCalls).pairs()) {
    const auto* const list = std::get_if<tlib::KeyValueList>(&pair.value);
    uint64_t conn_id = 0;
    if (list == nullptr || !absl::SimpleHexAtoi(list->Text("ConnID"), &conn_id)) continue;
    calls_.try_emplace(Key(dn, conn_id), HeardCall{dn, conn_id, PhaseOf(list->Text("PartyState")), false});
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
  const auto ended = ended_.find(key);
  if (calls_.contains(key)) return absl::StrCat(NameOfEvent(event), " begins a call that is there");
  if (ended != ended_.end() && !ended->second) {
    return absl::StrCat(NameOfEvent(event), " begins a call that has ended");
  }
  ended_.erase(key);
  calls_.emplace(key, HeardCall{key.first, key.second, phase, event.Has(Attribute::kReferenceID)});
  return "";
}

// Its ConnID was another one.
std::string DnView::Move(const tlib::Message& event) {
  const Key key(event.Text(Attribute::kThisDN), ConnIdOf(event));
  const auto previous_id = static_cast<uint64_t>(event.Number(Attribute::kPreviousConnID));
  if (previous_id == 0 || previous_id == key.second) return "";
  const auto before = calls_.find(Key(key.first, previous_id));
  if (before == calls_.end()) return absl::StrCat(NameOfEvent(event), " names a call before that is not there");
  HeardCall call = before->second;
  call.conn_id = key.second;
  calls_.erase(before);
  ended_.emplace(Key(key.first, previous_id), false);
  calls_.insert_or_assign(key, std::move(call));
  return "";
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
  if (call == calls_.end() && !IsRegisteredByName(key.first) && !ended_.contains(key)) {
    // It came in the middle of it: who registers for all DNs gets no snapshot.
    call = calls_.emplace(key, HeardCall{key.first, key.second, Phase::kHeld, false}).first;
  }
  if (call == calls_.end()) {
    return absl::StrCat(NameOfEvent(event), " is of a call that ", ended_.contains(key) ? "has ended" : "never began");
  }
  switch (event.type()) {
    case MessageType::kEventEstablished:
      if (call->second.phase == Phase::kEstablished) return absl::StrCat(NameOfEvent(event), " comes twice");
      call->second.phase = Phase::kEstablished;
      return "";
    case MessageType::kEventHeld:
      call->second.phase = Phase::kHeld;
      return "";
    case MessageType::kEventRetrieved:
      call->second.phase = Phase::kEstablished;
      return "";
    case MessageType::kEventReleased:
    case MessageType::kEventAbandoned:
      ended_.insert_or_assign(key, LeavesForAnotherParty(event));
      calls_.erase(call);
      return "";
    default:
      return "";
  }
}

std::vector<HeardCall> DnView::Calls() const {
  std::vector<HeardCall> calls;
  for (const auto& [key, call] : calls_) calls.push_back(call);
  return calls;
}

}  // namespace understudy::sim
