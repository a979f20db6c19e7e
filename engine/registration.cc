// REGISTER: RFC 3261 section 10.3, in its order.
#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/contact_fault.h"
#include "engine/cti/dn_service.h"
#include "engine/events/subscribe.h"
#include "engine/gruu/gruu.h"
#include "engine/outbound.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/service_check.h"
#include "sip/escape.h"
#include "sip/header_values.h"
#include "sip/hop/uri_hop.h"
#include "sip/name_addr.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

constexpr size_t kMaxBindings = 10;    // of one number
constexpr size_t kMaxPath = 8;         // of proxies
constexpr size_t kLongestPath = 2048;  // octets of their URIs
constexpr int kFlowTimer = 120;        // seconds between two signs of life of a phone

struct WantedBinding {
  std::string uri;
  Duration expires;
  uint32_t less_wanted = 0;
  RegisteredFlow flow;
};

// Several flows may have the same contact (RFC 5626 section 6).
Binding* FindBinding(Registrar& registrar, absl::string_view number, const WantedBinding& wanted) {
  if (Binding* of_flow = FindFlow(registrar, number, wanted.flow)) return of_flow;
  Binding* of_contact = registrar.FindContact(number, wanted.uri);
  const bool of_another = wanted.flow.reg_id != 0 && of_contact != nullptr && of_contact->reg_id != 0;
  return of_another ? nullptr : of_contact;
}

struct Refusal {
  int status = 0;            // 0: none
  absl::string_view reason;  // empty: the usual one
};

void Report(Context& context, const Binding& binding, RegistrationProgress::Step step) {
  RegistrationProgress progress;
  progress.number = binding.number;
  progress.contact = binding.contact;
  progress.step = step;
  context.effects.list.push_back(std::move(progress));
  NoteChange(context, EventPackage::kReg, binding.number);
}

void RemoveBinding(Context& context, BindingId id, ContactEnd end) {
  using Step = RegistrationProgress::Step;
  Binding* binding = context.state.registrar.Find(id);
  Report(context, *binding, end == ContactEnd::kExpired ? Step::kExpired : Step::kUnregistered);
  NoteEnded(context, binding->number, {id, binding->contact, end});
  context.state.timers.Cancel(&binding->timer);
  context.state.registrar.Remove(id);
}

// What the contact asks for: its own expires, the Expires header, or the registrar's default.
Duration ExpiresOf(const sip::Message& request, const sip::NameAddr& contact, const Dn& dn) {
  uint32_t seconds = 0;
  const absl::optional<absl::string_view> param = contact.Param("expires");
  if (param.has_value() && sip::ParseDeltaSeconds(*param, &seconds)) return Duration::Seconds(seconds);
  const absl::string_view header = request.ValueOf(HeaderName::kExpires);
  if (!header.empty() && sip::ParseDeltaSeconds(header, &seconds)) return Duration::Seconds(seconds);
  return dn.profile.default_expires;
}

// How much less than 1 its q is, in thousandths (RFC 3261 10.2.1.2, 25.1). What is none is 1.
uint32_t LessWanted(const sip::NameAddr& contact) {
  absl::string_view q = contact.Param("q").value_or("1");
  if (!absl::ConsumePrefix(&q, "0")) return 0;
  if (q.empty()) return 1000;
  uint32_t thousandths = 0;
  if (!absl::ConsumePrefix(&q, ".") || q.size() > 3) return 0;
  if (!q.empty() && !sip::ParseNumber(q, 999, &thousandths)) return 0;
  for (size_t digits = q.size(); digits < 3; ++digits) thousandths *= 10;
  return 1000 - thousandths;
}

// The next hop to a phone: its connection or address where `contact` is empty; the address in its contact, or where the
// REGISTER came from.
Hop HopTo(const SipReceived& request, absl::string_view contact) {
  Hop hop;
  hop.transport = request.transport;
  hop.flow = request.flow;
  hop.remote = request.remote;
  hop.local = request.local;
  sip::Uri uri;
  if (contact.empty() || !sip::ParseUri(contact, &uri)) return hop;
  const Transport transport = sip::TransportOf(uri, request.transport).value_or(request.transport);
  if (absl::optional<Endpoint> endpoint = sip::EndpointOf(uri, transport)) hop.remote = *endpoint;
  if (!hop.remote.SameHost(request.remote)) hop.local = Endpoint();
  if (transport == request.transport) return hop;
  hop.transport = transport;
  hop.flow = FlowId();
  return hop;
}

// The proxies that the REGISTER has come through and that requests to the contact must pass (RFC 3327 5.3).
std::vector<std::string> PathOf(const sip::Message& request) {
  std::vector<std::string> path;
  for (absl::string_view element : sip::HeaderValues(request, HeaderName::kPath)) {
    sip::NameAddr address;
    if (sip::ParseNameAddr(element, &address)) path.emplace_back(address.uri);
  }
  return path;
}

void Bind(Context& context, const SipReceived& request, const Dn& dn, const WantedBinding& wanted) {
  Registrar& registrar = context.state.registrar;
  Binding* binding = FindBinding(registrar, dn.number, wanted);
  const bool is_new = binding == nullptr;
  if (is_new) binding = &registrar.Add(dn.number);
  context.state.timers.Cancel(&binding->timer);
  const bool moves = !is_new && binding->contact != wanted.uri;
  binding->contact = wanted.uri;
  binding->sip_call_id = std::string(request.message.call_id());
  binding->cseq = request.message.cseq().number;
  binding->path = PathOf(request.message);
  binding->instance = wanted.flow.instance;
  binding->reg_id = wanted.flow.reg_id;
  const absl::string_view direct = wanted.flow.reg_id == 0 ? absl::string_view(wanted.uri) : absl::string_view();
  binding->hop = HopTo(request, binding->path.empty() ? direct : binding->path.front());
  binding->less_wanted = wanted.less_wanted;
  binding->expires = context.now() + wanted.expires;
  binding->refreshed = context.state.lsn;
  binding->timer = StartTimer(context, wanted.expires, TimerKind::kBindingExpiry, binding->id.value());
  if (is_new) Report(context, *binding, RegistrationProgress::Step::kRegistered);
  if (moves) NoteChange(context, EventPackage::kReg, dn.number);
}

// Those of all its phones, and while there are some the way that their requests are to go (RFC 3608 section 6).
void WriteContacts(Context& context, const sip::Message& request, const Dn& dn, sip::MessageWriter* writer) {
  const std::vector<const Binding*> bindings = context.state.registrar.BindingsOf(dn.number);
  const bool gives_gruu = sip::HasToken(request, HeaderName::kSupported, "gruu");
  for (const Binding* binding : bindings) {
    const int64_t left = (binding->expires - context.now()).milliseconds() + 999;
    const std::string gruu = gives_gruu ? GruuParam(context.state, *binding) : std::string();
    writer->Header(HeaderName::kContact, "<", binding->contact, ">", FlowParams(*binding), gruu,
                   ";expires=", left / 1000);
  }
  const std::string& route = dn.profile.service_route;
  if (!bindings.empty() && !route.empty()) writer->Header(HeaderName::kServiceRoute, "<", route, ">");
}

// `outbound`: of a flow of the phone's, which it is to keep alive (RFC 5626 4.4.1).
void AnswerWithBindings(Context& context, const SipReceived& request, const Dn& dn, bool outbound) {
  const ServerTransaction& row =
      BeginServer(context, request, absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16)));
  sip::MessageWriter writer = BeginResponse(context, row, 200);
  WriteContacts(context, request.message, dn, &writer);
  if (outbound) writer.Header(HeaderName::kRequire, "outbound");
  // A proxy in between says that of its own flow.
  const bool direct = request.message.ValueOf(HeaderName::kPath).empty();
  if (outbound && direct && IsReliable(request.transport)) writer.Header(HeaderName::kFlowTimer, kFlowTimer);
  if (sip::HasToken(request.message, HeaderName::kSupported, "path")) {
    for (absl::string_view element : sip::HeaderValues(request.message, HeaderName::kPath)) {
      writer.Header(HeaderName::kPath, element);
    }
  }
  writer.NoBody();
  Respond(context, row.id, 200);
}

// Each must be an address of a SIP element, or nothing would ever reach the contact.
Refusal RefusalOfPath(const State& state, const SipReceived& received) {
  const sip::Message& request = received.message;
  size_t count = 0;
  size_t octets = 0;
  for (absl::string_view element : sip::HeaderValues(request, HeaderName::kPath)) {
    sip::NameAddr address;
    sip::Uri uri;
    if (!sip::ParseNameAddr(element, &address) || !sip::ParseUri(address.uri, &uri) || !uri.is_sip) {
      return {400, "Path Is Not A SIP URI"};
    }
    const absl::string_view fault = ContactFault(state, received, uri);
    if (!fault.empty()) return {400, "Path Is No Address That Can Be Reached"};
    octets += address.uri.size();
    if (++count > kMaxPath || octets > kLongestPath) return {400, "Path Has More Than 8 Elements Or 2048 Octets"};
  }
  return {};
}

// Step 6: all or nothing. 10.2.2: "*" stands alone and with Expires 0.
Refusal ReadContacts(const State& state, const SipReceived& received, const Dn& dn, std::vector<WantedBinding>* wanted,
                     bool* remove_all) {
  const sip::Message& request = received.message;
  size_t count = 0;
  for (absl::string_view element : sip::HeaderValues(request, HeaderName::kContact)) {
    sip::NameAddr contact;
    sip::Uri uri;
    if (++count > kMaxBindings) return {403, "More Than 10 Contacts"};
    if (!sip::ParseContact(element, &contact)) return {400, "Malformed Contact"};
    if (contact.star) {
      *remove_all = true;
      continue;
    }
    if (!sip::ParseUri(contact.uri, &uri)) return {400, "Malformed Contact"};
    if (!uri.is_sip) return {400, "Contact Is Not A SIP URI"};
    if (IsOwnGruu(state, uri, received.transport)) return {403, "Contact Is A GRUU"};  // RFC 5627 5.1
    const absl::string_view fault = ContactFault(state, received, uri);
    if (!fault.empty()) return {400, fault};
    WantedBinding binding{std::string(contact.uri), ExpiresOf(request, contact, dn), LessWanted(contact),
                          ReadFlow(request, contact)};
    if (binding.expires > Duration() && binding.expires < dn.profile.min_expires) return {423, {}};
    binding.expires = std::min(binding.expires, dn.profile.max_expires);
    wanted->push_back(std::move(binding));
  }
  if (!*remove_all) return {};
  uint32_t seconds = 1;
  const bool zero = sip::ParseDeltaSeconds(request.ValueOf(HeaderName::kExpires), &seconds) && seconds == 0;
  return wanted->empty() && zero ? Refusal{} : Refusal{400, {}};
}

bool IsNewer(const Binding& binding, const sip::Message& request) {
  return binding.sip_call_id == request.call_id() && binding.cseq >= request.cseq().number;
}

// Steps 6 and 7: an older REGISTER of the same phone that comes late changes nothing of a binding made since. What it
// does not name does not count: one phone may hold several bindings, refreshed in any order.
bool IsOutOfOrder(Registrar& registrar, const sip::Message& request, absl::string_view number,
                  const std::vector<WantedBinding>& wanted, bool remove_all) {
  for (const WantedBinding& binding : wanted) {
    const Binding* present = FindBinding(registrar, number, binding);
    if (present != nullptr && IsNewer(*present, request)) return true;
  }
  if (!remove_all) return false;
  for (const Binding* binding : registrar.BindingsOf(number)) {
    if (IsNewer(*binding, request)) return true;
  }
  return false;
}

void Change(Context& context, const SipReceived& request, const Dn& dn, const std::vector<WantedBinding>& wanted) {
  for (const WantedBinding& binding : wanted) {
    if (binding.expires > Duration()) {
      Bind(context, request, dn, binding);
    } else if (const Binding* present = FindBinding(context.state.registrar, dn.number, binding)) {
      RemoveBinding(context, present->id, ContactEnd::kUnregistered);
    }
  }
}

void RemoveAll(Context& context, const Dn& dn) {
  std::vector<BindingId> ids;
  for (const Binding* binding : context.state.registrar.BindingsOf(dn.number)) ids.push_back(binding->id);
  for (BindingId id : ids) RemoveBinding(context, id, ContactEnd::kUnregistered);
}

size_t CountNew(Context& context, const Dn& dn, const std::vector<WantedBinding>& wanted) {
  size_t count = 0;
  for (const WantedBinding& binding : wanted) {
    const bool makes = binding.expires > Duration();
    if (makes && FindBinding(context.state.registrar, dn.number, binding) == nullptr) ++count;
  }
  return count;
}

}  // namespace

void OnRegister(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  sip::Uri to;
  std::string number;
  US_CHECK(sip::ParseUri(message.to().uri, &to));  // RefusalOf
  sip::Unescape(to.user, &number);
  const Dn* found = context.state.configuration.FindDn(number);
  US_CHECK(found != nullptr);  // RefusalOf
  const Dn& dn = *found;
  std::vector<WantedBinding> wanted;
  bool remove_all = false;
  const Refusal refusal = ReadContacts(context.state, request, dn, &wanted, &remove_all);
  if (refusal.status == 423) {
    return Refuse(context, request, 423, HeaderName::kMinExpires, absl::StrCat(dn.profile.min_expires.seconds()));
  }
  if (refusal.status != 0) return RefuseSaying(context, request, refusal.status, refusal.reason);
  const auto is_flow = [](const WantedBinding& binding) { return binding.flow.reg_id != 0; };
  const auto flows = std::count_if(wanted.begin(), wanted.end(), is_flow);
  if (flows > 1) return RefuseSaying(context, request, 400, "One Flow At A Time");  // RFC 5626 section 6
  if (flows == 1 && LacksFirstHop(message)) return Refuse(context, request, 439);
  const Refusal bad_path = RefusalOfPath(context.state, request);
  if (bad_path.status != 0) return RefuseSaying(context, request, bad_path.status, bad_path.reason);
  const size_t present = context.state.registrar.BindingsOf(dn.number).size();
  const size_t added = CountNew(context, dn, wanted);
  if (added != 0 && present + added > kMaxBindings) return Refuse(context, request, 403);
  if (IsOutOfOrder(context.state.registrar, message, dn.number, wanted, remove_all)) {
    return Refuse(context, request, 500);
  }
  const ServiceStates before(context.state, {dn.number});
  if (remove_all) RemoveAll(context, dn);
  Change(context, request, dn, wanted);
  AnswerWithBindings(context, request, dn, flows == 1);
  NoteRegistered(context, dn.number);
  TellReturned(context, dn.number);
  before.TellChanges(context);
}

void UnbindRemovedDns(Context& context) {
  std::vector<BindingId> ids;
  for (const auto& [id, binding] : context.state.registrar.bindings()) {
    const Dn* dn = context.state.configuration.FindDn(binding.number);
    if (dn == nullptr || !dn->profile.registers) ids.push_back(id);
  }
  for (BindingId id : ids) RemoveBinding(context, id, ContactEnd::kRejected);
}

void UnbindFailedFlow(Context& context, BindingId id) {
  const ServiceStates before(context.state, {context.state.registrar.Find(id)->number});
  RemoveBinding(context, id, ContactEnd::kDeactivated);
  before.TellChanges(context);
}

void OnBindingTimer(Context& context, const Timer& timer) {
  const BindingId id(timer.row);
  Binding* binding = context.state.registrar.Find(id);
  US_CHECK(binding != nullptr);
  binding->timer = TimerHandle();
  const ServiceStates before(context.state, {binding->number});
  RemoveBinding(context, id, ContactEnd::kExpired);
  before.TellChanges(context);
}

}  // namespace understudy::engine
