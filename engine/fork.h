// A forked INVITE may be answered by several UASs (13.2.2.4). The first 2xx makes the leg; each of the others is
// acknowledged and ended at once, and a finished row keeps its ACK for the repetitions.
#ifndef UNDERSTUDY_ENGINE_FORK_H_
#define UNDERSTUDY_ENGINE_FORK_H_

#include "engine/state.h"
#include "sip/message.h"
#include "sip/transaction_key.h"

namespace understudy::engine {

// Notes in the finished row of our INVITE what its final response says of itself, for IsFork.
void NoteAnswer(const State& state, const sip::Message& answer, FinishedTransaction* invite);

// Whether a 2xx to our finished INVITE comes from another UAS than the one whose answer counted. False too when it
// does not repeat our Call-ID, From tag and CSeq (8.2.6.2): that answers nothing of ours.
bool IsFork(const State& state, const FinishedTransaction& invite, const sip::Message& response);

// Whether so many have been dealt with that a further one is not: each makes us send to where it says.
bool HasForkedTooOften(const FinishedTransaction& invite);

// The row of a fork that has been dealt with, under a key of its own kind; nullptr: not yet.
sip::TransactionKey ForkKey(const State& state, const sip::Message& response);
const FinishedTransaction* FindFork(const State& state, const sip::Message& response);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_FORK_H_
