// INVITE with Replaces (RFC 3891): who sends it takes the place of a party that we have a dialog with.
//
// It is answered at once, with its own session made inactive, and is joined with the replaced party's peer as in any
// transfer (leg_commands.h: JoinLegs); a peer that still waits for an answer is answered in the same way. The replaced
// party gets BYE, or CANCEL where it rings.
//
// Who knows Call-ID and both tags of a dialog was told them by one of its parties, for nobody can guess ours. It must
// still be one that may call, and be the replaced DN itself, or name that DN in Referred-By: not every phone that hears
// of a dialog is meant to take it.
//
// Of a dialog with a Trunk Referred-By is believed unless it names a DN that is here. A gateway is configured, and
// speaks for whoever is beyond it. Its REFER goes to the other party (dialog_request.cc), which knows the dialog's name
// from there, and its party's number stands in it as that network writes it: with a prefix, without one, or not at all.
// The other way about, a Trunk must say what everybody must to take the place of a DN, also where that talks to the
// Trunk's own party: a DN's REFER is done here, so it need not tell anybody what the dialog is called.
#ifndef UNDERSTUDY_ENGINE_REPLACES_H_
#define UNDERSTUDY_ENGINE_REPLACES_H_

#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

// Whether that INVITE outside a dialog is one.
bool TakesReplaces(const Context& context, const sip::Message& invite);
void OnReplacingInvite(Context& context, const SipReceived& request, const Dn& originator);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_REPLACES_H_
