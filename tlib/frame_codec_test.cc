#include "tlib/frame_codec.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/frame.capnp.h"
#include "tlib/message_codec.h"
#include "tlib/message_samples_testing.h"
#include "tlib/segment.h"

namespace understudy::tlib {
namespace {

using ::testing::HasSubstr;

constexpr size_t kLength = 4;

std::vector<Frame> SampleFrames() {
  const uint64_t large = 0xfedcba9876543210;
  return {
      Hello{1, "desktop \xc3\xa4", "secret", 9000},
      Hello{2, "d", "", 0},
      Welcome{1, "sip-a", "1.2.3", ServerRole::kPrimary, 9000, 60000, 65536, 256},
      Welcome{1, "", "", ServerRole::kBackup, 0, 0, 0, 0},
      Attach{0, 0, 0},
      Attach{1, large, 3},
      Attached{large, 2, large},
      RequestFrame{1, Message(MessageType::kRequestMakeCall).Set(Attribute::kUserData, FullList())},
      EventFrame{large, absl::nullopt, EncodeMessage(SampleMessages().back())},
      EventFrame{2, 0, EncodeMessage(Message(MessageType::kEventError))},
      EventFrame{0, -1, SharedBytes()},
      Acknowledge{large},
      Ping{},
      Pong{},
      Role{ServerRole::kUnknown},
      Role{ServerRole::kBackup},
      Goodbye{ErrorCode::kSlowClient, "5,000 events wait"},
      Goodbye{static_cast<ErrorCode>(65535), ""},
  };
}

std::string Encoded(const Frame& frame) {
  std::string bytes;
  AppendFrame(frame, &bytes);
  return bytes;
}

std::string Segment(const Frame& frame) {
  return Encoded(frame).substr(kLength);
}

template <class Fill>
std::string Built(Fill fill) {
  std::string bytes;
  BuildSegment<wire::Frame>(4096, fill, [&bytes](absl::string_view octets) { bytes = std::string(octets); });
  return bytes;
}

void ExpectRefused(absl::string_view segment, absl::string_view why) {
  const absl::StatusOr<Frame> frame = DecodeFrame(segment);
  ASSERT_FALSE(frame.ok()) << why;
  EXPECT_EQ(frame.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(frame.status().message()), HasSubstr(std::string(why)));
}

TEST(FrameCodec, EveryFrameComesBack) {
  std::vector<bool> seen(std::variant_size_v<Frame>);
  for (const Frame& frame : SampleFrames()) {
    const absl::StatusOr<Frame> decoded = DecodeFrame(Segment(frame));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, frame) << frame.index();
    seen[frame.index()] = true;
  }
  EXPECT_THAT(seen, ::testing::Each(true));
}

TEST(FrameCodec, TheNumberOfAnAlternativeIsThatOfTheSchema) {
  for (const Frame& frame : SampleFrames()) {
    std::string segment = Segment(frame);
    EXPECT_TRUE(ReadSegment<wire::Frame>("frame", segment, kMaxFrame, [&frame](wire::Frame::Reader in) {
                  EXPECT_EQ(static_cast<size_t>(in.which()), frame.index());
                  return absl::OkStatus();
                }).ok());
  }
}

TEST(FrameCodec, TheLengthInFrontIsLittleEndian) {
  const std::string bytes = Encoded(Goodbye{ErrorCode::kNone, std::string(600, 'x')});
  const size_t length = bytes.size() - kLength;
  EXPECT_EQ(static_cast<uint8_t>(bytes[0]), length & 0xff);
  EXPECT_EQ(static_cast<uint8_t>(bytes[1]), length >> 8);
  EXPECT_EQ(bytes.substr(2, 2), std::string(2, '\0'));
}

TEST(FrameCodec, TheLargestMessageFitsIntoAFrame) {
  const Message largest = LargestMessage();
  EXPECT_LE(Segment(RequestFrame{1, largest}).size(), kMaxFrame);
  const SharedBytes most(std::string(kMostMessageOctets, 'x'));
  EXPECT_LE(Segment(EventFrame{1, 2, most}).size(), kMaxFrame);
}

TEST(FrameCodec, TextsTooLongAreCutAndThoseThatAreNoneBecomeSome) {
  const absl::StatusOr<Frame> hello = DecodeFrame(Segment(Hello{1, std::string(300, 'a'), "\xff", 0}));
  EXPECT_EQ(*hello, Frame(Hello{1, std::string(kMostNameOctets, 'a'), "?", 0}));
  const absl::StatusOr<Frame> goodbye = DecodeFrame(Segment(Goodbye{ErrorCode::kInternal, std::string(2000, 'a')}));
  EXPECT_EQ(*goodbye, Frame(Goodbye{ErrorCode::kInternal, std::string(kMostTextOctets, 'a')}));
}

TEST(FrameCodec, NothingButTheWholeIsAFrame) {
  for (const Frame& frame : SampleFrames()) {
    const std::string segment = Segment(frame);
    for (size_t length = 0; length < segment.size(); ++length) {
      const absl::StatusOr<Frame> cut = DecodeFrame(segment.substr(0, length));
      EXPECT_FALSE(cut.ok() && *cut == frame) << frame.index() << " of " << length;
    }
  }
}

TEST(FrameCodec, AFlippedBitIsAnErrorOrAnotherFrame) {
  for (const Frame& frame : SampleFrames()) {
    std::string segment = Segment(frame);
    for (size_t at = 0; at < segment.size(); ++at) {
      for (unsigned bit = 0; bit < 8; ++bit) {
        segment[at] = static_cast<char>(segment[at] ^ (1 << bit));
        const absl::StatusOr<Frame> decoded = DecodeFrame(segment);
        if (decoded.ok()) {
          EXPECT_EQ(*DecodeFrame(Segment(*decoded)), *decoded) << frame.index() << " at " << at;
        }
        segment[at] = static_cast<char>(segment[at] ^ (1 << bit));
      }
    }
  }
}

TEST(FrameCodec, WhatIsBeyondALimitIsRefusedWithItsPlace) {
  const std::string long_name(kMostNameOctets + 1, 'x');
  ExpectRefused(Built([](wire::Frame::Builder out) { out.initHello(); }), "frame Hello, application: empty");
  ExpectRefused(Built([&](wire::Frame::Builder out) { out.initHello().setApplication(AsCapnpText(long_name)); }),
                "frame Hello, application: 256 octets; at most 255");
  ExpectRefused(Built([&](wire::Frame::Builder out) {
                  auto hello = out.initHello();
                  hello.setApplication("a");
                  hello.setPassword("\xff");
                }),
                "frame Hello, password: not UTF-8");
  ExpectRefused(Built([](wire::Frame::Builder out) { out.initWelcome().setRole(3); }), "frame Welcome: role 3 is none");
  ExpectRefused(Built([](wire::Frame::Builder out) { out.setRole(255); }), "frame Role: role 255 is none");
  ExpectRefused(Built([](wire::Frame::Builder out) { out.initGoodbye().setText("\xff"); }), "frame Goodbye: not UTF-8");
  ExpectRefused(Built([](wire::Frame::Builder out) { out.initRequest().initMessage(7); }),
                "frame Request: message of 7 octets");
}

TEST(FrameCodec, ANameWithNulIsRefused) {
  const std::string name("a\0b", 3);
  ExpectRefused(Built([&](wire::Frame::Builder out) { out.initHello().setApplication(AsCapnpText(name)); }),
                "frame Hello, application: not UTF-8");
}

// The alternative stands in the first 16 bits of the frame, behind the root pointer.
TEST(FrameCodec, AnAlternativeOfALaterVersionIsRefused) {
  std::string segment = Segment(Ping{});
  for (size_t at = 8; at < 16; ++at) {
    std::string changed = segment;
    changed[at] = '\x63';
    const absl::StatusOr<Frame> frame = DecodeFrame(changed);
    if (frame.ok()) continue;
    EXPECT_THAT(std::string(frame.status().message()), HasSubstr("a frame of a kind unknown here: 99"));
    return;
  }
  FAIL() << "no octet of the frame is its alternative";
}

TEST(FrameReader, FramesComeWholeHoweverTheStreamIsCut) {
  std::string stream;
  for (const Frame& frame : SampleFrames()) AppendFrame(frame, &stream);
  for (size_t piece : {size_t{1}, size_t{3}, size_t{7}, size_t{4096}, stream.size()}) {
    FrameReader reader;
    std::vector<Frame> frames;
    for (size_t at = 0; at < stream.size(); at += piece) {
      reader.Push(absl::string_view(stream).substr(at, piece));
      for (;;) {
        absl::StatusOr<absl::optional<Frame>> frame = reader.Next();
        ASSERT_TRUE(frame.ok()) << frame.status();
        if (!frame->has_value()) break;
        frames.push_back(**frame);
      }
    }
    EXPECT_EQ(frames, SampleFrames()) << piece;
    EXPECT_EQ(reader.pending(), 0u);
  }
}

TEST(FrameReader, AFrameTooLargeIsRefusedBeforeItsOctetsAreHere) {
  FrameReader reader(1024);
  reader.Push(absl::string_view("\x01\x04\0", 3));
  EXPECT_FALSE(reader.Next()->has_value());
  reader.Push(absl::string_view("\0", 1));
  EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kResourceExhausted);
  EXPECT_EQ(reader.Next().status().message(), "a frame of 1025 octets; at most 1024");
}

TEST(FrameReader, ALengthThatIsNoneIsRefused) {
  for (absl::string_view length : {absl::string_view("\0\0\0\0", 4), absl::string_view("\x04\0\0\0abcd", 8)}) {
    FrameReader reader;
    reader.Push(length);
    EXPECT_EQ(reader.Next().status().code(), absl::StatusCode::kInvalidArgument);
  }
}

TEST(FrameReader, BehindAnErrorNothingIsRead) {
  FrameReader reader;
  reader.Push(absl::string_view("\x08\0\0\0\xff\xff\xff\xff\xff\xff\xff\xff", 12));
  reader.Push(Encoded(Ping{}));
  EXPECT_FALSE(reader.Next().ok());
  EXPECT_FALSE(reader.Next().ok());
}

}  // namespace
}  // namespace understudy::tlib
