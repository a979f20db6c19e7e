// RequestAnswerCall: the phone is told to take the call that rings there. Its answer is the outcome.
#include "absl/strings/str_cat.h"
#include "engine/cti/call_requests.h"
#include "engine/leg_commands.h"

namespace understudy::engine {

void OnAnswerCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place || !CheckState(context, *place->party, {tlib::PartyState::kAlerting}, request, cause)) return;
  Await(request, cause, place->party);
  TalkLeg(context, *context.state.legs.Find(place->party->leg));
}

void OnTalkDone(Context& context, Party* party, int status) {
  if (status < 300 || !party->pending || party->pending->type != tlib::MessageType::kRequestAnswerCall) return;
  FailAwaited(context, party, tlib::ErrorCode::kNotControllable,
              absl::StrCat("the phone of ThisDN does not answer when told to: ", status));
}

}  // namespace understudy::engine
