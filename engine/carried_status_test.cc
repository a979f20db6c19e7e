#include "engine/carried_status.h"

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/parse.h"

namespace understudy::engine {
namespace {

TEST(CarriedStatusTest, EveryStatusIsCarriedButThoseForUs) {
  for (int status = 100; status < 700; ++status) {
    const int carried = status == 401 || status == 407 ? 403 : status == 430 ? 480 : status == 503 ? 500 : status;
    EXPECT_EQ(CarriedStatus(status), carried);
  }
}

TEST(CarriedStatusTest, TheReasonGoesWithItsStatus) {
  for (int status : {486, 503, 407}) {
    const std::string text =
        absl::StrCat("SIP/2.0 ", status,
                     " Own Words\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\n"
                     "To: <sip:a@b>;tag=2\r\nCall-ID: 1\r\nCSeq: 1 INVITE\r\nContent-Length: 0\r\n\r\n");
    sip::Message message;
    sip::ParseError error;
    ASSERT_TRUE(sip::ParseMessage(text, &message, &error)) << error.text;
    EXPECT_EQ(CarriedReason(message), status == 486 ? "Own Words" : "");
  }
}

}  // namespace
}  // namespace understudy::engine
