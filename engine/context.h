// What a handler works with while one entry is applied.
#ifndef UNDERSTUDY_ENGINE_CONTEXT_H_
#define UNDERSTUDY_ENGINE_CONTEXT_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/siphash.h"
#include "engine/effect.h"
#include "engine/events/event_package.h"
#include "engine/state.h"
#include "sip/transaction_key.h"

namespace understudy::engine {

struct Context {
  State& state;
  Effects& effects;
  uint32_t ordinal = 0;  // of the next identifier of this entry
  std::string& text;     // scratch for the message being written

  std::vector<CallId> unsettled;         // calls whose legs are to follow their parties (cti/settle_calls.h)
  std::vector<TransactionId> too_large;  // client transactions whose request was too long to be sent
  sip::TransactionKey request_key;       // of the request at hand (17.2.3)
  sip::TransactionKey request_merge;     // and what it would be merged by (8.2.2.2); zero when it has a To tag
  // What subscribers have to hear of DNs beside their calls (events/subscribe.h).
  std::vector<std::pair<std::string, EventPackage>> changed_dns;

  EngineTime now() const { return state.engine_time; }
};

// The next unpredictable number of this entry: a keyed hash of (epoch, lsn, ordinal). The same in every replay,
// never given twice.
inline uint64_t NextMac(Context& context) {
  SipHasher hasher(context.state.id_key());
  hasher.AddU64(context.state.epoch.value());
  hasher.AddU64(context.state.lsn.value());
  hasher.AddU64(context.ordinal);
  ++context.ordinal;
  return hasher.Finish();
}

// Marks the entry as one of that call, for the journal's filters.
void Touch(Context& context, CallId call);
// The call that the leg of a transaction is in by now; when the leg is gone, the one that the transaction began in.
CallId CallOf(const State& state, LegId leg, CallId began_in);
void TouchLeg(Context& context, LegId leg, CallId began_in);

// Sends what `context.text` holds, or `bytes`.
SharedBytes TakeText(Context& context);
void Send(Context& context, const Hop& hop, const SharedBytes& bytes, TransactionId transaction = {});

TimerHandle StartTimer(Context& context, Duration after, TimerKind kind, uint64_t row);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CONTEXT_H_
