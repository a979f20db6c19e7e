#include "daemon/net/stun.h"

#include "absl/strings/escaping.h"
#include "gtest/gtest.h"

namespace understudy::net {
namespace {

// The transaction of the samples of RFC 5769.
constexpr absl::string_view kTail = "2112a442b7e7a701bc34d686fa87dfae";

std::string Hex(absl::string_view text) {
  return absl::HexStringToBytes(text);
}

std::string Request(absl::string_view type_and_length, absl::string_view attributes = "") {
  return Hex(type_and_length) + Hex(kTail) + Hex(attributes);
}

std::string Answer(const std::string& request,
                   const Endpoint& remote = *Endpoint::Parse("192.0.2.1", uint16_t{32853})) {
  return absl::BytesToHexString(AnswerToStun(request, remote));
}

// RFC 5769 sections 2.2 and 2.3: the same address, port and transaction.
TEST(Stun, TheAnswerTellsTheAddressAsTheRfcsSamplesDo) {
  EXPECT_EQ(Answer(Request("00010000")), "0101000c" + std::string(kTail) + "002000080001a147e112a643");
  const Endpoint v6 = *Endpoint::Parse("2001:db8:1234:5678:11:2233:4455:6677", uint16_t{32853});
  EXPECT_EQ(Answer(Request("00010000"), v6),
            "01010018" + std::string(kTail) + "002000140002a1470113a9faa5d3f179bc25f4b5bed2b9d9");
}

TEST(Stun, SipIsNoStun) {
  EXPECT_FALSE(IsStun("OPTIONS sip:x SIP/2.0\r\n\r\n"));
  EXPECT_FALSE(IsStun("\r\n\r\n"));
  EXPECT_FALSE(IsStun(std::string(20, '\0')));
  EXPECT_FALSE(IsStun(Request("00010000").substr(0, 19)));
  EXPECT_TRUE(IsStun(Request("00010000")));
}

TEST(Stun, WhatNeedNotBeUnderstoodIsNot) {
  // SOFTWARE, three octets and one of padding, and FINGERPRINT
  EXPECT_EQ(Answer(Request("00010010",
                           "8022000361626300"
                           "80280004e57a3bcf"))
                .substr(0, 8),
            "0101000c");
  // USERNAME
  EXPECT_EQ(Answer(Request("00010008", "0006000461626364")).substr(0, 8), "0101000c");
}

TEST(Stun, WhatMustBeUnderstoodAndIsNotIsNamed) {
  // CHANGE-REQUEST
  EXPECT_EQ(Answer(Request("00010008", "0003000400000006")), "01110010" + std::string(kTail) +
                                                                 "0009000400000414"
                                                                 "000a000200030000");
}

TEST(Stun, NothingIsSaidToTheMalformedAndToWhatIsNoRequest) {
  for (const std::string& bad : {
           Request("00010004"),              // a length that is not there
           Request("00010000", "80220000"),  // octets beyond it
           Request("00010004", "80220008"),  // an attribute that ends beyond the end
           Request("00010002", "8022"),      // half a header
           Request("00110000"),              // an indication
           Request("01010000"),              // an answer
           Request("00020000"),              // another method
       }) {
    EXPECT_EQ(Answer(bad), "") << absl::BytesToHexString(bad);
  }
}

}  // namespace
}  // namespace understudy::net
