// What a request must and may carry: a literal table, one row a request that is served. The engine asks CheckRequest
// before it looks at the state; the client's programmer finds the same table in docs/t_library.md.
#ifndef UNDERSTUDY_TLIB_REQUEST_RULES_H_
#define UNDERSTUDY_TLIB_REQUEST_RULES_H_

#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "tlib/message.h"

namespace understudy::tlib {

struct Refusal {
  ErrorCode code = ErrorCode::kNone;
  std::string text;  // says what is wrong and what is allowed
};

// A set of attributes, bit by number.
using AttributeSet = uint64_t;

struct RequestRule {
  MessageType request;
  AttributeSet must;
  AttributeSet may;  // beside `must`, and ReferenceID, Reasons and Extensions, which every request may carry

  bool Must(Attribute attribute) const { return (must >> static_cast<unsigned>(attribute) & 1) != 0; }
  bool May(Attribute attribute) const { return (may >> static_cast<unsigned>(attribute) & 1) != 0; }
};

// By number.
absl::Span<const RequestRule> RequestRules();

// kUnsupportedOperation for what is no request or not served, kMissingAttribute, kInvalidAttribute (a value outside
// its enumeration, an empty DN, ConnID 0, an event or a digit that is none). Attributes that are not in the request's
// row are let be, whatever they say. nullopt: well formed.
absl::optional<Refusal> CheckRequest(const Message& request);

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_REQUEST_RULES_H_
