// What an INVITE of ours says because a party has asked for it by REFER.
#ifndef UNDERSTUDY_ENGINE_REFERRED_INVITE_H_
#define UNDERSTUDY_ENGINE_REFERRED_INVITE_H_

#include "absl/strings/string_view.h"

namespace understudy::engine {

// Values of header fields; "": it has none.
struct ReferredInvite {
  absl::string_view referred_by;  // RFC 3892: as the REFER had it
  absl::string_view replaces;     // RFC 3891: a dialog of the target's that is not ours
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_REFERRED_INVITE_H_
