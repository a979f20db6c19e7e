// Messages as JSON, with the names of the reference: {"Event": "EventRinging", "ThisDN": "1002", "ConnID": "00...",
// ...}. Requests have "Request" in the place of "Event".
#ifndef UNDERSTUDY_TLIB_MESSAGE_JSON_H_
#define UNDERSTUDY_TLIB_MESSAGE_JSON_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "tlib/message.h"

namespace understudy::tlib {

// One line, no spaces around punctuation. Lists are objects; a key that stands twice, or order that matters, is kept by
// [["key", value], ...]. Binary is {"base64": "..."}.
std::string ToJson(const Message& message, absl::optional<int64_t> reference_id = absl::nullopt);

// The inverse. InvalidArgument with the place: unknown names, wrong kinds, no JSON.
absl::StatusOr<Message> FromJson(absl::string_view json);

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_MESSAGE_JSON_H_
