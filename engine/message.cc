// MESSAGE outside a dialog (RFC 3428): carried to the DN that it names, and its answer back.
#include <string>

#include "absl/strings/str_cat.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/carried_status.h"
#include "engine/client_transactions.h"
#include "engine/dial_plan.h"
#include "engine/leg_message.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"
#include "sip/escape.h"
#include "sip/uri.h"

namespace understudy::engine {

using sip::HeaderName;

void OnMessage(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  if (NextMaxForwards(message) < 0) return Refuse(context, request, 483);
  const Dn* originator = FindOriginator(context.state, request);
  if (originator == nullptr) return Refuse(context, request, 403);
  std::string dialled;
  sip::Unescape(message.request_uri().user, &dialled);
  const Destination destination = FindDestination(context.state, dialled);
  if (destination.status != 0) return Refuse(context, request, destination.status);

  const std::string to_tag = absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16));
  ServerTransaction& server = BeginServer(context, request, to_tag);
  server.purpose = Purpose::kMessage;
  ClientTransaction& row = BeginClient(context, sip::Method::kMessage, destination.hop, Purpose::kMessage);
  row.relay = server.id;
  row.cseq = 1;
  server.relay = row.id;
  const std::string from_tag = absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16));
  const std::string sip_call_id = absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16));
  context.text.clear();
  sip::MessageWriter writer(&context.text);
  writer.RequestLine("MESSAGE", destination.request_uri);
  WriteVia(context, row.hop.transport, MakeBranch(row.id, row.branch_mac), &writer);
  writer.Header(HeaderName::kMaxForwards, NextMaxForwards(message));
  std::string caller;
  sip::EscapeUser(originator->number, &caller);
  writer.Header(HeaderName::kFrom, "<sip:", caller, "@", context.state.configuration.service_address().ToText(),
                ">;tag=", from_tag);
  writer.Header(HeaderName::kTo, "<", destination.request_uri, ">");
  writer.Header(HeaderName::kCallId, sip_call_id);
  writer.Header(HeaderName::kCSeq, row.cseq, " MESSAGE");
  CarryHeaders(message, &writer);
  CarryBody(message, &writer);
  SendRequest(context, row);
}

void OnMessageFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  const ServerTransaction* server = context.state.transactions.FindServer(ended.relay);
  if (server == nullptr) return;
  if (response == nullptr || status == 408) return RespondForNobody(context, ended.relay, status);
  sip::MessageWriter writer = BeginResponse(context, *server, CarriedStatus(status), CarriedReason(response->message));
  CarryHeaders(response->message, &writer);
  CarryBody(response->message, &writer);
  Respond(context, ended.relay, status);
}

}  // namespace understudy::engine
