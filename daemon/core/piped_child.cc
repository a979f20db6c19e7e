#include "daemon/core/piped_child.h"

#include <errno.h>
#include <fcntl.h>
#include <unistd.h>

#include <cstring>
#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

constexpr int kPipeBytes = 1 << 20;
constexpr size_t kReadBytes = size_t{256} << 10;
// A kind of our own: the status of the work.
constexpr uint8_t kFailed = 0;

// The child is this very program, so memory is the format.
struct FrameHead {
  uint32_t bytes;
  uint32_t kind;
};

bool WriteAll(int fd, const char* bytes, size_t size) {
  while (size > 0) {
    const ssize_t n = write(fd, bytes, size);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return false;
    bytes += n;
    size -= static_cast<size_t>(n);
  }
  return true;
}

bool WriteFrame(int fd, uint8_t kind, absl::string_view bytes) {
  const FrameHead head{static_cast<uint32_t>(bytes.size()), kind};
  return WriteAll(fd, reinterpret_cast<const char*>(&head), sizeof head) && WriteAll(fd, bytes.data(), bytes.size());
}

int Work(int fd, absl::FunctionRef<absl::Status(PipedChild::FrameSink)> work) {
  const absl::Status status = work([fd](uint8_t kind, absl::string_view bytes) {
    if (bytes.size() > PipedChild::kMaxFrameBytes) return absl::InternalError("a frame is too long");
    return WriteFrame(fd, kind, bytes) ? absl::OkStatus() : absl::UnavailableError("the parent reads no more");
  });
  if (status.ok()) return 0;
  const std::string text(1, static_cast<char>(status.code()));
  return WriteFrame(fd, kFailed, absl::StrCat(text, status.message())) ? 0 : 1;
}

}  // namespace

absl::Status PipedChild::Start(absl::FunctionRef<absl::Status(FrameSink)> work) {
  if (running()) return absl::UnavailableError("a child is running");
  int ends[2];
  if (pipe2(ends, O_CLOEXEC) != 0) return absl::UnavailableError("no pipe is to be had");
  fcntl(ends[1], F_SETPIPE_SZ, kPipeBytes);
  fcntl(ends[0], F_SETFL, O_NONBLOCK);
  const absl::Status started = child_.Start([&] {
    close(ends[0]);
    return Work(ends[1], work);
  });
  close(ends[1]);
  if (!started.ok()) {
    close(ends[0]);
    return started;
  }
  fd_ = ends[0];
  in_.clear();
  taken_ = 0;
  return absl::OkStatus();
}

absl::optional<PipedChild::Frame> PipedChild::TakeFrame() {
  FrameHead head;
  const size_t there = in_.size() - taken_;
  if (there < sizeof head) return absl::nullopt;
  std::memcpy(&head, in_.data() + taken_, sizeof head);
  if (there - sizeof head < head.bytes) return absl::nullopt;
  Frame frame;
  frame.kind = static_cast<uint8_t>(head.kind);
  frame.bytes = in_.substr(taken_ + sizeof head, head.bytes);
  taken_ += sizeof head + head.bytes;
  return frame;
}

absl::StatusOr<absl::optional<PipedChild::Frame>> PipedChild::Read() {
  while (running()) {
    absl::optional<Frame> frame = TakeFrame();
    if (frame && frame->kind != kFailed) return frame;
    if (frame) {
      const auto code = static_cast<absl::StatusCode>(frame->bytes[0]);
      absl::Status status(code, absl::string_view(frame->bytes).substr(1));
      Abandon();
      return status;
    }
    in_.erase(0, std::exchange(taken_, 0));
    const size_t had = in_.size();
    in_.resize(had + kReadBytes);
    const ssize_t n = read(fd_, &in_[had], kReadBytes);
    const int error = errno;
    in_.resize(had + (n > 0 ? static_cast<size_t>(n) : 0));
    if (n > 0 || (n < 0 && error == EINTR)) continue;
    if (n < 0 && error == EAGAIN) return absl::nullopt;
    if (absl::Status s = End(); !s.ok()) return s;
  }
  return absl::nullopt;
}

// The pipe is closed: the child has ended, or is about to.
absl::Status PipedChild::End() {
  const bool cut_off = !in_.empty();
  close(std::exchange(fd_, -1));
  in_.clear();
  const absl::Status ended = child_.Await();
  if (ended.ok() && cut_off) return absl::InternalError("the child ended in the middle of a frame");
  return ended;
}

void PipedChild::Abandon() {
  child_.Abandon();
  if (fd_ >= 0) close(std::exchange(fd_, -1));
  in_.clear();
  taken_ = 0;
}

}  // namespace understudy::daemon
