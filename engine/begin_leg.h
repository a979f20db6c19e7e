// A leg that we begin, as the UAC of its dialog.
#ifndef UNDERSTUDY_ENGINE_BEGIN_LEG_H_
#define UNDERSTUDY_ENGINE_BEGIN_LEG_H_

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/dial_plan.h"
#include "sip/dialog.h"

namespace understudy::engine {

// The last leg of the call, towards `destination`, without a peer; no INVITE is sent. `caller`: whom it is called by,
// in From.
Leg& BeginLeg(Context& context, Call& call, const Destination& destination, absl::string_view caller);

// The dialog that a request of ours to `destination` begins, under our `tag`.
sip::Dialog BeginDialogOf(Context& context, const Destination& destination, absl::string_view caller,
                          absl::string_view tag);

// The same for a caller that has a URI.
sip::Dialog BeginDialogFrom(Context& context, const Destination& destination, absl::string_view local_uri,
                            absl::string_view tag);

// The leg takes a place of the Trunk or softswitch on its way, if there is one. `caller`: the URI that is in From where
// no cpn stands for it.
void OccupyWay(Context& context, Leg& leg, const Destination& destination, absl::string_view caller);
// Likewise a leg by which a Trunk calls us.
void OccupyTrunk(Context& context, Leg& leg, const Dn& originator);

// Each is the other's peer.
void MakePeers(Leg& a, Leg& b);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_BEGIN_LEG_H_
