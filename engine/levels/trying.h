// The server's 100 Trying (RFC 3261 section 8.2.6.1).
//
//   WriteTrying(row.head, context.state.feature_level, &context.text);
//
// Function without state. A target of its own, for it is what differs in the later program of tests/next.
#ifndef UNDERSTUDY_ENGINE_LEVELS_TRYING_H_
#define UNDERSTUDY_ENGINE_LEVELS_TRYING_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"

namespace understudy::engine {

// Becomes `*out`. `head`: the header fields that the request gives every response (ResponseHead). No level known so far
// changes anything.
void WriteTrying(absl::string_view head, uint32_t feature_level, std::string* out);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEVELS_TRYING_H_
