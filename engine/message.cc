// MESSAGE outside a dialog (RFC 3428): carried to the DN that it names, and its answer back.
#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/carried_status.h"
#include "engine/client_transactions.h"
#include "engine/dial_plan.h"
#include "engine/gruu/gruu.h"
#include "engine/identity.h"
#include "engine/leg_message.h"
#include "engine/locating.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"

namespace understudy::engine {

namespace {

// What the request to `destination` is written from; it is forgotten, as MESSAGE makes no dialog.
Leg LegTo(Context& context, const sip::Message& message, const Destination& destination) {
  const std::string from_tag = absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16));
  const std::string sip_call_id = absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16));
  Leg leg;
  leg.dialog = BeginDialogTo(context.state, message, destination, sip_call_id, from_tag);
  return leg;
}

}  // namespace

void OnMessage(Context& context, const SipReceived& request) {
  const sip::Message& message = request.message;
  if (NextMaxForwards(message) < 0) return Refuse(context, request, 483);
  const Destination destination = FindAddressed(context.state, message.request_uri());
  if (destination.status != 0) return Refuse(context, request, destination.status);
  if (BreaksSips(message, destination)) {
    return Refuse(context, request, 480, sip::HeaderName::kWarning, kSipsNotAllowed);
  }
  if (ComesBack(context.state, message, destination)) return Refuse(context, request, 482);

  const std::string to_tag = absl::StrCat(absl::Hex(NextMac(context), absl::kZeroPad16));
  ServerTransaction& server = BeginServer(context, request, to_tag);
  server.purpose = Purpose::kMessage;
  TryLater(context, server);
  ClientTransaction& row = BeginClient(context, sip::Method::kMessage, destination.hop, Purpose::kMessage);
  row.relay = server.id;
  row.cseq = 1;
  server.relay = row.id;
  NameDevice(context, row, destination.device.empty() ? destination.number : destination.device);
  const Leg leg = LegTo(context, message, destination);
  sip::MessageWriter writer = BeginLegRequest(context, leg, row.hop, "MESSAGE", MakeBranch(row.id, row.branch_mac),
                                              row.cseq, NextMaxForwards(message), message.from().display);
  const Dn* originator = FindOriginator(context.state, request);
  US_CHECK(originator != nullptr);  // RefusalOf
  const Asserted asserted =
      AssertOf(context, message, originator->number, destination.number, destination.cpn, &writer);
  CarryHeaders(message, asserted, &writer);
  CarryBody(message, &writer);
  SendRequest(context, row);
}

void OnMessageFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  const ServerTransaction* server = context.state.transactions.FindServer(ended.relay);
  if (server == nullptr) return;
  const std::string warning = UnlocatedWarning(context.state, ended);
  if (!warning.empty()) return RespondPlain(context, ended.relay, 480, sip::HeaderName::kWarning, warning);
  if (response == nullptr || status == 408) return RespondForNobody(context, ended.relay, status);
  sip::MessageWriter writer = BeginResponse(context, *server, CarriedStatus(status), CarriedReason(response->message));
  CarryHeaders(response->message, Asserted::kEnd, &writer);
  CarryBody(response->message, &writer);
  Respond(context, ended.relay, status);
}

}  // namespace understudy::engine
