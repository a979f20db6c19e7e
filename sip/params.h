// Parameters: the ";name=value" tail of a header value or of a URI.
//
//   ParamReader reader(via.params);
//   for (Param param; reader.Next(&param);) ...
//   if (!reader.ok()) return false;
//
// White space, folds included, may stand around ';' and '=' (RFC 3261 25.1: SEMI, EQUAL). Values are raw:
// a quoted string keeps its quotes (Unquote removes them). The list may start with or without ';'.
#ifndef UNDERSTUDY_SIP_PARAMS_H_
#define UNDERSTUDY_SIP_PARAMS_H_

#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::sip {

// A list longer than this is malformed.
inline constexpr int kMaxParams = 128;

struct Param {
  absl::string_view name;
  absl::string_view value;  // raw, empty when there is none
  bool has_value = false;   // whether '=' is there
};

class ParamReader {
 public:
  explicit ParamReader(absl::string_view params) : rest_(params) {}

  // False at the end and at the first malformed parameter.
  bool Next(Param* param);

  // False after a malformed parameter: bad name, open quote, rubbish after a value, more than kMaxParams.
  bool ok() const { return ok_; }

 private:
  bool Fail();
  bool ReadValue(Param* param);

  absl::string_view rest_;
  int count_ = 0;
  bool ok_ = true;
};

// The value of the first parameter `name` (case-insensitive): nullopt when it is not there, "" when it has no
// value ("lr"). What stands before a malformed parameter is still found.
absl::optional<absl::string_view> FindParam(absl::string_view params, absl::string_view name);

// Appends `value` to `out`, without the quotes and backslashes when it is a quoted string (RFC 3261 25.1).
void Unquote(absl::string_view value, std::string* out);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_PARAMS_H_
