// A leg that goes through a Trunk or a softswitch: it takes a place there, and while it is called and unanswered it may
// be sent on to another one (engine/overflow.h).
#ifndef UNDERSTUDY_ENGINE_TRUNKS_TRUNK_USE_H_
#define UNDERSTUDY_ENGINE_TRUNKS_TRUNK_USE_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "base/shared_bytes.h"

namespace understudy::engine {

struct TrunkUse {
  std::string device;                   // DN of the Trunk or softswitch
  std::string wanted = {};              // the number that led there; "": it has answered, or it is the one who calls
  std::string caller = {};              // URI that the caller has where no cpn stands for it
  std::vector<std::string> tried = {};  // those before `device`, which have failed
  uint32_t best_status = 0;             // the best of their answers (RFC 3261 16.7), and its octets; 0: none yet
  SharedBytes best = {};                // empty: nobody said it, we did
  std::string asserted = {};            // whom the caller's INVITE asserts, as far as it is believed; "": nobody

  // From the answer on only the place counts.
  void Settle() { *this = TrunkUse{std::move(device)}; }

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, device);
    a.Field(2, wanted);
    a.Field(3, caller);
    a.Field(4, tried);
    a.Field(5, best_status);
    a.Field(6, best);
    a.LaterField(7, asserted);
  }
  friend bool operator==(const TrunkUse&, const TrunkUse&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRUNKS_TRUNK_USE_H_
