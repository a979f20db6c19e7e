// A DN that rings at several of its contacts: each has a leg of its own, and all of them are one set (RFC 3261 16.7, as
// a back-to-back user agent). One of the set is its DN's leg, with the party and the peer; when another answers, or
// when that one fails, another takes its place (engine/branches/branches.h).
#ifndef UNDERSTUDY_ENGINE_BRANCHES_BRANCHING_H_
#define UNDERSTUDY_ENGINE_BRANCHES_BRANCHING_H_

#include <cstdint>
#include <vector>

#include "base/shared_bytes.h"
#include "engine/ids.h"

namespace understudy::engine {

struct Branching {
  LegId set;                       // the first leg of the set names it; none: the leg is alone
  std::vector<BindingId> waiting;  // of the DN's leg: contacts that ring when those before have failed
  uint32_t status = 0;             // of the DN's leg: the best failure so far, and its response
  SharedBytes response;
  bool leads = false;        // it is the DN's leg
  uint32_t less_wanted = 0;  // of the DN's leg: that of those who ring (Binding::less_wanted), where that counts

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, set);
    a.Field(2, waiting);
    a.Field(3, status);
    a.Field(4, response);
    a.Field(5, leads);
    a.Field(6, less_wanted);
  }
  friend bool operator==(const Branching&, const Branching&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_BRANCHES_BRANCHING_H_
