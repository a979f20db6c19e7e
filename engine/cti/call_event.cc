#include "engine/cti/call_event.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/cti/call_event_rules.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {

using tlib::Attribute;

CallEvent& CallEvent::State(tlib::CallState state) {
  state_ = state;
  return *this;
}

CallEvent& CallEvent::Other(absl::string_view dn, tlib::DNRole role) {
  other_ = Device{std::string(dn), role};
  return *this;
}

CallEvent& CallEvent::ThirdParty(absl::string_view dn, tlib::DNRole role) {
  third_party_ = Device{std::string(dn), role};
  return *this;
}

CallEvent& CallEvent::Previous(uint64_t conn_id) {
  previous_conn_id_ = conn_id;
  return *this;
}

CallEvent& CallEvent::ReleasedBy(absl::string_view dn) {
  releasing_party_ = std::string(dn);
  return *this;
}

CallEvent& CallEvent::Cause(int status) {
  cause_status_ = status;
  return *this;
}

CallEvent& CallEvent::Digits(absl::string_view digits) {
  digits_ = std::string(digits);
  return *this;
}

CallEvent& CallEvent::Reasons(const tlib::Message& request) {
  reasons_ = request.List(Attribute::kReasons);
  return *this;
}

CallEvent& CallEvent::For(const RequestCause& cause, const tlib::Message& request) {
  cause_ = cause;
  return Reasons(request);
}

std::vector<const Party*> CallEvent::Others() const {
  std::vector<const Party*> others;
  for (const Party& party : call_.facts.parties) {
    if (party.id != party_.id && party.told()) others.push_back(&party);
  }
  return others;
}

CallEvent::Device CallEvent::OtherOfTwo() const {
  const std::vector<const Party*> others = Others();
  if (others.size() > 1) return {};
  if (others.size() == 1) return Device{others.front()->number, others.front()->role};
  for (const Party& called : call_.facts.parties) {
    const bool further = !called.asked_by.empty();  // whoever comes in beside the other two is nobody's other yet
    if (called.id != party_.id && !further) return Device{called.number, called.role};
  }
  return Device{call_.facts.left_number, call_.facts.left_role};
}

void CallEvent::Put(Attribute attribute, int64_t value, bool known, tlib::Message* event) const {
  const Presence presence = PresenceOf(type_, attribute);
  const bool consult = call_.facts.type == tlib::CallType::kConsult;
  US_CHECK(known || presence != Presence::kAlways);
  US_CHECK(known || presence != Presence::kConsult || !consult);
  if (known && presence != Presence::kNever) event->Set(attribute, value);
}

void CallEvent::Put(Attribute attribute, absl::string_view value, tlib::Message* event) const {
  const Presence presence = PresenceOf(type_, attribute);
  US_CHECK(!value.empty() || presence != Presence::kAlways);
  if (!value.empty() && presence != Presence::kNever) event->Set(attribute, value);
}

void CallEvent::PutDevice(Attribute dn, Attribute role, const Device& device, tlib::Message* event) const {
  Put(dn, device.dn, event);
  if (event->Has(dn)) event->Set(role, device.role);
}

void CallEvent::PutExtensions(tlib::Message* event) const {
  const std::vector<const Party*> others = Others();
  if (others.size() < 2) return;
  tlib::KeyValueList extensions;
  extensions.Append("NumOfOtherDNs", static_cast<int64_t>(others.size()));
  for (size_t i = 0; i < others.size(); ++i) extensions.Append(absl::StrCat("OtherDN-", i + 1), others[i]->number);
  event->Set(Attribute::kExtensions, std::move(extensions));
}

tlib::Message CallEvent::Build() const {
  const CallFacts& facts = call_.facts;
  tlib::Message event(type_);
  event.Set(Attribute::kThisDN, party_.number);
  event.Set(Attribute::kConnID, static_cast<int64_t>(facts.conn_id));
  event.Set(Attribute::kCallID, static_cast<int64_t>(call_.id.value()));
  event.Set(Attribute::kCallUUID, facts.call_uuid);
  event.Set(Attribute::kCallType, facts.type);
  const bool names_main = PresenceOf(type_, Attribute::kPreviousConnID) == Presence::kConsult;
  const uint64_t previous = names_main ? facts.main_conn_id : previous_conn_id_;
  Put(Attribute::kThisDNRole, static_cast<int64_t>(party_.role), party_.role != tlib::DNRole::kUnknown, &event);
  Put(Attribute::kThisQueue, party_.queue, &event);
  PutDevice(Attribute::kOtherDN, Attribute::kOtherDNRole, other_.dn.empty() ? OtherOfTwo() : other_, &event);
  PutDevice(Attribute::kThirdPartyDN, Attribute::kThirdPartyDNRole, third_party_, &event);
  Put(Attribute::kCallState, static_cast<int64_t>(state_), true, &event);
  Put(Attribute::kPreviousConnID, static_cast<int64_t>(previous), previous != 0, &event);
  Put(Attribute::kANI, facts.ani, &event);
  Put(Attribute::kDNIS, facts.dnis, &event);
  if (!facts.user_data.view().empty()) event.Set(Attribute::kUserData, UserDataOf(facts));
  if (!reasons_.empty()) event.Set(Attribute::kReasons, reasons_);
  if (!releasing_party_.empty()) event.Set(Attribute::kReleasingParty, releasing_party_);
  if (cause_status_ != 0) event.Set(Attribute::kCause, int64_t{cause_status_});
  if (!digits_.empty()) event.Set(Attribute::kDTMFDigits, digits_);
  PutExtensions(&event);
  return event;
}

void CallEvent::Tell(Context& context) const {
  const bool heard = !party_.external() && context.state.sessions.HasListener(party_.number);
  if (cause_.empty() && !heard) return;
  tlib::Message event = Build();
  const SharedBytes body = Stamp(context, &event);
  if (heard && SendToDn(context, party_.number, event, body, cause_)) return;
  if (cause_.empty()) return;
  SendToSession(context, cause_.session, body, cause_.reference_id);
}

}  // namespace understudy::engine
