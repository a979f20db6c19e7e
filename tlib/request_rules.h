// What a request must and may carry: a literal table, one row a request.
#ifndef UNDERSTUDY_TLIB_REQUEST_RULES_H_
#define UNDERSTUDY_TLIB_REQUEST_RULES_H_

#include <string>

#include "absl/types/optional.h"
#include "tlib/message.h"

namespace understudy::tlib {

struct Refusal {
  ErrorCode code = ErrorCode::kNone;
  std::string text;  // says what is wrong and what is allowed
};

// kUnsupportedOperation for what is no request or not served, kMissingAttribute, kInvalidAttribute (a value outside its
// enumeration, an empty DN). Attributes that the request does not know are let be. nullopt: well formed.
absl::optional<Refusal> CheckRequest(const Message& request);

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_REQUEST_RULES_H_
