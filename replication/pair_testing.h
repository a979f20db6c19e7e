// A node of the pair for tests: a Pair, a clock, and verbs. For tests only.
//
//   PairNode node = Two();             // primary of epoch 2, the set is of two, B has acknowledged 10 entries
//   node.Log(14, 10);                  // appended up to 14, synced up to 10
//   Output out = node.Do(LinkDown{});
//   EXPECT_EQ(node.limit(), ...);      // up to where it may release
//
// Not thread-safe.
#ifndef UNDERSTUDY_REPLICATION_PAIR_TESTING_H_
#define UNDERSTUDY_REPLICATION_PAIR_TESTING_H_

#include <algorithm>
#include <cstdint>
#include <utility>
#include <vector>

#include "base/ids.h"
#include "base/time.h"
#include "gtest/gtest.h"
#include "replication/pair.h"
#include "replication/register.h"

namespace understudy::replication {

inline constexpr Incarnation kA{0xa0, 1};
inline constexpr Incarnation kB{0xb0, 1};
inline constexpr uint64_t kCluster = 7;

inline Register Of(uint64_t version, uint64_t epoch, const Incarnation& primary, std::vector<Incarnation> in_sync,
            CommitMode mode = CommitMode::kDurable) {
  return {kCluster, version, Epoch(epoch), primary, std::move(in_sync), mode, false};
}

inline NodeFacts Facts(const Incarnation& me, uint64_t promise, uint64_t end) {
  NodeFacts facts;
  facts.me = me;
  facts.cluster_id = kCluster;
  facts.new_cluster_id = 99;
  facts.promise = Epoch(promise);
  facts.last_epoch = Epoch(promise);
  facts.end = Lsn(end);
  return facts;
}

inline bool Says(const Output& out, PairEvent event) {
  return std::any_of(out.events.begin(), out.events.end(), [&](const auto& e) { return e.first == event; });
}

inline bool Asks(const Output& out, RegisterOperation operation) { return out.ask && out.ask->operation == operation; }

// A node, a clock, and verbs. While time passes the witness answers reads with what the node has seen before.
class PairNode {
 public:
  explicit PairNode(const NodeFacts& facts, const PairOptions& options = {}) : pair_(options, facts) { Do(Tick{}); }

  Output Do(const Input& input) {
    last_ = pair_.Step(now_, input);
    if (last_.ping) pinged_ = *last_.ping;
    return last_;
  }
  // The peer says something, and has heard what was sent before.
  Output Hear() {
    Do(PeerHeard{});
    return Do(PeerPong{pinged_});
  }
  Output Pass(int64_t milliseconds) {
    Output all;
    for (int64_t passed = 0; passed < milliseconds; passed += 20) {
      now_ = now_ + Duration::Milliseconds(20);
      Gather(Do(Tick{}), &all);
      if (last_.read && pair_.view()) Gather(Answer(*pair_.view()), &all);
    }
    return all;
  }
  Output Leap(int64_t milliseconds) {
    now_ = now_ + Duration::Milliseconds(milliseconds);
    return Do(Tick{});
  }
  Output Answer(const Register& now, RegisterVerdict verdict = RegisterVerdict::kDone) {
    return Do(WitnessAnswered{{verdict, now, ""}});
  }
  Output Log(uint64_t end, uint64_t durable) {
    Do(LogGrew{Lsn(end)});
    return Do(LogDurable{Lsn(durable)});
  }
  Output Ack(uint64_t received, uint64_t durable) {
    return Do(PeerAck{{pair_.epoch(), Lsn(received), Lsn(durable), Lsn(received)}});
  }
  // Of `epoch`, of which `view` names it the primary.
  void BecomePrimary(const Register& view) {
    Output out = Answer(view);
    if (out.keep_promise) out = Do(PromiseKept{*out.keep_promise});
    ASSERT_TRUE(out.serve);
  }
  void Follow(uint64_t epoch) {
    if (!last_.dial) Pass(120);
    Do(LinkUp{});
    Do(PeerWelcome{kA, Epoch(epoch), Plan::kTail});
    Do(PeerHeard{});
    const Output out = Do(Prepared{});
    if (out.keep_promise) Do(PromiseKept{*out.keep_promise});
    ASSERT_TRUE(pair_.accepts_append());
  }
  uint64_t pinged() const { return pinged_; }  // the last one that was sent
  uint64_t limit() const { return pair_.release_limit().value(); }
  Pair& pair() { return pair_; }
  const Pair& pair() const { return pair_; }

 private:
  static void Gather(const Output& out, Output* all) {
    if (out.ask) all->ask = out.ask;
    if (out.keep_promise) all->keep_promise = out.keep_promise;
    all->dial |= out.dial;
    all->hang_up |= out.hang_up;
    all->resume_input |= out.resume_input;
    all->events.insert(all->events.end(), out.events.begin(), out.events.end());
  }

  Pair pair_;
  Duration now_ = Duration::Seconds(100);
  Output last_;
  uint64_t pinged_ = 0;
};

// A primary of epoch 2 whose set is of two, with a session of B that has acknowledged all of 10 entries.
inline PairNode Two(CommitMode mode = CommitMode::kDurable, PairOptions options = {}) {
  options.mode = mode;
  PairNode node(Facts(kA, 1, 9), options);
  node.BecomePrimary(Of(5, 2, kA, {kA, kB}, mode));
  node.Log(10, 10);
  node.Do(PeerHello{kB, Epoch(2)});
  node.Do(SessionLive{true});
  node.Ack(10, 10);
  node.Hear();
  return node;
}

inline PairNode Alone(CommitMode mode = CommitMode::kDurable, PairOptions options = {}) {
  options.mode = mode;
  PairNode node(Facts(kA, 1, 9), options);
  node.BecomePrimary(Of(5, 2, kA, {kA}, mode));
  node.Log(10, 10);
  return node;
}

// B, a member that follows A in epoch 2.
inline PairNode Backup(CommitMode mode = CommitMode::kDurable) {
  PairOptions options;
  options.mode = mode;
  PairNode node(Facts(kB, 2, 10), options);
  node.Answer(Of(5, 2, kA, {kA, kB}, mode));
  node.Follow(2);
  return node;
}

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_PAIR_TESTING_H_
