#include "daemon/core/piped_child.h"

#include <poll.h>
#include <signal.h>
#include <sys/socket.h>
#include <unistd.h>

#include <string>
#include <thread>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

// Everything that the child says; the error that ends it, if one does.
absl::Status ReadAll(PipedChild* child, std::vector<PipedChild::Frame>* frames) {
  while (child->running()) {
    absl::StatusOr<absl::optional<PipedChild::Frame>> frame = child->Read();
    if (!frame.ok()) return frame.status();
    if (frames->size() > 1000) return absl::OutOfRangeError("the child says too much");
    if (frame->has_value()) {
      frames->push_back(**std::move(frame));
      continue;
    }
    pollfd wait{child->fd(), POLLIN, 0};
    if (child->running() && poll(&wait, 1, 10000) != 1) return absl::DeadlineExceededError("the child says nothing");
  }
  return absl::OkStatus();
}

TEST(PipedChild, FramesOfAnySizeArriveInOrder) {
  const size_t sizes[] = {0, 1, 70000, PipedChild::kMaxFrameBytes, 3};
  PipedChild child;
  ASSERT_TRUE(child.Start([&sizes](PipedChild::FrameSink send) {
                     for (const size_t size : sizes) {
                       if (absl::Status s = send(7, std::string(size, 'x')); !s.ok()) return s;
                     }
                     return absl::OkStatus();
                   }).ok());
  EXPECT_TRUE(absl::IsUnavailable(child.Start([](PipedChild::FrameSink) { return absl::OkStatus(); })));
  std::vector<PipedChild::Frame> frames;
  const absl::Status status = ReadAll(&child, &frames);
  ASSERT_TRUE(status.ok()) << status;
  ASSERT_EQ(frames.size(), std::size(sizes));
  for (size_t i = 0; i < frames.size(); ++i) {
    EXPECT_EQ(frames[i].kind, 7);
    EXPECT_EQ(frames[i].bytes, std::string(sizes[i], 'x'));
  }
  EXPECT_EQ(child.fd(), -1);
}

TEST(PipedChild, ItsErrorIsTheParentsAfterWhatItSaidBefore) {
  PipedChild child;
  ASSERT_TRUE(child.Start([](PipedChild::FrameSink send) {
                     send(1, "before").IgnoreError();
                     return absl::ResourceExhaustedError("too much");
                   }).ok());
  std::vector<PipedChild::Frame> frames;
  EXPECT_EQ(ReadAll(&child, &frames), absl::ResourceExhaustedError("too much"));
  EXPECT_EQ(frames.size(), 1u);
  EXPECT_FALSE(child.running());
}

TEST(PipedChild, ItsDeathIsNoticedAndAnotherOneCanBeStarted) {
  PipedChild child;
  for (const int signal : {SIGKILL, SIGSEGV}) {
    ASSERT_TRUE(child.Start([signal](PipedChild::FrameSink send) {
                       send(1, "half").IgnoreError();
                       raise(signal);
                       return absl::OkStatus();
                     }).ok());
    std::vector<PipedChild::Frame> frames;
    const absl::Status status = ReadAll(&child, &frames);
    EXPECT_TRUE(absl::IsInternal(status));
    EXPECT_TRUE(absl::StrContains(status.message(), absl::StrCat("ended by signal ", signal))) << status;
    EXPECT_EQ(frames.size(), 1u);
  }
}

// One that never ends by itself.
absl::Status Talk(PipedChild::FrameSink send) {
  absl::Status status;
  while (status.ok()) status = send(1, std::string(100000, 'x'));
  return status;
}

TEST(PipedChild, OneThatWaitsForItsParentCanBeAbandoned) {
  PipedChild child;
  ASSERT_TRUE(child.Start(Talk).ok());
  const absl::StatusOr<absl::optional<PipedChild::Frame>> first = child.Read();
  ASSERT_TRUE(first.ok());
  child.Abandon();
  EXPECT_FALSE(child.running());
  const absl::StatusOr<absl::optional<PipedChild::Frame>> none = child.Read();
  ASSERT_TRUE(none.ok());
  EXPECT_FALSE(none->has_value());
}

TEST(PipedChild, DiesWithTheThreadThatForkedIt) {
  PipedChild child;
  std::thread([&child] {
    ASSERT_TRUE(child.Start(Talk).ok());
    // Once it says something it has asked for the signal.
    pollfd said{child.fd(), POLLIN, 0};
    ASSERT_EQ(poll(&said, 1, 10000), 1);
  }).join();
  std::vector<PipedChild::Frame> frames;
  EXPECT_TRUE(absl::StrContains(ReadAll(&child, &frames).message(), "signal 9"));
}

TEST(PipedChild, HoldsNoSocketOfItsParent) {
  int pair[2];
  ASSERT_EQ(socketpair(AF_UNIX, SOCK_STREAM, 0, pair), 0);
  PipedChild child;
  // What it says first it says after it has closed the sockets.
  ASSERT_TRUE(child.Start(Talk).ok());
  pollfd said{child.fd(), POLLIN, 0};
  ASSERT_EQ(poll(&said, 1, 10000), 1);
  close(pair[0]);
  char byte;
  pollfd closed{pair[1], POLLIN, 0};
  ASSERT_EQ(poll(&closed, 1, 10000), 1);
  EXPECT_EQ(read(pair[1], &byte, 1), 0) << "the other end is open in the child";
  close(pair[1]);
}

}  // namespace
}  // namespace understudy::daemon
