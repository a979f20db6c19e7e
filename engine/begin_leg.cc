#include "engine/begin_leg.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "engine/diversion.h"
#include "engine/leg_message.h"
#include "engine/sip_ids.h"
#include "sip/dialog.h"

namespace understudy::engine {
sip::Dialog BeginDialogOf(Context& context, const Destination& destination, absl::string_view caller,
                          absl::string_view tag) {
  const State& state = context.state;
  return BeginDialogFrom(context, destination, FromUri(state, destination, UriHere(state, caller)), tag);
}

sip::Dialog BeginDialogFrom(Context& context, const Destination& destination, absl::string_view local_uri,
                            absl::string_view tag) {
  const uint64_t half = NextMac(context);
  const uint64_t other_half = NextMac(context);
  const std::string sip_call_id =
      absl::StrCat(absl::Hex(half, absl::kZeroPad16), absl::Hex(other_half, absl::kZeroPad16));
  const std::string remote_uri = ToUri(destination);
  sip::DialogRequest begin;
  begin.call_id = sip_call_id;
  begin.local_tag = tag;
  begin.local_uri = local_uri;
  begin.remote_uri = remote_uri;
  begin.request_uri = destination.request_uri;
  begin.over_tls = IsSecure(destination.hop.transport);
  sip::Dialog dialog = sip::BeginUacDialog(begin);
  dialog.route_set = destination.path;
  return dialog;
}

Leg& BeginLeg(Context& context, Call& call, const Destination& destination, absl::string_view caller) {
  Leg& leg = context.state.legs.Add(call.id);
  call.legs.push_back(leg.id);
  leg.number = destination.number;
  leg.hop = destination.hop;
  leg.binding = destination.binding;
  leg.invited = true;
  leg.dialog = BeginDialogOf(context, destination, caller, MakeTag(leg.id, NextMac(context)));
  leg.invite_cseq = leg.dialog.local_sequence;
  OccupyWay(context, leg, destination, UriHere(context.state, caller));
  NoteForwards(context.state, destination, &leg);
  return leg;
}

void OccupyWay(Context& context, Leg& leg, const Destination& destination, absl::string_view caller) {
  if (destination.device.empty()) return;
  context.state.legs.Occupy(leg, TrunkUse{destination.device, destination.wanted, std::string(caller)});
}

void OccupyTrunk(Context& context, Leg& leg, const Dn& originator) {
  if (originator.type == DnType::kTrunk) context.state.legs.Occupy(leg, TrunkUse{originator.number});
}

void MakePeers(Leg& a, Leg& b) {
  a.peer = b.id;
  b.peer = a.id;
}

}  // namespace understudy::engine
