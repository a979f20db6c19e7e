// How long a party's session lasts without being refreshed, and who does that (RFC 4028): what a leg has agreed upon
// with its party. Each leg has an agreement of its own where its DN has the option sip-session-timer, so that a call is
// kept alive although one of its phones knows nothing of session timers, and ends when the phone behind it is gone.
#ifndef UNDERSTUDY_ENGINE_SESSION_AGREEMENT_H_
#define UNDERSTUDY_ENGINE_SESSION_AGREEMENT_H_

#include <cstdint>

#include "base/shared_bytes.h"
#include "engine/session/session_interval.h"
#include "engine/timer_table.h"

namespace understudy::engine {

struct SessionAgreement {
  Refresher refresher = Refresher::kNone;  // kNone: nothing is agreed upon yet
  uint32_t interval = 0;                   // seconds
  uint32_t least = 0;                      // the longest Min-SE that the party has said
  AskedSession asked;                      // by the request of the party that came last
  bool takes_update = false;               // its Allow has UPDATE
  uint32_t refusals = 0;                   // 422 in a row
  uint32_t unreached = 0;                  // refreshes of ours in a row that nobody has answered
  SharedBytes told;                        // the session description that the party has got last
  TimerHandle timer;                       // our refresh, or the end

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, refresher);
    a.Field(2, interval);
    a.Field(3, least);
    a.Field(4, asked.interval);
    a.Field(5, asked.least);
    a.Field(6, asked.refresher);
    a.Field(7, asked.supported);
    a.Field(8, takes_update);
    a.Field(9, refusals);
    a.Field(10, told);
    a.Field(11, timer);
    a.LaterField(12, unreached);
  }
  friend bool operator==(const SessionAgreement&, const SessionAgreement&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SESSION_AGREEMENT_H_
