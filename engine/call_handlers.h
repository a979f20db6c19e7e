// What the call does with what the transaction layer tells it. One file for each family; this header is the list.
#ifndef UNDERSTUDY_ENGINE_CALL_HANDLERS_H_
#define UNDERSTUDY_ENGINE_CALL_HANDLERS_H_

#include <cstdint>

#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

// ---- new_call.cc: INVITE outside a dialog.
void OnInvite(Context& context, const SipReceived& request);

// ---- invite_answer.cc: answers to the INVITE that made leg 1, and to a re-INVITE.
void OnInviteProvisional(Context& context, ClientTransaction& row, const SipReceived& response);
void OnInviteFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response);
// Takes what a response says of the dialog that our INVITE begins. False: a provisional response that does not fit.
bool FollowProvisional(const sip::Message& response, Leg& leg);
// A 2xx from another branch of a fork than the one that answered first (13.2.2.4). `invite` is what is left of ours.
void OnForkedAnswer(Context& context, const FinishedTransaction& invite, const SipReceived& response);

// ---- ack.cc
void OnDialogAck(Context& context, const SipReceived& request);
// Acknowledges the 2xx that waits on that leg, if one does, carrying the body of `ack` when there is one.
void SendDueAck(Context& context, Leg& leg, const SipReceived* ack);
// The same with a body of our own.
void AcknowledgeWith(Context& context, Leg& leg, absl::string_view type, absl::string_view body);
// Sends a 2xx again and again until its ACK comes (13.3.1.4).
void AwaitAck(Context& context, Leg& leg, SharedBytes answer, const Hop& hop, uint32_t cseq);
void StopAwaitingAck(Context& context, Leg& leg);
void OnAnswerTimer(Context& context, const Timer& timer);

// ---- prack.cc: RFC 3262
// Sends a reliable provisional response again and again until its PRACK comes. It was given on `giver`.
void AwaitPrack(Context& context, Leg& leg, const Leg& giver, SharedBytes response, const Hop& hop,
                uint32_t other_rseq);
void OnPrack(Context& context, Leg& leg, const SipReceived& request);
// What a response says to be, and whether its RSeq is the next one (section 4).
bool IsReliableProvisional(const sip::Message& response);
bool IsNextReliable(const Leg& leg, uint32_t rseq);
// Nobody waits for the responses to the INVITE of `leg` but we: the PRACK is ours.
void AcknowledgeProvisional(Context& context, Leg& leg, const sip::Message& response);
// Whoever waits for the PRACK of `asking` gets ours.
void AcknowledgeInsteadOf(Context& context, Leg& asking);
void OnReliableTimer(Context& context, const Timer& timer);
void StopAwaitingPrack(Context& context, Leg& leg);
// The same, but a PRACK that comes late is still carried (RFC 3262 section 3: a 2xx may overtake it).
void StopResendingReliable(Context& context, Leg& leg);

// ---- session_timer.cc: RFC 4028
// Takes the interval of a 2xx to INVITE or UPDATE: without another one before it is over, the call ends.
void TakeSessionInterval(Context& context, Call& call, const sip::Message& answer);
void OnSessionTimer(Context& context, const Timer& timer);

// ---- cancel.cc
void OnCancel(Context& context, const SipReceived& request);
void OnNoAnswerTimer(Context& context, const Timer& timer);
// The patience for `leg`, which is called now, begins.
void RestartNoAnswer(Context& context, const Leg& leg);
// It is over, unless somebody else still rings.
void StopNoAnswer(Context& context, Call& call);

// ---- release.cc
void OnBye(Context& context, Leg& leg, const SipReceived& request);
// BYE in the leg's dialog. `cause`: that of another leg, which says why (Reason, a body, what is unknown to us).
void SendBye(Context& context, Leg& leg, const sip::Message* cause);
// Ends what is left of a leg: BYE, CANCEL or a final response, whichever its phase wants. `status` is that response.
// `cause`: the BYE or CANCEL that ends its peer, or nullptr; what it says goes on.
void ReleaseLeg(Context& context, Leg& leg, int status, const sip::Message* cause = nullptr);
// Ends a leg as ReleaseLeg does, saying why (Reason, RFC 3326).
void EndFor(Context& context, Leg& leg, int status);
// Reports the end of the leg's call when it was the last of it that lived, and removes what is over.
void ReportEnd(Context& context, const Leg& leg, CallProgress::Step step, int status);
// Ends a call that is not established: its INVITE is answered with `status`, and the one that we sent cancelled.
void FailCall(Context& context, Call& call, int status, const sip::Message* cause = nullptr);
// More than two are in it: who leaves one, leaves alone.
bool IsConference(const Call& call);
// Ends an established call from our side because of `status`, for `leg` is gone. Out of a conference only that leg is
// taken, as if it had left.
void EndCallOf(Context& context, Leg& leg, int status);
// Ends `leg` because of `status` and nothing else: a peer that it has stays, and has none afterwards.
void EndAlone(Context& context, Leg& leg, int status);
// Removes the call, and its legs with it, when nothing of it is left to do.
void RemoveIfOver(Context& context, CallId id);
// At the end of an entry: of the calls that it touched, the legs that are over and nobody's peer go, for a call may be
// transferred and redirected as long as it lasts.
void RemoveLegsThatAreOver(Context& context);
// Each step once, in order, and nothing after the end.
void ReportCall(Context& context, Call& call, CallProgress::Step step, int status);

// The Contact of a target refresh request counts from its 2xx on (14.1, RFC 3311 5.2).
void TakeTarget(const ServerTransaction& server, Leg& leg);

// ---- dialog_request.cc: requests inside a dialog, carried from leg to leg.
void OnDialogRequest(Context& context, const SipReceived& request);
void OnRelayFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response);
// Carries `request` to the leg `to`; the answer comes back to `server`.
ClientTransaction& CarryRequest(Context& context, Leg& to, TransactionId server, const SipReceived& request,
                                Purpose purpose);
// The same for the PRACK of `acknowledged`, which has its number there.
void CarryPrack(Context& context, Leg& to, TransactionId server, const SipReceived& request,
                const AwaitedPrack& acknowledged);

// ---- message.cc: MESSAGE outside a dialog, carried to a DN.
void OnMessage(Context& context, const SipReceived& request);
void OnMessageFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response);

// ---- registration.cc
void OnRegister(Context& context, const SipReceived& request);
// Unbinds what the configuration no longer lets register.
void UnbindRemovedDns(Context& context);
// The edge that holds a phone's flow says that it has failed (430, RFC 5626): it is to be registered anew.
void UnbindFailedFlow(Context& context, BindingId id);
void OnBindingTimer(Context& context, const Timer& timer);

// ---- clock.cc
void OnServiceGap(Context& context, const ServiceGap& gap);

// ---- epoch_start.cc
// A new reign: no connection is left, and what nobody has answered over one is said again.
void OnEpochStart(Context& context, const EpochStart& start);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CALL_HANDLERS_H_
