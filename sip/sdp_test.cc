#include "sip/sdp.h"

#include <map>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"
#include "tests/corpus.h"

namespace understudy::sip {
namespace {

constexpr absl::string_view kOffer =
    "v=0\r\n"
    "o=alice 2890844526 2890844527 IN IP4 host.atlanta.example.com\r\n"
    "s=-\r\n"
    "c=IN IP4 192.0.2.101\r\n"
    "t=0 0\r\n"
    "m=audio 49172 RTP/AVP 0 8 97\r\n"
    "a=rtpmap:97 iLBC/8000\r\n"
    "m=video 51372/2 RTP/AVP 31\r\n"
    "c=IN IP6 2001:db8::1\r\n"
    "a=recvonly\r\n";

bool Parses(absl::string_view body) {
  Sdp sdp;
  SdpError error;
  return ParseSdp(body, &sdp, &error);
}

// "line: text" of the first trouble; empty when there is none.
std::string ErrorOf(absl::string_view body) {
  Sdp sdp;
  SdpError error;
  return ParseSdp(body, &sdp, &error) ? std::string() : absl::StrCat(error.line, ": ", error.text);
}

bool Holds(absl::string_view body) {
  Sdp sdp;
  SdpError error;
  EXPECT_TRUE(ParseSdp(body, &sdp, &error)) << error.line << ": " << error.text;
  return IsHold(sdp);
}

std::string With(absl::string_view from, absl::string_view to) {
  return absl::StrReplaceAll(kOffer, {{from, to}});
}

// One stream of `media` after a plain session part with `session_lines`.
std::string Session(absl::string_view session_lines, absl::string_view media) {
  return absl::StrCat("v=0\r\no=- 1 1 IN IP4 192.0.2.1\r\ns=-\r\nt=0 0\r\n", session_lines, media);
}

TEST(Sdp, OriginConnectionAndMediaAreSlicesOfTheBody) {
  Sdp sdp;
  SdpError error;
  ASSERT_TRUE(ParseSdp(kOffer, &sdp, &error));
  EXPECT_EQ(sdp.origin.username, "alice");
  EXPECT_EQ(sdp.origin.session_version, "2890844527");
  EXPECT_EQ(sdp.origin.address, "host.atlanta.example.com");
  EXPECT_EQ(sdp.session_name, "-");
  ASSERT_EQ(sdp.media.size(), 2u);
  EXPECT_EQ(sdp.media[0].media, "audio");
  EXPECT_EQ(sdp.media[0].port, 49172);
  EXPECT_EQ(sdp.media[0].formats, "0 8 97");
  EXPECT_EQ(sdp.media[0].connection.address, "192.0.2.101");
  EXPECT_EQ(sdp.media[0].line_count, 2u);
  EXPECT_EQ(sdp.media[1].port_count, 2);
  EXPECT_EQ(sdp.media[1].connection.address_type, "IP6");
  EXPECT_EQ(sdp.media[1].direction, SdpDirection::kRecvOnly);
  EXPECT_EQ(sdp.lines[sdp.media[1].first_line].type, 'm');
  EXPECT_GE(sdp.media[0].formats.data(), kOffer.data());
  EXPECT_LT(sdp.media[0].formats.data(), kOffer.data() + kOffer.size());
}

TEST(Sdp, WrittenLinesAreTheBodyAgain) {
  Sdp sdp;
  SdpError error;
  ASSERT_TRUE(ParseSdp(kOffer, &sdp, &error));
  std::string out;
  AppendSdp(sdp, &out);
  EXPECT_EQ(out, kOffer);
}

TEST(Sdp, BareLfAndMissingLastLineEndAreTaken) {
  EXPECT_TRUE(Parses(absl::StrReplaceAll(kOffer, {{"\r\n", "\n"}})));
  EXPECT_TRUE(Parses(kOffer.substr(0, kOffer.size() - 2)));
}

TEST(Sdp, MalformedLineIsNamedByNumber) {
  EXPECT_EQ(ErrorOf(""), "0: empty");
  EXPECT_EQ(ErrorOf("v=1\r\n"), "1: version is not 0");
  EXPECT_EQ(ErrorOf("o=- 1 1 IN IP4 h\r\nv=0\r\n"), "1: does not begin with v=");
  EXPECT_EQ(ErrorOf(With("s=-", "s")), "3: not a line of the form x=value");
  EXPECT_EQ(ErrorOf(With("s=-", "s=a\rb")), "3: CR inside a line");
  EXPECT_EQ(ErrorOf(With("s=-", "x=-")), "3: letter out of place");
  EXPECT_EQ(ErrorOf(With("2890844526 ", "")), "2: o= has not six fields");
  EXPECT_EQ(ErrorOf(With("2890844526", "id")), "2: session id is not a number");
  EXPECT_EQ(ErrorOf(With("t=0 0", "t=0")), "5: t= has not two fields");
  EXPECT_EQ(ErrorOf(With("c=IN IP4 192.0.2.101", "c=IN IP4")), "4: c= has not three fields");
  EXPECT_EQ(ErrorOf(With("49172", "65536")), "6: port is not a number from 0 to 65535");
  EXPECT_EQ(ErrorOf(With("49172", "-1")), "6: port is not a number from 0 to 65535");
  EXPECT_EQ(ErrorOf(With(" RTP/AVP 31", " RTP/AVP")), "8: m= has not four fields");
  EXPECT_EQ(ErrorOf(absl::StrCat(kOffer, "t=0 0\r\n")), "11: letter out of place");
}

TEST(Sdp, NumberOfLinesAndMediaIsBounded) {
  std::string lines = Session("", "");
  for (size_t i = 0; i < kMaxSdpLines; ++i) lines += "a=x\r\n";
  EXPECT_TRUE(absl::StrContains(ErrorOf(lines), "too many lines"));
  std::string media = Session("", "");
  for (size_t i = 0; i <= kMaxSdpMedia; ++i) media += "m=audio 1 RTP/AVP 0\r\n";
  EXPECT_TRUE(absl::StrContains(ErrorOf(media), "too many media"));
}

TEST(Sdp, WhatOldPhonesLeaveOutIsTakenButToldApart) {
  Sdp sdp;
  SdpError error;
  ASSERT_TRUE(ParseSdp(kOffer, &sdp, &error));
  EXPECT_TRUE(HasAllMandatoryLines(sdp));
  for (absl::string_view line : {"s=-\r\n", "t=0 0\r\n", "c=IN IP4 192.0.2.101\r\n"}) {
    const std::string without = With(line, "");
    ASSERT_TRUE(ParseSdp(without, &sdp, &error)) << line;
    EXPECT_FALSE(HasAllMandatoryLines(sdp)) << line;
  }
}

TEST(IsHold, SendonlyAndInactiveHoldAndTheRestDoesNot) {
  const absl::string_view audio = "m=audio 4000 RTP/AVP 0\r\n";
  EXPECT_FALSE(Holds(Session("c=IN IP4 192.0.2.1\r\n", audio)));
  EXPECT_TRUE(Holds(Session("", absl::StrCat(audio, "a=sendonly\r\n"))));
  EXPECT_TRUE(Holds(Session("", absl::StrCat(audio, "a=inactive\r\n"))));
  EXPECT_FALSE(Holds(Session("", absl::StrCat(audio, "a=recvonly\r\n"))));
  EXPECT_FALSE(Holds(Session("", absl::StrCat(audio, "a=sendrecv\r\n"))));
}

TEST(IsHold, MediaDirectionGoesBeforeTheSessions) {
  const absl::string_view audio = "m=audio 4000 RTP/AVP 0\r\n";
  EXPECT_TRUE(Holds(Session("a=sendonly\r\n", audio)));
  EXPECT_FALSE(Holds(Session("a=sendonly\r\n", absl::StrCat(audio, "a=sendrecv\r\n"))));
}

TEST(IsHold, AddressOfRfc2543Holds) {
  const absl::string_view audio = "m=audio 4000 RTP/AVP 0\r\n";
  EXPECT_TRUE(Holds(Session("c=IN IP4 0.0.0.0\r\n", audio)));
  EXPECT_FALSE(Holds(Session("c=IN IP4 0.0.0.0\r\n", absl::StrCat(audio, "c=IN IP4 192.0.2.1\r\n"))));
}

TEST(IsHold, OnlyStreamsWithAPortCount) {
  const absl::string_view held = "m=audio 4000 RTP/AVP 0\r\na=sendonly\r\n";
  EXPECT_TRUE(Holds(Session("", absl::StrCat(held, "m=video 0 RTP/AVP 31\r\n"))));
  EXPECT_FALSE(Holds(Session("", absl::StrCat(held, "m=video 4002 RTP/AVP 31\r\n"))));
  EXPECT_FALSE(Holds(Session("", "m=audio 0 RTP/AVP 0\r\n")));
  EXPECT_FALSE(Holds(Session("", "")));
}

TEST(SdpCorpus, OnlyTheBrokenDescriptionsAreRefused) {
  if (!tests::CorpusPath("sdp")) GTEST_SKIP() << tests::kNoCorpus;
  const std::map<std::string, std::string> refused = {
      {"sdp/sofia/message-1.sdp", "1: version is not 0"},
      // Octets of a crash: the line end before c= and the blank after the medium are gone.
      {"sdp/pjproject-sdp/input.6.sdp", "6: port is not a number from 0 to 65535"},
  };
  for (const std::string& file : tests::CorpusFiles("sdp")) {
    auto expected = refused.find(file);
    EXPECT_EQ(ErrorOf(*tests::ReadCorpusFile(file)), expected == refused.end() ? "" : expected->second) << file;
  }
}

// The body of a message file whose Content-Type is application/sdp.
absl::optional<absl::string_view> SdpBody(absl::string_view message) {
  const size_t headers_end = message.find("\r\n\r\n");
  if (headers_end == absl::string_view::npos) return absl::nullopt;
  if (!absl::StrContains(message.substr(0, headers_end), "Content-Type: application/sdp")) return absl::nullopt;
  const absl::string_view body = message.substr(headers_end + 4);
  return body.empty() ? absl::nullopt : absl::make_optional(body);
}

TEST(SdpCorpus, EveryDescriptionInTheRfcsCallFlowsIsTaken) {
  if (!tests::CorpusPath("flows")) GTEST_SKIP() << tests::kNoCorpus;
  int seen = 0;
  for (const std::string& file : tests::CorpusFiles("flows")) {
    const std::string message = *tests::ReadCorpusFile(file);
    const absl::optional<absl::string_view> body = SdpBody(message);
    if (!body) continue;
    ++seen;
    EXPECT_EQ(ErrorOf(*body), "") << file << "\n" << *body;
  }
  EXPECT_GT(seen, 50);
}

}  // namespace
}  // namespace understudy::sip
