#include "tools/calls/ladder_parties.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "sip/method.h"
#include "tools/safe_text.h"

namespace understudy::tools {
namespace {

std::string AddressText(Transport transport, const Endpoint& remote) {
  return absl::StrCat(TransportName(transport), " ", remote.ToText());
}

// Such as begins a dialog, with all its repetitions.
bool IsFirstInvite(const sip::Message& message) {
  return message.is_request() && message.method() == sip::Method::kInvite && message.to().tag.empty();
}

}  // namespace

void LadderParties::Learn(const engine::State& state, const engine::Call& call) {
  left_.clear();
  for (size_t place = 0; place < call.legs.size(); ++place) {
    const engine::Leg* leg = state.LegAt(call, place);
    if (leg == nullptr || leg->phase == engine::Leg::Phase::kNone) continue;
    if (place == 0 && originator_ == engine::LegId()) originator_ = leg->id;
    LearnLeg(*leg);
  }
}

void LadderParties::LearnLeg(const engine::Leg& leg) {
  const std::string number = PrintableLine(leg.number);
  (leg.id == originator_ ? parties_[0].number : callee_) = number;
  Dialog& dialog = dialogs_[leg.dialog.call_id];
  dialog.leg = leg.id;
  dialog.number = number;
  Leg& known = legs_[leg.id];
  if (!known.sip_call_id.empty() && known.sip_call_id != leg.dialog.call_id) left_.insert(known.device);
  known.sip_call_id = leg.dialog.call_id;
  known.device = leg.trunk_use.has_value() ? (*leg.trunk_use)->device : "";
}

LadderParties::Dialog* LadderParties::Find(absl::string_view sip_call_id) {
  const auto found = dialogs_.find(std::string(sip_call_id));
  return sip_call_id.empty() || found == dialogs_.end() ? nullptr : &found->second;
}

size_t LadderParties::Add(Dialog& dialog, std::string address) {
  size_t party = 0;
  if (dialog.leg != originator_ || !parties_[0].address.empty()) {
    party = parties_.size();
    parties_.push_back({dialog.number, ""});
  }
  parties_[party].address = std::move(address);
  dialog.places.push_back(party);
  return party;
}

size_t LadderParties::PlaceAt(Dialog& dialog, const std::string& address, bool invite) {
  const auto found = std::find_if(dialog.places.begin(), dialog.places.end(),
                                  [&](size_t party) { return parties_[party].address == address; });
  if (found != dialog.places.end()) return *found;
  return invite || dialog.places.empty() ? Add(dialog, address) : dialog.places.back();
}

absl::optional<size_t> LadderParties::OfReceived(const engine::SipReceived& received) {
  Dialog* dialog = Find(received.message.call_id());
  if (dialog == nullptr) return absl::nullopt;
  if (!received.message.is_request()) {
    const auto asked = branches_.find(std::string(received.message.top_via().branch));
    if (asked != branches_.end()) return asked->second;
  }
  return PlaceAt(*dialog, AddressText(received.transport, received.remote), false);
}

absl::optional<LadderParties::Place> LadderParties::OfSent(const engine::SendSip& send, const sip::Message& message) {
  Dialog* dialog = Find(message.call_id());
  if (dialog == nullptr) return absl::nullopt;
  const auto repeated = branches_.find(std::string(message.top_via().branch));
  if (message.is_request() && repeated != branches_.end()) return Place{repeated->second, false};
  const size_t known = dialog->places.size();
  Place place;
  place.party = PlaceAt(*dialog, AddressText(send.transport, send.remote), IsFirstInvite(message));
  place.next = known > 0 && dialog->places.size() > known;
  if (message.is_request()) branches_[std::string(message.top_via().branch)] = place.party;
  return place;
}

std::vector<LadderParty> LadderParties::Finish() {
  if (parties_.size() == 1) parties_.push_back({callee_, ""});
  return std::move(parties_);
}

}  // namespace understudy::tools
