// Messages as bytes (tlib/message.capnp, one packed segment), and back. Equal messages have equal bytes.
#ifndef UNDERSTUDY_TLIB_MESSAGE_CODEC_H_
#define UNDERSTUDY_TLIB_MESSAGE_CODEC_H_

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/shared_bytes.h"
#include "tlib/message.h"

namespace understudy::tlib {

SharedBytes EncodeMessage(const Message& message);

// Attributes of a later version are left out. InvalidArgument: damaged, a type that is not served, an attribute twice or
// of the wrong kind, beyond MostOctets, nested deeper than 8, more than 1,000 pairs, or text that is not UTF-8.
absl::StatusOr<Message> DecodeMessage(absl::string_view bytes);

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_MESSAGE_CODEC_H_
