#include "engine/leg_message.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sip/escape.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

constexpr uint16_t kSipPort = 5060;

}  // namespace

void WriteVia(Context& context, Transport transport, absl::string_view branch, sip::MessageWriter* writer) {
  writer->BeginHeader(HeaderName::kVia);
  writer->AppendPiece("SIP/2.0/");
  writer->AppendPiece(TransportName(transport));
  writer->AppendPiece(" ");
  context.state.configuration.service_address().AppendTo(&context.text);
  writer->AppendPiece(";branch=");
  writer->AppendPiece(branch);
  writer->AppendPiece(";rport");
  writer->EndHeader();
}

void WriteContact(Context& context, const Leg& leg, sip::MessageWriter* writer) {
  const Leg* peer = context.state.PeerOf(leg);
  const absl::string_view user = peer == nullptr ? absl::string_view() : peer->number;
  writer->BeginHeader(HeaderName::kContact);
  writer->AppendPiece("<sip:");
  if (!user.empty()) {
    sip::EscapeUser(user, &context.text);
    writer->AppendPiece("@");
  }
  context.state.configuration.service_address().AppendTo(&context.text);
  if (leg.hop.transport == Transport::kTcp) writer->AppendPiece(";transport=tcp");
  writer->AppendPiece(">");
  writer->EndHeader();
}

sip::MessageWriter BeginLegRequest(Context& context, const Leg& leg, Transport transport, absl::string_view method,
                                   absl::string_view branch, uint32_t cseq, int max_forwards,
                                   absl::string_view display) {
  const sip::Dialog& dialog = leg.dialog;
  const sip::RequestTarget target = sip::TargetOf(dialog);
  context.text.clear();
  sip::MessageWriter writer(&context.text);
  writer.RequestLine(method, target.request_uri);
  WriteVia(context, transport, branch, &writer);
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
  const absl::optional<Endpoint> endpoint = Endpoint::Parse(uri.host, uri.port == 0 ? kSipPort : uri.port);
  if (!endpoint) return hop;
  hop.remote = *endpoint;
  if (context.state.flows.contains(hop.flow) && endpoint->SameHost(leg.hop.remote)) return hop;
  hop.flow = FlowId();
  if (absl::optional<absl::string_view> name = uri.Param("transport")) {
    hop.transport = ParseTransport(*name).value_or(leg.hop.transport);
  }
  return hop;
}

std::string CallerUri(const State& state, const sip::Message& request) {
  sip::Uri from;
  if (!sip::ParseUri(request.from().uri, &from) || !from.is_sip || !from.has_user ||
      absl::EndsWithIgnoreCase(from.host, ".invalid")) {
    return std::string(request.from().uri);
  }
  return absl::StrCat("sip:", from.user, "@", state.configuration.service_address().ToText());
}

sip::Dialog BeginDialogTo(const State& state, const sip::Message& request, const Destination& destination,
                          absl::string_view sip_call_id, absl::string_view tag) {
  const std::string local_uri = CallerUri(state, request);
  const std::string remote_uri = ToUri(destination);
  sip::DialogRequest begin;
  begin.call_id = sip_call_id;
  begin.local_tag = tag;
  begin.local_uri = local_uri;
  begin.remote_uri = remote_uri;
  begin.request_uri = destination.request_uri;
  sip::Dialog dialog = sip::BeginUacDialog(begin);
  dialog.route_set = destination.path;
  return dialog;
}

int NextMaxForwards(const sip::Message& request) {
  if (!request.max_forwards().has_value()) return kMaxForwards;
  return static_cast<int>(*request.max_forwards()) - 1;
}

}  // namespace understudy::engine
