// Any octets as a datagram that begins as STUN does: an answer is STUN itself, repeats the transaction, is a multiple
// of four octets and no more than a little longer than what it answers.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "base/endpoint.h"
#include "daemon/net/stun.h"

namespace understudy::net {
namespace {

constexpr size_t kHeader = 20;
constexpr size_t kMostAnswer = 48;

void Check(const std::string& datagram) {
  for (const Endpoint& remote : {Endpoint::V4(192, 0, 2, 1, 5060), *Endpoint::Parse("2001:db8::1", uint16_t{5060})}) {
    const std::string answer = AnswerToStun(datagram, remote);
    if (answer.empty()) continue;
    US_CHECK(IsStun(datagram));
    US_CHECK(IsStun(answer));
    US_CHECK_EQ(answer.size() % 4, 0u);
    US_CHECK_LE(answer.size(), kMostAnswer);
    US_CHECK(answer.substr(4, kHeader - 4) == datagram.substr(4, kHeader - 4));
    US_CHECK(AnswerToStun(answer, remote).empty());
  }
}

}  // namespace
}  // namespace understudy::net

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view bytes(reinterpret_cast<const char*>(data), size);
  understudy::net::Check(std::string(bytes));
  // With a header that fits, so that the attributes are looked at.
  std::string framed = {0,    1,    static_cast<char>(size >> 8), static_cast<char>(size),
                        0x21, 0x12, static_cast<char>(0xA4),      0x42};
  absl::StrAppend(&framed, "0123456789ab", bytes);
  understudy::net::Check(framed);
  return 0;
}
