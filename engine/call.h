// A call: legs that talk to each other, joined by the engine (a B2BUA, RFC 7092).
#ifndef UNDERSTUDY_ENGINE_CALL_H_
#define UNDERSTUDY_ENGINE_CALL_H_

#include <cstdint>
#include <vector>

#include "base/time.h"
#include "engine/cti/call_facts.h"
#include "engine/ids.h"
#include "engine/timer_table.h"

namespace understudy::engine {

struct Call {
  CallId id;
  EngineTime started;
  WallTime started_at;
  std::vector<LegId> legs;  // the originator's first; rows of State::legs, which name this call
  TimerHandle no_answer;
  TimerHandle session_expiry;  // RFC 4028
  CallFacts facts;             // what it is to clients
  uint8_t reported = 0;        // the last CallProgress::Step that was told, and one

  // Numbers 4 and 5 were the legs themselves.
  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, started);
    a.Field(3, started_at);
    a.Field(6, no_answer);
    a.Field(7, session_expiry);
    a.Field(8, legs);
    a.Field(9, facts);
    a.Field(11, reported);
  }
  friend bool operator==(const Call&, const Call&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CALL_H_
