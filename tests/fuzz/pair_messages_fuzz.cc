// Any octets as any message of the peer: an error, or a value that is the same value after encoding and decoding again.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "replication/messages.h"

namespace understudy::replication {
namespace {

template <class Message>
void TryAs(absl::string_view bytes) {
  Message first;
  if (!Decode(bytes, &first).ok()) return;
  const std::string again = Encode(first);
  Message second;
  US_CHECK(Decode(again, &second).ok());
  US_CHECK_EQ(Encode(second), again);
}

}  // namespace
}  // namespace understudy::replication

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  namespace pair = understudy::replication;
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  pair::TryAs<pair::Hello>(bytes);
  pair::TryAs<pair::Welcome>(bytes);
  pair::TryAs<pair::Refusal>(bytes);
  pair::TryAs<pair::Ack>(bytes);
  pair::TryAs<pair::Heartbeat>(bytes);
  pair::TryAs<pair::StateEnd>(bytes);
  pair::TryAs<pair::Check>(bytes);
  pair::TryAs<pair::Suspects>(bytes);
  pair::TryAs<pair::Register>(bytes);
  return 0;
}
