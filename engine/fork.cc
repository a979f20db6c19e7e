#include "engine/fork.h"

#include "absl/strings/match.h"
#include "base/check.h"
#include "engine/sip_ids.h"
#include "sip/dialog_key.h"
#include "sip/parse.h"

namespace understudy::engine {

bool IsFork(const State& state, const FinishedTransaction& invite, const sip::Message& response) {
  if (!invite.answer.empty()) {
    sip::Message ack;
    sip::ParseError error;
    US_CHECK(sip::ParseMessage(invite.answer.view(), &ack, &error));
    return !absl::EqualsIgnoreCase(ack.to_tag(), response.to_tag());
  }
  // Not acknowledged yet: the leg knows.
  const absl::optional<TagId> tag = ParseTag(response.from_tag());
  const Call* call = tag ? state.calls.Find(tag->call) : nullptr;
  return call != nullptr && !absl::EqualsIgnoreCase(call->leg(tag->side).dialog.remote_tag, response.to_tag());
}

sip::TransactionKey ForkKey(const State& state, const sip::Message& response) {
  const sip::DialogKey dialog = sip::DialogKeyOf(state.lookup_key(), response);
  return {dialog.hi, dialog.lo};
}

const FinishedTransaction* FindFork(const State& state, const sip::Message& response) {
  return state.transactions.FindFinished(ForkKey(state, response));
}

}  // namespace understudy::engine
