#include "daemon/net/io_loop.h"

#include <signal.h>
#include <sys/socket.h>

#include <memory>
#include <string>
#include <thread>
#include <vector>

#include "daemon/net/owned_fd.h"
#include "gtest/gtest.h"

namespace understudy::net {
namespace {

constexpr Duration kLong = Duration::Seconds(10);

struct Pair {
  Pair() {
    int fds[2];
    EXPECT_EQ(socketpair(AF_UNIX, SOCK_DGRAM | SOCK_NONBLOCK, 0, fds), 0);
    near = OwnedFd(fds[0]);
    far = OwnedFd(fds[1]);
  }
  void Write() { EXPECT_EQ(send(far.get(), "x", 1, 0), 1); }
  bool Read() {
    char c;
    return recv(near.get(), &c, 1, 0) == 1;
  }
  OwnedFd near;
  OwnedFd far;
};

TEST(IoLoop, ReadableIsToldAgainUntilItIsRead) {
  IoLoop loop;
  Pair pair;
  FdWatch watch(&loop, pair.near.get());
  int told = 0;
  watch.WatchReadable([&] {
    ++told;
    if (told == 3) pair.Read();
  });
  pair.Write();
  while (told < 3) loop.RunTurn(kLong);
  EXPECT_EQ(loop.RunTurn(Duration::Milliseconds(20)), 0);
  EXPECT_EQ(told, 3);
}

TEST(IoLoop, PausedWatchIsSilentAndResumesWithWhatWaited) {
  IoLoop loop;
  Pair pair;
  FdWatch watch(&loop, pair.near.get());
  int told = 0;
  watch.WatchReadable([&] {
    EXPECT_TRUE(pair.Read());
    ++told;
  });
  watch.PauseReadable();
  pair.Write();
  loop.RunTurn(Duration::Milliseconds(20));
  EXPECT_EQ(told, 0);
  watch.ResumeReadable();
  while (told == 0) loop.RunTurn(kLong);
  EXPECT_EQ(told, 1);
}

TEST(IoLoop, WatchMayEndInsideItsOwnCallback) {
  IoLoop loop;
  Pair pair;
  auto watch = std::make_unique<FdWatch>(&loop, pair.near.get());
  int told = 0;
  watch->WatchReadable([&] {
    ++told;
    watch.reset();
  });
  pair.Write();
  while (told == 0) loop.RunTurn(kLong);
  EXPECT_EQ(loop.RunTurn(Duration::Milliseconds(20)), 0);
  EXPECT_EQ(told, 1);
}

TEST(IoLoop, WritableIsToldOnce) {
  IoLoop loop;
  Pair pair;
  FdWatch watch(&loop, pair.near.get());
  int told = 0;
  watch.AwaitWritable([&] { ++told; });
  while (told == 0) loop.RunTurn(kLong);
  EXPECT_EQ(loop.RunTurn(Duration::Milliseconds(20)), 0);
  EXPECT_EQ(told, 1);
}

TEST(IoLoop, PostsFromOtherThreadsKeepTheirOrder) {
  IoLoop loop;
  std::vector<int> seen;
  std::thread other([&] {
    for (int i = 0; i < 100; ++i) loop.Post([&seen, i] { seen.push_back(i); });
    loop.Post([&] { loop.Stop(); });
  });
  loop.Run();
  other.join();
  ASSERT_EQ(seen.size(), 100u);
  for (int i = 0; i < 100; ++i) EXPECT_EQ(seen[i], i);
}

TEST(IoLoop, TurnEndsAfterWhatWasReadyTogether) {
  IoLoop loop;
  int posted = 0;
  int at_end = -1;
  loop.SetEndOfTurn([&] { at_end = posted; });
  for (int i = 0; i < 3; ++i) loop.Post([&] { ++posted; });
  loop.RunTurn(kLong);
  EXPECT_EQ(at_end, 3);
}

TEST(TurnEnd, ComesOnceAfterTheLoopsOwnEndOfTurn) {
  IoLoop loop;
  std::string order;
  TurnEnd end(&loop, [&] { order += "end "; });
  loop.SetEndOfTurn([&] {
    order += "turn ";
    if (order == "turn ") end.Request();
  });
  loop.Post([&] { end.Request(); });
  loop.RunTurn(kLong);
  EXPECT_EQ(order, "turn end ");
  loop.Post([] {});
  loop.RunTurn(kLong);
  EXPECT_EQ(order, "turn end turn ");
}

TEST(TurnEnd, AskedForOutsideATurnWakesTheLoop) {
  IoLoop loop;
  int ends = 0;
  TurnEnd end(&loop, [&] {
    if (++ends < 3) end.Request();
    if (ends == 3) loop.Stop();
  });
  end.Request();
  loop.Run();
  EXPECT_EQ(ends, 3);
}

TEST(TurnEnd, GoneIsSilent) {
  IoLoop loop;
  int ends = 0;
  auto end = std::make_unique<TurnEnd>(&loop, [&] { ++ends; });
  end->Request();
  end.reset();
  loop.RunTurn(kLong);
  EXPECT_EQ(ends, 0);
}

TEST(Alarm, FiresAtTheLastTimeThatWasSet) {
  IoLoop loop;
  MonotonicTime fired;
  Alarm alarm(&loop, [&] { fired = MonotonicNow(); });
  const MonotonicTime start = MonotonicNow();
  alarm.SetAt(start + Duration::Milliseconds(5));
  alarm.SetAt(start + Duration::Milliseconds(40));
  EXPECT_TRUE(alarm.is_set());
  while (alarm.is_set()) loop.RunTurn(kLong);
  EXPECT_GE(fired, start + Duration::Milliseconds(40));
}

TEST(Alarm, EarlierTimeReplacesALaterOne) {
  IoLoop loop;
  int fired = 0;
  Alarm alarm(&loop, [&] { ++fired; });
  alarm.SetAfter(Duration::Seconds(3600));
  alarm.SetAfter(Duration::Milliseconds(1));
  while (fired == 0) loop.RunTurn(kLong);
  EXPECT_FALSE(alarm.is_set());
}

TEST(Alarm, ClearedAlarmIsSilent) {
  IoLoop loop;
  int fired = 0;
  Alarm alarm(&loop, [&] { ++fired; });
  alarm.SetAfter(Duration::Milliseconds(1));
  alarm.Clear();
  Alarm later(&loop, [&] { loop.Stop(); });
  later.SetAfter(Duration::Milliseconds(20));
  loop.Run();
  EXPECT_EQ(fired, 0);
}

TEST(IoLoop, SignalIsACallback) {
  IoLoop loop;
  int got = 0;
  loop.OnSignals({SIGUSR1}, [&](int signal) {
    got = signal;
    loop.Stop();
  });
  ASSERT_EQ(raise(SIGUSR1), 0);
  loop.Run();
  EXPECT_EQ(got, SIGUSR1);
}

TEST(IoLoop, SignalsOfDifferentTimesHaveCallbacksOfTheirOwn) {
  IoLoop loop;
  std::string got;
  loop.OnSignals({SIGUSR1}, [&](int) { got += "first "; });
  ASSERT_EQ(raise(SIGUSR1), 0);  // waits until the loop runs
  loop.OnSignals({SIGUSR2}, [&](int) {
    got += "second ";
    loop.Stop();
  });
  loop.RunTurn(Duration::Seconds(10));
  ASSERT_EQ(raise(SIGUSR2), 0);
  loop.Run();
  EXPECT_EQ(got, "first second ");
}

}  // namespace
}  // namespace understudy::net
