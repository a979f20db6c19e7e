// RequestSendDTMF: digits to who ThisDN talks to.
#include "absl/strings/str_cat.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_requests.h"
#include "engine/leg_commands.h"

namespace understudy::engine {

using tlib::Attribute;

void OnSendDtmf(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place || !CheckState(context, *place->party, {tlib::PartyState::kConnected}, request, cause)) return;
  Await(request, cause, place->party);
  SendDtmf(context, *context.state.legs.Find(place->party->leg), request.Text(Attribute::kDTMFDigits));
}

void OnDtmfDone(Context& context, const Call& call, Party* party, int status) {
  if (!party->pending || party->pending->type != tlib::MessageType::kRequestSendDTMF) return;
  if (status >= 300) {
    return FailAwaited(context, party, tlib::ErrorCode::kDestinationFailed,
                       absl::StrCat("the digits were not taken: ", status));
  }
  const Awaited awaited = *TakeAwaited(party);
  CallEvent(tlib::MessageType::kEventDTMFSent, call, *party)
      .Digits(awaited.request.Text(Attribute::kDTMFDigits))
      .For(awaited.cause, awaited.request)
      .Tell(context);
}

}  // namespace understudy::engine
