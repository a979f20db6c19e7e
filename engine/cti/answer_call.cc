// RequestAnswerCall: the phone is told to take the call that rings there. Its answer is the outcome. A phone that takes
// no such command is not asked, and who asks hears which option says so.
#include "absl/strings/str_cat.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"
#include "engine/leg_commands.h"

namespace understudy::engine {
namespace {

bool CheckTakesTalk(Context& context, const Party& party, const tlib::Message& request, const RequestCause& cause) {
  const Dn* dn = context.state.configuration.FindDn(party.number);
  if (dn != nullptr && dn->profile.takes_talk) return true;
  Refuse(context, cause, request, tlib::ErrorCode::kNotControllable,
         absl::StrCat("sip-cti-control of ", party.number,
                      " does not allow it: set that option to talk, if the phone answers on NOTIFY Event: talk"));
  return false;
}

}  // namespace

void OnAnswerCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place || !CheckState(context, *place->party, {tlib::PartyState::kAlerting}, request, cause)) return;
  if (!CheckTakesTalk(context, *place->party, request, cause)) return;
  Await(request, cause, place->party);
  TalkLeg(context, *context.state.legs.Find(place->party->leg));
}

void OnTalkDone(Context& context, Party* party, int status) {
  if (status < 300 || !party->pending || party->pending->type != tlib::MessageType::kRequestAnswerCall) return;
  FailAwaited(context, party, tlib::ErrorCode::kNotControllable,
              absl::StrCat("the phone of ThisDN does not answer when told to: ", status));
}

}  // namespace understudy::engine
