#include "engine/fork.h"

#include "base/siphash.h"
#include "sip/dialog_key.h"

namespace understudy::engine {
namespace {

// What every answer to an INVITE of ours repeats: a request of ours is known by it as a received one is (8.2.2.2).
sip::TransactionKey RepeatedKey(const State& state, const sip::Message& response) {
  SipHasher128 hasher(state.lookup_key());
  hasher.Update(response.call_id());
  hasher.AddU64(response.call_id().size());
  hasher.Update(response.from_tag());
  hasher.AddU64(response.cseq().number);
  const Hash128 hash = hasher.Finish();
  return {hash.hi, hash.lo};
}

constexpr uint8_t kMostForks = 31;

}  // namespace

void NoteAnswer(const State& state, const sip::Message& answer, FinishedTransaction* invite) {
  invite->merge_key = RepeatedKey(state, answer);
  if (answer.status() < 300) invite->key = ForkKey(state, answer);
}

bool IsFork(const State& state, const FinishedTransaction& invite, const sip::Message& response) {
  return RepeatedKey(state, response) == invite.merge_key && ForkKey(state, response) != invite.key;
}

bool HasForkedTooOften(const FinishedTransaction& invite) {
  return invite.forks >= kMostForks;
}

sip::TransactionKey ForkKey(const State& state, const sip::Message& response) {
  const sip::DialogKey dialog = sip::DialogKeyOf(state.lookup_key(), response);
  return {dialog.hi, dialog.lo};
}

const FinishedTransaction* FindFork(const State& state, const sip::Message& response) {
  return state.transactions.FindFinished(ForkKey(state, response));
}

}  // namespace understudy::engine
