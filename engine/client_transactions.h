// The client side of the transaction layer: RFC 3261 17.1 over the rows of the state.
#ifndef UNDERSTUDY_ENGINE_CLIENT_TRANSACTIONS_H_
#define UNDERSTUDY_ENGINE_CLIENT_TRANSACTIONS_H_

#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

// A new row with its branch; the caller writes the request with MakeBranch(row.id, row.branch_mac) into
// `context.text` and calls SendRequest.
ClientTransaction& BeginClient(Context& context, sip::Method method, const Hop& hop, Purpose purpose);
// A carried request that has become longer than SIP elements take (sip::ParseLimits) is not sent: its originator hears
// 513 from FailTooLarge.
void SendRequest(Context& context, ClientTransaction& row);

// The second half of it: `row` has a place to go to, and `context.text` says so.
void StartRequest(Context& context, ClientTransaction& row);
// Ends a row that waits for its name (engine/locating.h): nothing has been sent.
void EndUnsent(Context& context, ClientTransaction& row, int status);
// The URI that says where a request of ours goes: its first Route, or the Request-URI.
absl::string_view NextHopOf(absl::string_view request);

// At the end of an entry: ends the transactions that could not be begun.
void FailTooLarge(Context& context);

// CANCELs an INVITE (9.1): at once when a provisional response has come, otherwise when it comes.
// `cause`: the BYE or CANCEL that makes us do so, or nullptr; its Reason goes on.
void CancelClient(Context& context, ClientTransaction& row, const sip::Message* cause = nullptr);

// A response: finds its transaction, moves it and tells the TU. One that matches nothing is ignored.
void OnClientResponse(Context& context, const SipReceived& response);

// Timers A, B, C, E, F and the wait for the answer to a cancelled INVITE.
void OnClientTimer(Context& context, const Timer& timer);

// A connection is gone, and with it perhaps the requests that nobody has answered: they go out once more, by address.
// If that cannot be reached, OnClientTransportError says so. What nobody wants any more (cancelled, or with another
// server) is not repeated: a phone that never had it would ring. Its row waits for timer B or F, and cancels what comes
// of an INVITE until then (9.1). After a new reign it is repeated: what was answered is lost with the old one, and a
// phone that rings must hear of the CANCEL.
void OnFlowLost(Context& context, FlowId flow);
// Sends the request of the row once more, over another connection than before.
void SayAgain(Context& context, ClientTransaction& row);

// The same of a request that had left by address over a connection that has ended: once; what is lost a second time has
// failed, and at once what was lost too late. Who still has its transaction knows it by its branch; what is no INVITE,
// and was answered over that connection, may be done twice (timer J is 0).
void OnSendLost(Context& context, const SendLost& lost);

// The transport could not deliver (17.1.4). What went by TCP for its size alone goes by UDP (18.1.1), unless nobody
// wants it any more.
void OnClientTransportError(Context& context, TransactionId id);

// What the TU hears. The transaction is passed by value: a final response or a failure has ended its row.
// `status` is the response's, or what stands for it: 408 for a timeout, 503 for a transport error (8.1.3.1), 513 for
// a request too large to be sent; then `response` is nullptr.
void OnTransactionUserProvisional(Context& context, ClientTransaction& row, const SipReceived& response);
void OnTransactionUserFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CLIENT_TRANSACTIONS_H_
