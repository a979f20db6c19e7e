// Replaces: the dialog whose place a new one is to take. RFC 3891 6.1.
//
//   Replaces replaces;
//   if (!ParseReplaces("98732@b.com;to-tag=r33;from-tag=f51;early-only", &replaces)) ...
//
// Its tags are as the recipient of the INVITE sees the dialog: to-tag is its own. Slices of the text.
#ifndef UNDERSTUDY_SIP_REPLACES_H_
#define UNDERSTUDY_SIP_REPLACES_H_

#include <cstddef>

#include "absl/strings/string_view.h"

namespace understudy::sip {

// Octets; what is longer is malformed.
inline constexpr size_t kMostReplaces = 1024;

struct Replaces {
  absl::string_view call_id;
  absl::string_view to_tag;
  absl::string_view from_tag;
  bool early_only = false;
};

// A whole header value. Both tags must be there, each once; other parameters may be there.
bool ParseReplaces(absl::string_view text, Replaces* out);

// Target-Dialog (RFC 4538 section 7) names a dialog likewise, and as its recipient sees it: local-tag is its own.
struct TargetDialog {
  absl::string_view call_id;
  absl::string_view local_tag;
  absl::string_view remote_tag;
};
bool ParseTargetDialog(absl::string_view text, TargetDialog* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_REPLACES_H_
