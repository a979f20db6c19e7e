#include "engine/session/own_answer.h"

#include "engine/call_handlers.h"
#include "engine/carried_headers.h"
#include "engine/leg_message.h"
#include "engine/server_transactions.h"
#include "engine/session/session_refresh.h"

namespace understudy::engine {

using sip::HeaderName;

void AnswerOurselves(Context& context, Leg& leg, TransactionId asked, absl::string_view session) {
  const ServerTransaction& server = *context.state.transactions.FindServer(asked);
  const bool invite = server.method == sip::Method::kInvite;
  const Hop hop = server.hop;
  const uint32_t cseq = server.cseq;
  sip::MessageWriter writer = BeginResponse(context, server, 200);
  WriteContact(context, leg, &writer);
  writer.Header(HeaderName::kAllow, AllowedMethods());
  WriteAgreed(context, leg, &writer);
  writer.Body(session.empty() ? absl::string_view() : "application/sdp", session);
  const SharedBytes bytes = Respond(context, asked, 200);
  NoteTold(leg, bytes.view());
  if (invite) AwaitAck(context, leg, bytes, hop, cseq);
}

}  // namespace understudy::engine
