// RequestRedirectCall: a call that rings goes to another DN instead.
#include <string>

#include "engine/cti/call_changes.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"
#include "engine/leg_commands.h"

namespace understudy::engine {

using tlib::Attribute;
using tlib::CallState;
using tlib::DNRole;

void OnRedirectCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place || !CheckState(context, *place->party, {tlib::PartyState::kAlerting}, request, cause)) return;
  if (context.state.legs.Find(place->party->leg)->peer.empty()) {
    return Refuse(context, cause, request, tlib::ErrorCode::kWrongState,
                  "ThisDN is called into a conference, and waits for nobody alone");
  }
  const absl::optional<Destination> destination = CheckDestination(context, request, cause);
  if (!destination) return;
  if (request.Text(Attribute::kOtherDN) == place->party->number) {
    return Refuse(context, cause, request, tlib::ErrorCode::kInvalidDestination,
                  "OtherDN: the call rings there already");
  }
  Call& call = *place->call;
  if (!CheckNewcomer(context, call, *destination, request, cause)) return;
  const std::string dn = place->party->number;
  const LegId alerting = place->party->leg;
  CallEvent(tlib::MessageType::kEventReleased, call, *place->party)
      .State(CallState::kRedirected)
      .ThirdParty(request.Text(Attribute::kOtherDN), DNRole::kDestination)
      .For(cause, request)
      .Tell(context);
  RemoveParty(context, call, alerting);
  const Leg& leg = RedirectAlerting(context, *context.state.legs.Find(alerting), *destination);
  Party& target = AddParty(context, call, leg, request.Text(Attribute::kOtherDN), DNRole::kDestination);
  target.sent_by = dn;
  target.sent_role = DNRole::kDestination;
  target.sent_state = CallState::kRedirected;
}

}  // namespace understudy::engine
