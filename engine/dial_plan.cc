#include "engine/dial_plan.h"

#include <algorithm>
#include <tuple>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/sip_ids.h"
#include "sip/escape.h"
#include "sip/header_values.h"
#include "sip/uri.h"
#include "sip/via.h"

namespace understudy::engine {
namespace {

constexpr int kMaxSteps = 70;      // of a walk up the Vias: as many as Max-Forwards begins with
constexpr int kMostForwards = 10;  // of a call from DN to DN
constexpr absl::string_view kToLine = "\r\nTo: ";

// `user` is escaped.
std::string UriOf(absl::string_view user, const ContactAddress& contact) {
  std::string uri = absl::StrCat(contact.secure ? "sips:" : "sip:", user, user.empty() ? "" : "@", contact.HostText());
  const bool said = contact.query && !contact.query->transport_open;
  const absl::string_view param =
      said && contact.transport == Transport::kUdp ? "udp" : TransportParam(contact.transport);
  if (!contact.secure && !param.empty()) absl::StrAppend(&uri, ";transport=", param);
  return uri;
}

void ToContact(const ContactAddress& contact, Destination* destination) {
  destination->hop.transport = contact.transport;
  destination->hop.remote = contact.endpoint;
  destination->host = contact.HostText();
  destination->request_uri = UriOf(destination->dialled, contact);
}

Destination ToTrunk(const Dn& trunk, absl::string_view dialled) {
  Destination destination;
  destination.number = trunk.number;
  destination.device = trunk.number;
  destination.wanted = std::string(dialled);
  destination.cpn = trunk.profile.trunk.cpn;
  destination.no_answer_timeout = trunk.profile.no_answer_timeout;
  if (!trunk.profile.contact) {
    destination.status = 480;
    return destination;
  }
  absl::string_view rest = dialled;
  if (trunk.profile.replace_prefix && absl::ConsumePrefix(&rest, trunk.profile.prefix)) {
    sip::EscapeUser(*trunk.profile.replace_prefix, &destination.dialled);
  }
  sip::EscapeUser(rest, &destination.dialled);
  ToContact(*trunk.profile.contact, &destination);
  if (!trunk.profile.trunk.request_uri.empty()) destination.request_uri = trunk.profile.trunk.request_uri;
  return destination;
}

// Of one phone's flows one is enough (RFC 5626 section 6), and one that is there.
bool IsOfSamePhone(const Binding& a, const Binding& b) {
  return a.reg_id != 0 && b.reg_id != 0 && a.instance == b.instance;
}

bool IsGone(const State& state, const Binding& binding) {
  return binding.reg_id != 0 && IsReliable(binding.hop.transport) && !state.flows.contains(binding.hop.flow);
}

void KeepOneFlow(std::vector<const Binding*>* contacts) {
  std::vector<const Binding*> kept;
  for (const Binding* binding : *contacts) {
    const auto same = [binding](const Binding* other) { return IsOfSamePhone(*binding, *other); };
    if (std::none_of(kept.begin(), kept.end(), same)) kept.push_back(binding);
  }
  *contacts = std::move(kept);
}

// The DN behind the first of its softswitches that is usable.
void ToSoftswitch(const State& state, const Dn& dn, Place place, absl::Span<const std::string> tried,
                  Destination* destination) {
  const Dn* device = ChooseSoftswitch(state, dn, place, tried);
  if (device == nullptr) {
    destination->status = 503;
    return;
  }
  destination->device = device->number;
  destination->wanted = dn.number;
  ToContact(*device->profile.contact, destination);
}

Destination ToParty(const Dn& dn) {
  Destination destination;
  destination.number = dn.number;
  sip::EscapeUser(dn.number, &destination.dialled);
  destination.no_answer_timeout = dn.profile.no_answer_timeout;
  return destination;
}

Destination ToExtension(const State& state, const Dn& dn, Place place, absl::Span<const std::string> tried = {}) {
  const bool has_switch = !dn.profile.trunk.softswitches.empty();
  const std::vector<const Binding*> contacts = ContactsOf(state, dn);
  if (!has_switch && !contacts.empty()) return DestinationAt(state, dn, *contacts.front());
  Destination destination = ToParty(dn);
  if (has_switch) {
    ToSoftswitch(state, dn, place, tried, &destination);
  } else if (dn.profile.contact) {
    ToContact(*dn.profile.contact, &destination);
    if (!dn.profile.contact->uri.empty()) destination.request_uri = dn.profile.contact->uri;
  } else {
    destination.status = 480;
  }
  if (destination.status == 0 && !dn.profile.trunk.request_uri.empty()) {
    destination.request_uri = dn.profile.trunk.request_uri;
  }
  return destination;
}

Destination Nowhere(int status) {
  Destination nowhere;
  nowhere.status = status;
  return nowhere;
}

Destination ToUsableTrunk(const State& state, const Dn& trunk, absl::string_view dialled, Place place) {
  Destination destination = ToTrunk(trunk, dialled);
  if (destination.status == 0 && !IsUsable(state, trunk, place)) destination.status = 503;
  return destination;
}

// Where none of its Trunks is usable, the first one says why.
Destination ThroughTrunk(const State& state, absl::string_view dialled, Place place) {
  if (const Dn* trunk = ChooseTrunk(state, dialled, place)) return ToTrunk(*trunk, dialled);
  const Dn* trunk = state.configuration.FindTrunkByPrefix(dialled);
  return trunk == nullptr ? Nowhere(404) : ToUsableTrunk(state, *trunk, dialled, place);
}

Destination Reach(const State& state, absl::string_view dialled, Place place) {
  if (const Dn* dn = state.configuration.FindDn(dialled)) {
    if (dn->type == DnType::kExtension) {
      Destination destination = ToExtension(state, *dn, place);
      if (IsOut(state, dn->number)) destination.status = 480;
      return destination;
    }
    if (dn->type == DnType::kTrunk) return ToUsableTrunk(state, *dn, dialled, place);
  }
  return ThroughTrunk(state, dialled, place);
}

bool Loops(const State& state, const Hop& hop) {
  return state.configuration.IsServiceAddress(hop.transport, hop.remote);
}

// Requests of ours that wait for their answers. What one carries on is older than itself, so going from the youngest to
// the oldest meets each but once.
using Waiting = absl::btree_set<TransactionId>;

void AddWaiting(const State& state, absl::string_view via_element, Waiting* waiting) {
  sip::Via via;
  if (!sip::ParseVia(via_element, &via)) return;
  const absl::optional<BranchId> branch = ParseBranch(via.branch);
  const ClientTransaction* ours = branch ? state.transactions.FindClient(branch->transaction) : nullptr;
  if (ours == nullptr || ours->branch_mac != branch->mac) return;
  const Transport transport = ParseTransport(via.transport).value_or(Transport::kUdp);
  const uint16_t port = via.port == 0 ? DefaultPort(transport) : via.port;
  const absl::optional<Endpoint> sent_by = Endpoint::Parse(via.host, port);
  if (sent_by && state.configuration.IsServiceAddress(transport, *sent_by)) waiting->insert(ours->id);
}

void AddVias(const State& state, const ServerTransaction& request, Waiting* waiting) {
  for (absl::string_view field : absl::StrSplit(request.head, "\r\n")) {
    if (absl::ConsumePrefix(&field, "Via: ")) AddWaiting(state, field, waiting);
  }
}

// The DN rings at all of its contacts, whichever of them the row is of.
bool HasRung(const State& state, const ClientTransaction& row, const Destination& destination) {
  if (row.purpose != Purpose::kInvite || destination.binding.empty() || destination.alone) return false;
  const Leg* leg = state.legs.Find(row.leg);
  return leg != nullptr && leg->number == destination.number;
}

// Whether one of them, or what it carries on, went there already.
bool WasSentTo(const State& state, const Destination& destination, Waiting waiting) {
  const std::string to = absl::StrCat(kToLine, "<", ToUri(destination), ">\r\n");
  for (int step = 0; step < kMaxSteps && !waiting.empty(); ++step) {
    const ClientTransaction& row = *state.transactions.FindClient(*waiting.rbegin());
    waiting.erase(row.id);
    const absl::string_view text = row.request.view();
    const size_t line = text.find(kToLine);
    if (line != absl::string_view::npos && absl::StartsWith(text.substr(line), to)) return true;
    if (HasRung(state, row, destination)) return true;
    if (const ServerTransaction* server = state.transactions.FindServer(row.relay)) AddVias(state, *server, &waiting);
  }
  return false;
}

// The Trunk whose name leads to that address, as DNS has said last.
const Dn* FindNamedTrunk(const State& state, const Endpoint& remote, uint16_t sent_by_port) {
  for (const Endpoint& place : {remote, remote.WithPort(sent_by_port)}) {
    for (const NameId id : state.names.LeadingTo(place)) {
      if (const Dn* trunk = state.configuration.FindTrunkByName(state.names.Find(id)->query)) return trunk;
    }
  }
  return nullptr;
}

}  // namespace

const Dn* FindOriginator(const State& state, const SipReceived& request) {
  const sip::Via& via = request.message.top_via();
  const uint16_t sent_by_port = via.port == 0 ? DefaultPort(request.transport) : via.port;
  if (const Dn* trunk = state.configuration.FindTrunkByContact(request.remote, sent_by_port)) return trunk;
  if (const Dn* trunk = FindNamedTrunk(state, request.remote, sent_by_port)) return trunk;
  sip::Uri from;
  if (!sip::ParseUri(request.message.from().uri, &from) || !from.has_user) return nullptr;
  std::string user;
  sip::Unescape(from.user, &user);
  const Dn* dn = state.configuration.FindDn(user);
  return dn != nullptr && dn->type == DnType::kExtension ? dn : nullptr;
}

std::string Dialled(const sip::Message& request) {
  std::string number;
  sip::Unescape(request.request_uri().user, &number);
  return number;
}

std::string NumberOfUri(absl::string_view uri_text) {
  sip::Uri uri;
  std::string number;
  if (sip::ParseUri(uri_text, &uri)) sip::Unescape(uri.user, &number);
  return number;
}

bool IsReachable(const State& state, const Binding& binding) {
  if (Loops(state, binding.hop)) return false;
  return !IsWebSocket(binding.hop.transport) || state.flows.contains(binding.hop.flow);
}

std::vector<const Binding*> ContactsOf(const State& state, const Dn& dn, bool over_tls) {
  std::vector<const Binding*> contacts = state.registrar.BindingsOf(dn.number);
  const auto is_none = [&](const Binding* binding) {
    return !IsReachable(state, *binding) || (over_tls && !IsSecure(binding->hop.transport));
  };
  contacts.erase(std::remove_if(contacts.begin(), contacts.end(), is_none), contacts.end());
  const bool by_q = dn.profile.rings_by_q;
  std::stable_sort(contacts.begin(), contacts.end(), [by_q](const Binding* a, const Binding* b) {
    if (by_q && a->less_wanted != b->less_wanted) return a->less_wanted < b->less_wanted;
    return std::tie(a->refreshed, a->id) > std::tie(b->refreshed, b->id);
  });
  std::stable_partition(contacts.begin(), contacts.end(),
                        [&](const Binding* binding) { return !IsGone(state, *binding); });
  KeepOneFlow(&contacts);
  return contacts;
}

Destination DestinationAt(const State& state, const Dn& dn, const Binding& binding) {
  Destination destination = ToParty(dn);
  const std::string& request_uri = dn.profile.trunk.request_uri;
  destination.binding = binding.id;
  destination.hop = binding.hop;
  destination.request_uri = request_uri.empty() ? binding.contact : request_uri;
  destination.path = binding.path;
  const bool known_way = !binding.path.empty() || binding.reg_id != 0 || state.flows.contains(binding.hop.flow);
  sip::Uri uri;
  if (known_way || !dn.profile.resolves || !request_uri.empty()) return destination;
  if (!sip::ParseUri(binding.contact, &uri)) return destination;
  if (!QueryOf(uri, state.configuration.locates_by_service())) return destination;
  destination.hop.remote = Endpoint();
  destination.hop.flow = FlowId();
  destination.host = absl::StrCat(uri.host, uri.port == 0 ? "" : ":", uri.port_text);
  return destination;
}

void StayAtPhone(const State& state, const Leg& leg, Destination* destination) {
  const Dn* dn = state.configuration.FindDn(leg.number);
  for (const Binding* binding : state.registrar.BindingsOf(leg.number)) {
    const bool same =
        binding->id == leg.binding || binding->contact == leg.dialog.remote_target || binding->hop == leg.hop;
    if (dn == nullptr || !same || !IsReachable(state, *binding)) continue;
    *destination = DestinationAt(state, *dn, *binding);
    destination->alone = true;
    return;
  }
}

void TurnToTls(const State& state, Destination* destination) {
  const Dn* dn = state.configuration.FindDn(destination->number);
  if (dn == nullptr || destination->binding.empty() || IsSecure(destination->hop.transport)) return;
  const std::vector<const Binding*> contacts = ContactsOf(state, *dn, true);
  if (contacts.empty()) return;
  std::vector<std::string> forwarded_by = std::move(destination->forwarded_by);
  *destination = DestinationAt(state, *dn, *contacts.front());
  destination->forwarded_by = std::move(forwarded_by);
}

Destination FindDestination(const State& state, absl::string_view dialled, Place place) {
  Destination destination = Reach(state, dialled, place);
  if (destination.status == 0 && Loops(state, destination.hop)) destination.status = 482;
  return destination;
}

Destination FindAlternative(const State& state, absl::string_view number, absl::string_view wanted,
                            absl::Span<const std::string> tried) {
  const Dn* dn = state.configuration.FindDn(number);
  Destination destination = Nowhere(404);
  if (dn != nullptr && dn->type == DnType::kExtension) {
    destination = ToExtension(state, *dn, Place::kTaken, tried);
    if (destination.device.empty()) destination.status = 404;
  } else if (const Dn* trunk = ChooseTrunk(state, wanted, Place::kTaken, tried)) {
    destination = ToTrunk(*trunk, wanted);
  }
  if (destination.status == 0 && Loops(state, destination.hop)) destination.status = 482;
  return destination;
}

std::vector<Destination> FindDevices(const State& state, const Dn& dn) {
  std::vector<Destination> devices;
  if (dn.type == DnType::kExtension) {
    for (const Binding* binding : ContactsOf(state, dn)) devices.push_back(DestinationAt(state, dn, *binding));
    if (devices.empty()) devices.push_back(ToExtension(state, dn, Place::kNone));
    if (devices.front().status != 0) devices.clear();
  } else if (dn.profile.contact.has_value()) {
    devices.emplace_back().number = dn.number;
    ToContact(*dn.profile.contact, &devices.front());
  }
  return devices;
}

Destination FindCallDestination(const State& state, absl::string_view dialled) {
  std::string number(dialled);
  std::vector<std::string> forwarded_by;
  for (int step = 0; step < kMostForwards; ++step) {
    const DnFeatures* features = state.dn_features.Find(number);
    const Dn* dn = features == nullptr ? nullptr : state.configuration.FindDn(number);
    const bool open = features == nullptr || (!features->do_not_disturb && features->forward_to.empty());
    if (open || dn == nullptr || dn->type != DnType::kExtension) {
      Destination destination = FindDestination(state, number, Place::kTaken);
      destination.forwarded_by = std::move(forwarded_by);
      return destination;
    }
    if (features->forward_to.empty()) {
      Destination busy;
      busy.number = number;
      busy.status = 486;
      return busy;
    }
    forwarded_by.insert(forwarded_by.begin(), number);
    number = features->forward_to;
  }
  Destination nowhere;
  nowhere.status = 482;
  return nowhere;
}

bool BreaksSips(const sip::Message& request, const Destination& destination) {
  return request.request_uri().is_sips && !IsSecure(destination.hop.transport);
}

std::string ToUri(const Destination& destination) {
  const std::string host = destination.hop.remote.empty() ? destination.host : destination.hop.remote.ToText();
  return absl::StrCat("sip:", destination.dialled, destination.dialled.empty() ? "" : "@", host);
}

bool ComesBack(const State& state, const sip::Message& request, const Destination& destination) {
  Waiting waiting;
  for (absl::string_view element : sip::HeaderValues(request, sip::HeaderName::kVia)) {
    AddWaiting(state, element, &waiting);
  }
  return WasSentTo(state, destination, std::move(waiting));
}

bool ComesBack(const State& state, const ServerTransaction& request, const Destination& destination) {
  Waiting waiting;
  AddVias(state, request, &waiting);
  return WasSentTo(state, destination, std::move(waiting));
}

}  // namespace understudy::engine
