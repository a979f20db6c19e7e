#include "daemon/link/frame_reader.h"

#include <cstring>
#include <utility>

#include "base/check.h"
#include "daemon/link/frame.h"

namespace understudy::link {
namespace {

constexpr size_t kLeastSpace = 64 << 10;
constexpr size_t kFirstCapacity = 256 << 10;

// A frame that begins here has its payload on an 8-byte boundary.
constexpr size_t kAlignedStart = 4;
static_assert((kAlignedStart + kFrameHeaderBytes) % 8 == 0);

}  // namespace

FrameReader::FrameReader()
    : words_(new uint64_t[kFirstCapacity / 8]),
      bytes_(reinterpret_cast<char*>(words_.get())),
      capacity_(kFirstCapacity),
      start_(kAlignedStart),
      end_(kAlignedStart) {}

absl::Span<char> FrameReader::Space() {
  if (start_ == end_) {
    start_ = end_ = kAlignedStart;
  } else if (capacity_ - end_ < kLeastSpace) {
    MakeRoom();
  }
  return absl::MakeSpan(bytes_ + end_, capacity_ - end_);
}

void FrameReader::MakeRoom() {
  const size_t have = buffered();
  std::unique_ptr<uint64_t[]> old;
  const char* from = bytes_ + start_;
  if (capacity_ - kAlignedStart - have < capacity_ / 2) {
    capacity_ *= 2;
    old = std::exchange(words_, std::unique_ptr<uint64_t[]>(new uint64_t[capacity_ / 8]));
    bytes_ = reinterpret_cast<char*>(words_.get());
  }
  std::memmove(bytes_ + kAlignedStart, from, have);
  start_ = kAlignedStart;
  end_ = kAlignedStart + have;
}

void FrameReader::Commit(size_t n) {
  US_CHECK_LE(n, capacity_ - end_);
  end_ += n;
}

// Payloads that do not lie on a boundary move down onto their own header, which has been read by then.
FrameReader::Outcome FrameReader::Next(Frame* frame) {
  if (!error_.ok()) return Outcome::kBroken;
  if (buffered() < kFrameHeaderBytes) return Outcome::kNeedMore;
  const absl::StatusOr<FrameHeader> header = DecodeFrameHeader(bytes_ + start_);
  if (!header.ok()) return Break(header.status());
  if (buffered() - kFrameHeaderBytes < header->length) return Outcome::kNeedMore;
  const size_t at = start_ + kFrameHeaderBytes;
  if (absl::Status s = CheckFramePayload(*header, {bytes_ + at, header->length}); !s.ok()) return Break(s);
  const size_t aligned = at & ~size_t{7};
  if (aligned != at) std::memmove(bytes_ + aligned, bytes_ + at, header->length);
  *frame = {header->type, absl::string_view(bytes_ + aligned, header->length)};
  start_ = at + header->length;
  return Outcome::kFrame;
}

FrameReader::Outcome FrameReader::Break(const absl::Status& why) {
  error_ = why;
  return Outcome::kBroken;
}

}  // namespace understudy::link
