#include "engine/leg_message.h"

#include <algorithm>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "engine/early/early_lookup.h"
#include "engine/locate/names.h"
#include "sip/escape.h"
#include "sip/hop/uri_hop.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

// Of a sips URI everything but TLS over TCP.
void AppendTransport(Transport transport, bool secure, sip::MessageWriter* writer) {
  const absl::string_view param = TransportParam(transport);
  if (param.empty() || (secure && transport == Transport::kTls)) return;
  writer->AppendPiece(";transport=");
  writer->AppendPiece(param);
}

// The connection over which the phone has registered since, if the dialog's target is that phone: to a phone that
// connects there is often no other way.
const Binding* ReconnectedTo(const State& state, const Leg& leg, const sip::Uri& target) {
  for (const Binding* binding : state.registrar.BindingsOf(leg.number)) {
    sip::Uri contact;
    if (!state.flows.contains(binding->hop.flow) || !sip::ParseUri(binding->contact, &contact)) continue;
    if (contact.user == target.user && contact.host == target.host && contact.port == target.port) return binding;
  }
  return nullptr;
}

// The name in the leg's next hop, if its DN's are looked up.
absl::optional<LocateQuery> NameOfTarget(const State& state, const Leg& leg) {
  const Dn* dn = state.configuration.FindDn(leg.number);
  sip::Uri uri;
  if (dn == nullptr || !dn->profile.resolves) return absl::nullopt;
  if (!sip::ParseUri(sip::TargetOf(leg.dialog).next_hop, &uri)) return absl::nullopt;
  return QueryOf(uri, state.configuration.locates_by_service());
}

// Where the address of our own Contact begins in the head of a request; npos: it has none.
size_t PlaceOfContact(absl::string_view request) {
  constexpr absl::string_view kContact = "\r\nContact: <sip";
  const size_t line = request.substr(0, request.find("\r\n\r\n")).find(kContact);
  if (line == absl::string_view::npos) return line;
  const size_t colon = request.find(':', line + kContact.size());
  const size_t at = request.substr(0, request.find('>', colon)).find('@', colon);
  return (at == absl::string_view::npos ? colon : at) + 1;
}

// RFC 5626 4.3: its contact is no address for others. A connection that is gone is another matter.
bool AsksForItsFlow(const Leg& leg, const sip::Uri& target) {
  return leg.dialog.route_set.empty() && leg.hop.transport == Transport::kUdp && target.Param("ob").has_value();
}

}  // namespace

void WriteVia(Context& context, const Hop& hop, absl::string_view branch, sip::MessageWriter* writer) {
  writer->BeginHeader(HeaderName::kVia);
  writer->AppendPiece("SIP/2.0/");
  writer->AppendPiece(TransportName(hop.transport));
  writer->AppendPiece(" ");
  context.state.configuration.service_address(hop.transport, hop.remote).AppendTo(&context.text);
  writer->AppendPiece(";branch=");
  writer->AppendPiece(branch);
  writer->AppendPiece(";rport");
  writer->EndHeader();
}

void PointMessageAt(Context& context, const Hop& hop, absl::string_view branch) {
  const std::string text = context.text;
  const size_t via = text.find("\r\nVia: ") + 2;
  const size_t after = text.find("\r\n", via) + 2;
  context.text.resize(via);
  sip::MessageWriter writer(&context.text);
  WriteVia(context, hop, branch, &writer);
  const absl::string_view rest = absl::string_view(text).substr(after);
  const size_t place = PlaceOfContact(rest);
  context.text.append(rest.data(), std::min(place, rest.size()));
  if (place == absl::string_view::npos) return;
  context.state.configuration.service_address(hop.transport, hop.remote).AppendTo(&context.text);
  const size_t line = rest.substr(0, place).rfind("\r\nContact: <");
  AppendTransport(hop.transport, absl::StartsWith(rest.substr(line), "\r\nContact: <sips:"), &writer);
  const absl::string_view tail = rest.substr(rest.find('>', place));
  context.text.append(tail.data(), tail.size());
}

void WriteContact(Context& context, const Leg& leg, sip::MessageWriter* writer) {
  const Leg* peer = OtherSideOf(context.state, leg);
  const absl::string_view user = peer == nullptr ? absl::string_view() : peer->number;
  writer->BeginHeader(HeaderName::kContact);
  writer->AppendPiece(leg.dialog.secure ? "<sips:" : "<sip:");
  if (!user.empty()) {
    sip::EscapeUser(user, &context.text);
    writer->AppendPiece("@");
  }
  context.state.configuration.service_address(leg.hop.transport, leg.hop.remote).AppendTo(&context.text);
  AppendTransport(leg.hop.transport, leg.dialog.secure, writer);
  writer->AppendPiece(">");
  writer->EndHeader();
}

sip::MessageWriter BeginLegRequest(Context& context, const Leg& leg, const Hop& hop, absl::string_view method,
                                   absl::string_view branch, uint32_t cseq, int max_forwards,
                                   absl::string_view display) {
  const sip::Dialog& dialog = leg.dialog;
  const sip::RequestTarget target = sip::TargetOf(dialog);
  context.text.clear();
  sip::MessageWriter writer(&context.text);
  writer.RequestLine(method, target.request_uri);
  WriteVia(context, hop, branch, &writer);
  writer.Header(HeaderName::kMaxForwards, max_forwards);
  for (absl::string_view route : target.routes) writer.Header(HeaderName::kRoute, "<", route, ">");
  writer.Header(HeaderName::kFrom, display, display.empty() ? "<" : " <", dialog.local_uri, ">;tag=", dialog.local_tag);
  if (dialog.remote_tag.empty()) {
    writer.Header(HeaderName::kTo, "<", dialog.remote_uri, ">");
  } else {
    writer.Header(HeaderName::kTo, "<", dialog.remote_uri, ">;tag=", dialog.remote_tag);
  }
  writer.Header(HeaderName::kCallId, dialog.call_id);
  writer.Header(HeaderName::kCSeq, cseq, " ", method);
  return writer;
}

Hop LegHop(Context& context, const Leg& leg) {
  Hop hop = leg.hop;
  sip::Uri uri;
  if (!sip::ParseUri(sip::TargetOf(leg.dialog).next_hop, &uri)) return hop;
  if (AsksForItsFlow(leg, uri)) return hop;
  const Transport transport = sip::TransportOf(uri, leg.hop.transport).value_or(leg.hop.transport);
  const absl::optional<Endpoint> endpoint = sip::EndpointOf(uri, transport);
  const bool alive = context.state.flows.contains(hop.flow);
  if (endpoint) hop.remote = *endpoint;
  if (endpoint && !endpoint->SameHost(leg.hop.remote)) {
    hop.local = Endpoint();
    hop.domain = SharedBytes();
  }
  if (alive && (!endpoint || endpoint->SameHost(leg.hop.remote))) return hop;
  if (const Binding* binding = alive || !IsReliable(transport) ? nullptr : ReconnectedTo(context.state, leg, uri)) {
    return binding->hop;
  }
  if (!endpoint && !NameOfTarget(context.state, leg)) return hop;
  hop.flow = FlowId();
  hop.transport = transport;
  if (!endpoint) hop.remote = Endpoint();
  return hop;
}

std::string UriHere(const State& state, absl::string_view number) {
  std::string uri = "sip:";
  sip::EscapeUser(number, &uri);
  absl::StrAppend(&uri, number.empty() ? "" : "@", state.configuration.service_address().ToText());
  return uri;
}

Hop AckHop(Context& context, const Leg& leg) {
  Hop hop = LegHop(context, leg);
  if (!hop.remote.empty()) return hop;
  const absl::optional<LocateQuery> query = NameOfTarget(context.state, leg);
  const LocatedName* name = query ? UseName(context, *query) : nullptr;
  std::vector<Target> targets;
  if (name != nullptr && name->known()) targets = TargetsNow(context, *name);
  for (const Target& target : targets) {
    if (target.remote == leg.hop.remote) return leg.hop;
  }
  return targets.empty() ? leg.hop : HopTo(targets.front(), SharedBytes(query->host));
}

void AskForTarget(Context& context, const Leg& leg) {
  if (const absl::optional<LocateQuery> query = NameOfTarget(context.state, leg)) UseName(context, *query);
}

bool IsAnonymous(absl::string_view uri) {
  sip::Uri parsed;
  return sip::ParseUri(uri, &parsed) && absl::EndsWithIgnoreCase(parsed.host, ".invalid");
}

std::string CallerUri(const State& state, const sip::Message& request) {
  sip::Uri from;
  const absl::string_view uri = request.from().uri;
  if (!sip::ParseUri(uri, &from) || !from.is_sip || !from.has_user || IsAnonymous(uri)) return std::string(uri);
  return absl::StrCat("sip:", from.user, "@", state.configuration.service_address().ToText());
}

std::string FromUri(const State& state, const Destination& destination, absl::string_view caller) {
  if (destination.cpn.empty() || IsAnonymous(caller)) return std::string(caller);
  return UriHere(state, destination.cpn);
}

sip::Dialog BeginDialogTo(const State& state, const sip::Message& request, const Destination& destination,
                          absl::string_view sip_call_id, absl::string_view tag) {
  const std::string local_uri = FromUri(state, destination, CallerUri(state, request));
  const std::string remote_uri = ToUri(destination);
  sip::DialogRequest begin;
  begin.call_id = sip_call_id;
  begin.local_tag = tag;
  begin.local_uri = local_uri;
  begin.remote_uri = remote_uri;
  begin.request_uri = destination.request_uri;
  begin.over_tls = IsSecure(destination.hop.transport);
  sip::Dialog dialog = sip::BeginUacDialog(begin);
  dialog.route_set = destination.path;
  return dialog;
}

int NextMaxForwards(const sip::Message& request) {
  if (!request.max_forwards().has_value()) return kMaxForwards;
  return static_cast<int>(*request.max_forwards()) - 1;
}

}  // namespace understudy::engine
