// Which dialog a message belongs to: Call-ID, local tag and remote tag (RFC 3261 section 12) as a 128 bit
// keyed hash. Tags compare without case, the Call-ID with it (7.3.1, 20.8).
#ifndef UNDERSTUDY_SIP_DIALOG_KEY_H_
#define UNDERSTUDY_SIP_DIALOG_KEY_H_

#include <compare>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/siphash.h"
#include "sip/dialog.h"
#include "sip/message.h"

namespace understudy::sip {

struct DialogKey {
  uint64_t hi = 0;
  uint64_t lo = 0;

  friend constexpr auto operator<=>(const DialogKey&, const DialogKey&) = default;

  template <class H>
  friend H AbslHashValue(H h, const DialogKey& key) {
    return H::combine(std::move(h), key.hi, key.lo);
  }
};

DialogKey DialogKeyOf(HashKey key, absl::string_view call_id, absl::string_view local_tag,
                      absl::string_view remote_tag);
DialogKey DialogKeyOf(HashKey key, const Dialog& dialog);

// Of the dialog that a received message is in: in a request the To tag is ours, in a response the From tag.
DialogKey DialogKeyOf(HashKey key, const Message& received);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_DIALOG_KEY_H_
