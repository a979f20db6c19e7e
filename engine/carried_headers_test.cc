#include "engine/carried_headers.h"

#include <algorithm>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "sip/parse.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

std::string Carried(absl::string_view fields, Asserted asserted = Asserted::kCarry) {
  const std::string text = absl::StrCat(
      "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
      "Call-ID: 1\r\nCSeq: 1 INVITE\r\n",
      fields, "Content-Length: 0\r\n\r\n");
  sip::Message message;
  sip::ParseError error;
  EXPECT_TRUE(sip::ParseMessage(text, &message, &error)) << error.text;
  std::string out;
  sip::MessageWriter writer(&out);
  CarryHeaders(message, asserted, &writer);
  return out;
}

TEST(CarriedHeadersTest, EveryHeaderGoesOnButForTheListedOnes) {
  const HeaderName kStay[] = {HeaderName::kVia,
                              HeaderName::kFrom,
                              HeaderName::kTo,
                              HeaderName::kCallId,
                              HeaderName::kCSeq,
                              HeaderName::kContact,
                              HeaderName::kMaxForwards,
                              HeaderName::kRoute,
                              HeaderName::kRecordRoute,
                              HeaderName::kContentLength,
                              HeaderName::kContentType,
                              HeaderName::kRAck,
                              HeaderName::kRSeq,
                              HeaderName::kPPreferredIdentity,
                              HeaderName::kPath,
                              HeaderName::kServiceRoute,
                              HeaderName::kProxyRequire,
                              HeaderName::kMinExpires,
                              HeaderName::kTimestamp,
                              HeaderName::kReplaces,
                              HeaderName::kJoin,
                              HeaderName::kTargetDialog,
                              HeaderName::kFlowTimer,
                              HeaderName::kMaxBreadth,
                              HeaderName::kSupported,
                              HeaderName::kRequire,
                              HeaderName::kAuthorization,
                              HeaderName::kProxyAuthorization,
                              HeaderName::kWwwAuthenticate,
                              HeaderName::kProxyAuthenticate,
                              HeaderName::kAuthenticationInfo};
  for (int i = 1; i < sip::kHeaderNameCount; ++i) {
    const HeaderName name = static_cast<HeaderName>(i);
    if (name == HeaderName::kVia || name == HeaderName::kFrom || name == HeaderName::kTo ||
        name == HeaderName::kCallId || name == HeaderName::kCSeq || name == HeaderName::kContentLength) {
      continue;  // in every message
    }
    const std::string line = absl::StrCat(sip::CanonicalName(name), ": 1\r\n");
    const bool stays = std::find(std::begin(kStay), std::end(kStay), name) != std::end(kStay);
    EXPECT_EQ(Carried(line), stays ? "" : line);
  }
}

TEST(CarriedHeadersTest, AnAssertedIdentityGoesOnWhereItMay) {
  const std::string line = "P-Asserted-Identity: <sip:1001@example.com>\r\n";
  EXPECT_EQ(Carried(line), line);
  EXPECT_EQ(Carried(line, Asserted::kEnd), "");
}

TEST(CarriedHeadersTest, UnknownHeadersKeepTheirNameAndOrder) {
  EXPECT_EQ(Carried("X-B: 2\r\nx-a: 1\r\ns: hi\r\n there\r\n"), "X-B: 2\r\nx-a: 1\r\nSubject: hi there\r\n");
}

TEST(CarriedHeadersTest, NothingOfOneHopOrOfCredentialsGoesOnUnderAnUnknownName) {
  EXPECT_EQ(Carried("Proxy-Authentication-Info: nextnonce=\"1\"\r\nsecurity-client: tls\r\nSecurity-X: 1\r\n"),
            "Security-X: 1\r\n");
}

TEST(CarriedHeadersTest, ACallUuidFromOutsideGoesNoFurther) {
  EXPECT_EQ(Carried("x-understudy-calluuid: 1\r\nX-Understudy-CallUUID-2: 2\r\n"), "X-Understudy-CallUUID-2: 2\r\n");
}

std::string Unsupported(absl::string_view field) {
  const std::string text = absl::StrCat(
      "INVITE sip:a@b SIP/2.0\r\nVia: SIP/2.0/UDP h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:a@b>\r\n"
      "Call-ID: 1\r\nCSeq: 1 INVITE\r\n",
      field, "\r\nContent-Length: 0\r\n\r\n");
  sip::Message message;
  sip::ParseError error;
  EXPECT_TRUE(sip::ParseMessage(text, &message, &error)) << error.text;
  return UnsupportedOptions(message);
}

TEST(CarriedHeadersTest, WhatOnlyTheOtherEndDoesIsNoServiceOfOurs) {
  EXPECT_EQ(Unsupported("Require: privacy, histinfo, 100rel"), "");
  EXPECT_EQ(Unsupported("Proxy-Require: Privacy, 100rel"), "Privacy");
  EXPECT_EQ(Unsupported("Proxy-Require: histinfo"), "histinfo");
  EXPECT_EQ(Carried("Supported: privacy, histinfo\r\n"), "Supported: privacy, histinfo\r\n");
  std::string capabilities;
  sip::MessageWriter writer(&capabilities);
  WriteCapabilities(&writer);
  EXPECT_EQ(capabilities.find("privacy"), std::string::npos);
  EXPECT_EQ(capabilities.find("histinfo"), std::string::npos);
  EXPECT_NE(capabilities.find("Supported: 100rel, timer"), std::string::npos);
}

TEST(CarriedHeadersTest, OptionTagsAreThoseThatWorkFromEndToEnd) {
  EXPECT_EQ(Carried("Supported: replaces, 100rel, outbound, TIMER\r\n"), "Supported: 100rel, TIMER\r\n");
  EXPECT_EQ(Carried("k: path\r\n"), "");
}

}  // namespace
}  // namespace understudy::engine
