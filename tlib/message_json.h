// Messages as JSON, with the names of the reference: {"Event":"EventRinging","ConnID":"00...","ThisDN":"1002", ...}.
// Requests have "Request" in the place of "Event". docs/t_library.md has the whole mapping.
#ifndef UNDERSTUDY_TLIB_MESSAGE_JSON_H_
#define UNDERSTUDY_TLIB_MESSAGE_JSON_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "tlib/json_reader.h"
#include "tlib/message.h"

namespace understudy::tlib {

// One line, no spaces around punctuation, attributes by number. Enumerations are names, ids 16 hexadecimal digits. A
// list is an object, and [["key","value"], ...] when a key stands twice in it; a binary value is {"base64":"..."}.
// The second form is that of {"base64":"text"}, too, which would be taken for a binary one.
std::string ToJson(const Message& message, absl::optional<int64_t> reference_id = absl::nullopt);

// The inverse: a ReferenceID becomes the attribute. Numbers may stand for the names of enumerations. InvalidArgument
// with the place: no JSON, unknown names, wrong kinds, an attribute twice or beyond its limits.
absl::StatusOr<Message> FromJson(absl::string_view json);
absl::StatusOr<Message> FromJson(const JsonValue& json);

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_MESSAGE_JSON_H_
