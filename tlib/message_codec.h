// Messages as bytes (tlib/message.capnp, one segment, not packed), and back. Equal messages have equal bytes.
#ifndef UNDERSTUDY_TLIB_MESSAGE_CODEC_H_
#define UNDERSTUDY_TLIB_MESSAGE_CODEC_H_

#include <cstddef>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/shared_bytes.h"
#include "tlib/message.h"

namespace understudy::tlib {

// No message is longer: the limits of all attributes add up to less.
inline constexpr size_t kMostMessageOctets = 63 * 1024;

SharedBytes EncodeMessage(const Message& message);

// The inverse of EncodeMessage. Attributes of a later version are left out. InvalidArgument, and the text says what
// and where: damaged, a type that tlib/message_type.h does not have, attributes not in the order of their numbers or
// twice, one of the wrong kind or beyond MostOctets, lists deeper than kMostListDepth, text that is not UTF-8 or has
// NUL.
absl::StatusOr<Message> DecodeMessage(absl::string_view bytes);

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_MESSAGE_CODEC_H_
