// Whose request it was.
#ifndef UNDERSTUDY_ENGINE_CTI_REQUEST_CAUSE_H_
#define UNDERSTUDY_ENGINE_CTI_REQUEST_CAUSE_H_

#include <cstdint>

#include "engine/ids.h"

namespace understudy::engine {

// Empty: nobody's. Kept in the state where the answer comes later (a party of a call).
struct RequestCause {
  SessionId session;
  int64_t reference_id = 0;

  bool empty() const { return session.empty(); }
  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, session);
    a.Field(2, reference_id);
  }
  friend bool operator==(const RequestCause&, const RequestCause&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_REQUEST_CAUSE_H_
