// The server side of the transaction layer: RFC 3261 17.2 and 18.2 over the rows of the state.
#ifndef UNDERSTUDY_ENGINE_SERVER_TRANSACTIONS_H_
#define UNDERSTUDY_ENGINE_SERVER_TRANSACTIONS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/input.h"
#include "sip/writer.h"

namespace understudy::engine {

// Where responses to `request` go: RFC 3261 18.2.2 with RFC 3581.
Hop ResponseHop(const SipReceived& request);

// The header fields that every response to `request` repeats (8.2.6.2), as text. What could not be parsed is left out.
std::string ResponseHead(const SipReceived& request, absl::string_view to_tag);

// Begins the transaction of a request that is no repetition. `to_tag` is ours, put where the request has none.
// An INVITE is answered with 100 at once, unless `trying` says otherwise. The row is valid until its final response.
enum class Trying : uint8_t { kSend, kSkip };  // kSkip: the final response follows at once
ServerTransaction& BeginServer(Context& context, const SipReceived& request, absl::string_view to_tag,
                               Trying trying = Trying::kSend);

// The row while no final response has been sent in it; nullptr afterwards, although an INVITE's row may stay for its
// ACK.
ServerTransaction* FindUnanswered(Context& context, TransactionId id);

// Begins the text of a response in `context.text`: status line and the repeated header fields.
sip::MessageWriter BeginResponse(Context& context, const ServerTransaction& row, int status,
                                 absl::string_view reason = {});

// Passes the response in `context.text` to the transaction: TU -> server transaction. After a final response the
// row is gone. Returns the bytes, which a 2xx's sender retransmits itself (13.3.1.4).
SharedBytes Respond(Context& context, TransactionId id, int status);

// A response without a body: status and an optional header.
void RespondPlain(Context& context, TransactionId id, int status, sip::HeaderName extra = sip::HeaderName::kUnknown,
                  absl::string_view value = {});

// Answers a carried request other than INVITE with 100 when no final response has come by the time that RFC 4320 4.1
// says: its retransmissions slow down then, and no earlier.
void TryLater(Context& context, ServerTransaction& row);

// What is answered when nobody answered a carried request other than INVITE: `status` as it is carried, but nothing at
// all instead of 408, which would come too late (RFC 4320 4.2).
void RespondForNobody(Context& context, TransactionId id, int status);

// An ACK that matches an INVITE server transaction: that of a non-2xx (17.2.1). False: it matches none.
bool OnServerAck(Context& context, const sip::TransactionKey& key);

// Timers G and H, and the 100 of TryLater.
void OnServerTimer(Context& context, const Timer& timer);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SERVER_TRANSACTIONS_H_
