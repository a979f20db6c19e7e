// Inputs as the bytes that the journal keeps (engine/input.capnp), and back.
#ifndef UNDERSTUDY_ENGINE_INPUT_CODEC_H_
#define UNDERSTUDY_ENGINE_INPUT_CODEC_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "engine/input.h"

namespace understudy::engine {

// Encodes one input at a time into memory of its own. Thread-compatible.
class InputEncoder {
 public:
  InputEncoder();
  ~InputEncoder();

  // One Cap'n Proto segment, valid until the next call.
  absl::string_view Encode(const Input& input);

 private:
  std::vector<uint64_t> scratch_;
  std::string encoded_;
};

// The stable number of an input's alternative, for the journal's filters.
uint16_t InputKind(const Input& input);

// "sip-received" and so on; "unknown" for a number that this program does not know.
absl::string_view InputKindName(uint16_t kind);

// `bytes` is aligned to 8 and outlives `input`, whose message is a view into it. InvalidArgument: damaged, or an
// alternative of a later version; such a node must stop.
absl::Status DecodeInput(absl::string_view bytes, Input* input);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_INPUT_CODEC_H_
