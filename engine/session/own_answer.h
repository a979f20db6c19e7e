// A session of ours: who asks hears no other party's answer.
#ifndef UNDERSTUDY_ENGINE_SESSION_OWN_ANSWER_H_
#define UNDERSTUDY_ENGINE_SESSION_OWN_ANSWER_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/leg.h"

namespace understudy::engine {

// Answers the INVITE or UPDATE `asked`, which came on `leg`, by 200 with that session; empty: with none. That of an
// INVITE is sent until its ACK comes.
void AnswerOurselves(Context& context, Leg& leg, TransactionId asked, absl::string_view session);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SESSION_OWN_ANSWER_H_
