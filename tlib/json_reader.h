// JSON (RFC 8259) as values, for messages that come as text. Numbers are whole and of 64 bits: a reader that took
// them as floating point would lose ids. Members keep their order, for pairs do.
#ifndef UNDERSTUDY_TLIB_JSON_READER_H_
#define UNDERSTUDY_TLIB_JSON_READER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace understudy::tlib {

inline constexpr size_t kMostJsonOctets = 512 * 1024;
inline constexpr int kMostJsonDepth = 24;

struct JsonMember;
struct JsonValue;
struct JsonNull {};
using JsonArray = std::vector<JsonValue>;
using JsonObject = std::vector<JsonMember>;

struct JsonValue {
  std::variant<JsonNull, bool, int64_t, std::string, JsonArray, JsonObject> value;
};

struct JsonMember {
  std::string name;
  JsonValue value;
};

// InvalidArgument with the octet where it is no JSON, or none that is read here: too long, too deep, text that is not
// UTF-8 or has NUL, a number that is not whole or not of 64 bits.
absl::StatusOr<JsonValue> ParseJson(absl::string_view text);

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_JSON_READER_H_
