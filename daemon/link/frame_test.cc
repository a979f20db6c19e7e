#include <algorithm>
#include <cstring>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/link/frame.h"
#include "daemon/link/frame_reader.h"
#include "daemon/link/send_queue.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::link {
namespace {

using testing::HasSubstr;
using Outcome = FrameReader::Outcome;

void Give(FrameReader* reader, absl::string_view bytes) {
  while (!bytes.empty()) {
    const absl::Span<char> space = reader->Space();
    const size_t n = std::min<size_t>(space.size(), bytes.size());
    std::memcpy(space.data(), bytes.data(), n);
    reader->Commit(n);
    bytes.remove_prefix(n);
  }
}

// What a reader says about `bytes`, given in two pieces.
std::string ReadAll(absl::string_view bytes, size_t split) {
  FrameReader reader;
  std::string seen;
  for (absl::string_view piece : {bytes.substr(0, split), bytes.substr(split)}) {
    Give(&reader, piece);
    FrameReader::Frame frame;
    while (reader.Next(&frame) == Outcome::kFrame) {
      EXPECT_EQ(reinterpret_cast<uintptr_t>(frame.payload.data()) % 8, 0u);
      absl::StrAppend(&seen, frame.type, "=", frame.payload, " ");
    }
  }
  return absl::StrCat(seen, reader.error().ok() ? "" : "broken ", "left ", reader.buffered());
}

TEST(Frame, HeaderIsAsDocumented) {
  const std::string bytes = EncodeFrame(0x0102, "abc");
  ASSERT_EQ(bytes.size(), kFrameHeaderBytes + 3);
  EXPECT_EQ(bytes.substr(0, 4), std::string("\3\0\0\0", 4));
  EXPECT_EQ(bytes.substr(8), std::string("\2\1\0\0abc", 7));
  const absl::StatusOr<FrameHeader> header = DecodeFrameHeader(bytes.data());
  ASSERT_TRUE(header.ok());
  EXPECT_EQ(header->length, 3u);
  EXPECT_EQ(header->type, 0x0102);
  EXPECT_TRUE(CheckFramePayload(*header, "abc").ok());
}

TEST(FrameReader, SplitAnywhereTheFramesAreTheSame) {
  std::string bytes;
  for (size_t size = 0; size < 12; ++size) {
    absl::StrAppend(&bytes, EncodeFrame(static_cast<uint16_t>(size), std::string(size, 'x')));
  }
  const std::string whole = ReadAll(bytes, bytes.size());
  for (size_t split = 0; split < bytes.size(); ++split) EXPECT_EQ(ReadAll(bytes, split), whole) << split;
}

TEST(FrameReader, EveryFlippedBitIsSeen) {
  const std::string good = EncodeFrame(7, "hello");
  for (size_t bit = 0; bit < good.size() * 8; ++bit) {
    std::string bad = good;
    bad[bit / 8] = static_cast<char>(bad[bit / 8] ^ (1 << (bit % 8)));
    EXPECT_NE(ReadAll(bad, 0).substr(0, 2), "7=") << bit;
  }
}

TEST(FrameReader, LongFramesGrowTheBufferOnlyAsTheyCome) {
  FrameReader reader;
  const FrameHeaderBytes header = EncodeFrameHeader(1, std::string(kMaxFramePayload, 'a'));
  Give(&reader, {header.data(), header.size()});
  FrameReader::Frame frame;
  EXPECT_EQ(reader.Next(&frame), Outcome::kNeedMore);
  EXPECT_LT(reader.Space().size(), size_t{1} << 20);
  Give(&reader, std::string(kMaxFramePayload, 'a'));
  ASSERT_EQ(reader.Next(&frame), Outcome::kFrame);
  EXPECT_EQ(frame.payload.size(), kMaxFramePayload);
  EXPECT_EQ(reader.buffered(), 0u);
}

TEST(FrameReader, TooLongIsNoFrameAndStaysSo) {
  std::string bytes = EncodeFrame(1, "x");
  bytes.replace(0, 4, std::string("\1\0\x10\1", 4));
  FrameReader reader;
  Give(&reader, bytes);
  FrameReader::Frame frame;
  EXPECT_EQ(reader.Next(&frame), Outcome::kBroken);
  EXPECT_EQ(reader.Next(&frame), Outcome::kBroken);
  EXPECT_THAT(std::string(reader.error().message()), HasSubstr("one of 17825793 bytes: at most 17825792"));
}

TEST(FrameReader, TlsIsNamed) {
  FrameReader reader;
  Give(&reader, std::string("\x16\x03\x01\x02\x00\x01\x00\x01\xfc\x03\x03\x00", 12));
  FrameReader::Frame frame;
  EXPECT_EQ(reader.Next(&frame), Outcome::kBroken);
  EXPECT_THAT(std::string(reader.error().message()), HasSubstr("the peer speaks TLS"));
}

std::string Drain(SendQueue* queue, size_t step) {
  std::string out;
  while (!queue->empty()) {
    iovec vectors[4];
    const size_t n = queue->Gather(absl::MakeSpan(vectors));
    std::string gathered;
    for (size_t i = 0; i < n; ++i) gathered.append(static_cast<char*>(vectors[i].iov_base), vectors[i].iov_len);
    EXPECT_EQ(gathered.substr(0, queue->Front().size()), queue->Front());
    gathered.resize(std::min(gathered.size(), step));
    out += gathered;
    queue->Consume(gathered.size());
  }
  return out;
}

TEST(SendQueue, BytesLeaveInOrderHoweverTheyCameAndGo) {
  for (size_t step : {1, 7, 1000, 70000, 1000000}) {
    SendQueue queue;
    std::string expected;
    for (size_t i = 0; i < 40; ++i) {
      const auto bytes = std::make_shared<const std::string>(i * (step == 1 ? 10 : 1000), static_cast<char>('a' + i));
      if (i % 3 == 0) {
        queue.AppendShared(bytes, *bytes);
      } else {
        queue.Append(*bytes);
      }
      expected += *bytes;
    }
    EXPECT_EQ(queue.bytes(), expected.size());
    EXPECT_TRUE(Drain(&queue, step) == expected) << step;
  }
}

TEST(SendQueue, BlocksAreUsedAgainOnlyWhenTheyHaveLeft) {
  SendQueue queue;
  std::string sent;
  std::string expected;
  for (int i = 0; i < 2000; ++i) {
    const std::string bytes(997, static_cast<char>(i));
    queue.Append(bytes);
    expected += bytes;
    if (i % 3 == 2) {
      absl::StrAppend(&sent, queue.Front().substr(0, 1500));
      queue.Consume(std::min<size_t>(queue.Front().size(), 1500));
    }
  }
  sent += Drain(&queue, 5000);
  EXPECT_TRUE(sent == expected);
}

TEST(SendQueue, OwnerIsLetGoWhenItsBytesHaveLeft) {
  SendQueue queue;
  auto owned = std::make_shared<const std::string>("shared");
  const std::weak_ptr<const std::string> weak = owned;
  queue.AppendShared(owned, *owned);
  queue.Append("copied");
  owned.reset();
  queue.Consume(5);
  EXPECT_FALSE(weak.expired());
  queue.Consume(1);
  EXPECT_TRUE(weak.expired());
  EXPECT_EQ(queue.Front(), "copied");
}

}  // namespace
}  // namespace understudy::link
