// What a phone is told to do by requests in its dialog, and what comes of it: the SIP side of TalkLeg, HoldLeg,
// RetrieveLeg and SendDtmf (engine/leg_commands.h). A leg does one thing at a time: Leg::command.
#ifndef UNDERSTUDY_ENGINE_PHONE_COMMANDS_H_
#define UNDERSTUDY_ENGINE_PHONE_COMMANDS_H_

#include "engine/context.h"
#include "engine/leg.h"

namespace understudy::engine {

// The phone that we have called for a client rings: it answers by itself, if it can (option sip-cti-control).
void LetAnswer(Context& context, Leg& leg);

// Tells that `command` is done, if that is what the leg is at.
void FinishCommand(Context& context, Leg& leg, LegCommand command, int status);
// Whether the leg is at a command that the final response to `request` ends.
bool WaitsFor(const Leg& leg, TransactionId request);
// Tells that such a command is done.
void FinishRequest(Context& context, Leg& leg, TransactionId request, int status);
// Tells `peer` what the leg's kHold or kRetrieve says.
void OfferHold(Context& context, Leg& leg, Leg& peer);

// Final responses to NOTIFY and INFO of ours.
void OnNotifyFinal(Context& context, const ClientTransaction& ended, int status);
void OnDtmfFinal(Context& context, const ClientTransaction& ended, int status);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_PHONE_COMMANDS_H_
