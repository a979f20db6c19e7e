// What the front end does with a message before it becomes an entry: the closed list of what is not journaled.
//
// A pure look at the state. Repetitions are answered from the last released message of their transaction; what
// neither side waits for is dropped; OPTIONS, and what strangers or the lost ask (engine/stateless.h), is answered
// without a trace. All else is appended.
#ifndef UNDERSTUDY_ENGINE_ADMISSION_H_
#define UNDERSTUDY_ENGINE_ADMISSION_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/shared_bytes.h"
#include "engine/hop.h"
#include "engine/input.h"
#include "engine/state.h"

namespace understudy::engine {

// Why a message did not become an entry. The numbers index IngressSummary.counts and are stored.
enum class Kept : uint8_t {
  kUnparseable = 0,
  kRepeatedRequest = 1,  // answered again
  kRepeatedAnswer = 2,   // its ACK sent again
  kHeld = 3,             // a repetition of what is not committed yet
  kStray = 4,            // matches no transaction and no dialog
  kServerOptions = 5,    // OPTIONS outside a dialog, answered
  kOverLimit = 6,
  kQuarantined = 7,
  kOverload = 8,
  kRefused = 9,  // answered without a transaction (8.2.7); the front end bounds how many a second
  kChallenged = 10,  // 401: must be signed, and is not
  kBanned = 11,      // of a source that is shut out for a while
  kTooFast = 12,     // beyond what a source may send, or be answered
  kAmplifies = 13,   // its answer would be far longer than it
};
inline constexpr int kKeptCount = 14;
absl::string_view KeptName(Kept kept);

struct Verdict {
  bool append = true;
  Kept kept = Kept::kStray;  // when not appended
  SharedBytes answer;        // to send at once; empty: none
  Hop hop;                   // where to
};

// `released`: effects of entries up to there have left.
Verdict Admit(const State& state, const SipReceived& message, Lsn released);

// Where the response to a request goes: RFC 3261 18.2.2 with RFC 3581.
Hop ResponseHop(const SipReceived& request);

// A response without a transaction (8.2.7): to a request that could not be parsed, or that is not worth one. Empty
// when there is not enough to answer. Its tag is a keyed hash of the request, so repetitions get the same one.
// `fields`: more header lines, each with its end.
std::string StatelessResponse(const State& state, const SipReceived& request, int status, absl::string_view reason,
                              absl::string_view fields = {});

// Where it goes: back to the host that the request came from, at the port that 18.2.2 says, and nowhere else. maddr is
// ignored: it would let a stranger point us at anybody.
Hop StatelessHop(const SipReceived& request);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_ADMISSION_H_
