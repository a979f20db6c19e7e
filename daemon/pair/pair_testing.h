// Both nodes of a pair in one process, for tests: each a core over a simulated disk and a driver over a real link on
// loopback, with a witness in memory and two phones that call each other through whoever serves.
//
//   TestPair pair({.speed = 3});
//   ASSERT_TRUE(pair.Start());
//   ASSERT_TRUE(pair.RunUntil([&] { return pair.InSync(); }));
//   pair.Calls(3);
//   pair.primary()->LosePower(seed, journal::PowerLossMode::kTear512);
//   ASSERT_TRUE(pair.RunUntil([&] { return pair.primary() != nullptr; }));
//   EXPECT_EQ(pair.ledger().violation(), "");
//
// Time is the test's own: it goes on while turns are run, `speed` times as fast as the machine's, and never more than a
// few milliseconds a turn, so that a busy machine is not a silent peer. The driver's tick, and what the witness calls a
// while, are the machine's.
#ifndef UNDERSTUDY_DAEMON_PAIR_PAIR_TESTING_H_
#define UNDERSTUDY_DAEMON_PAIR_PAIR_TESTING_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <random>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/time.h"
#include "daemon/core/clock.h"
#include "daemon/core/core.h"
#include "daemon/core/forked_state_source.h"
#include "daemon/core/set_aside.h"
#include "daemon/core/test_phones.h"
#include "daemon/link/frame_port.h"
#include "daemon/log/log.h"
#include "daemon/net/io_loop.h"
#include "daemon/pair/pair_driver.h"
#include "daemon/pair/release_ledger.h"
#include "daemon/witness/test_witness.h"
#include "journal/faulty_file_system.h"

namespace understudy::daemon {

// What a machine's clock is to the others: another boot, another zero, a wall clock that is off.
class NodeClock : public Clock {
 public:
  NodeClock(const Duration* now, uint64_t number) : now_(now), number_(number) {}
  Duration Monotonic() const override { return *now_ - booted_ + Duration::Seconds(static_cast<int64_t>(number_)); }
  WallTime Wall() const override;
  Duration SinceBoot() const override { return Monotonic(); }
  Hash128 BootId() const override { return Hash128{boots_, number_}; }
  void Reboot();

 private:
  const Duration* const now_;
  const uint64_t number_;
  uint64_t boots_ = 1;
  Duration booted_;
};

struct TestNodeOptions {
  std::string name;
  Endpoint listen;
  Endpoint remote;
  replication::PairOptions pair;
  std::string service = "10.0.0.9:5060";
  uint64_t configuration_digest = 1;
  Duration remote_timeout;
  bool remote_trace = false;
  Duration release_age = Duration::Seconds(2);
  Duration snapshot_interval = Duration::Seconds(3600);
  journal::RetentionLimits retention;
  size_t memtable_bytes = size_t{256} << 10;
  Duration peer_retention = Duration::Seconds(86400);
  Duration opening = Duration::Seconds(2);  // of a link
  bool sync = true;                         // false: its disk says that it syncs, once the node is up, and does not
};

// One node. Everything happens on the loop's thread; Start, Kill and LosePower not within a callback of it.
class TestNode : public PairHost, public EffectSink {
 public:
  // What was let out.
  struct Left {
    Lsn lsn;
    Epoch epoch;
    Endpoint to;
    std::string bytes;
  };

  // All outlive the node. `left` sees every message that leaves.
  TestNode(net::IoLoop* loop, const Duration* now, uint64_t number, const TestNodeOptions& options,
           witness::TestRegister* reg, ReleaseLedger* ledger, std::function<void(const engine::SendSip&)> left);
  ~TestNode() override;

  // A process begins. An error: it ended at once.
  absl::Status Start();
  // The process ends; its machine goes on.
  void Kill();
  void LosePower(uint64_t seed, journal::PowerLossMode mode);

  bool up() const { return core_ != nullptr; }
  bool serving() const { return up() && core_->serving(); }
  bool takes_input() const { return serving() && !holds_input_ && !dying(); }
  // It has no power any more, or has failed: gone at the end of the turn.
  bool dying() const { return file_system_->PowerIsCut() || !failure_.ok(); }
  const std::string& name() const { return options_.name; }
  // Takes effect at the next start.
  TestNodeOptions& options() { return options_; }
  Core& core() { return *core_; }
  PairDriver& driver() { return *driver_; }
  const replication::Pair& pair() const { return driver_->pair(); }
  journal::FaultyFileSystem& disk() { return *file_system_; }
  const std::shared_ptr<journal::FaultyFileSystem>& file_system() const { return file_system_; }
  const std::string& directory() const { return directory_; }
  // Why the process ended itself, the last time.
  const absl::Status& failure() const { return failure_; }
  int refilled() const { return refilled_; }  // so often
  // The last start found a journal that is no good.
  const absl::optional<JournalSetAside>& set_aside() const { return set_aside_; }
  // A power loss or a death came while the journal was being filled anew.
  bool filling() const { return filling_; }
  const std::vector<Left>& left() const { return left_; }
  Duration longest_hold() const { return longest_hold_; }  // of an effect, so far
  void ForgetHolds() { longest_hold_ = Duration(); }
  std::string LogText() const;

  void Deliver(const TestPhones::Sent& sent);
  void Tick();
  void EndOfTurn();

  // PairHost
  void BeginService(Epoch epoch, bool forced) override;
  void EndService() override { core_->StepDown(); }
  void HoldInput() override { holds_input_ = true; }
  void ResumeInput() override { holds_input_ = false; }
  void OnCommitted() override {}
  void Refill(FilledState filled) override;
  void GiveUpJournal(const absl::Status& why) override { Fail(why); }
  void Condemn(uint64_t fingerprint) override { condemned_.push_back(fingerprint); }
  std::vector<uint64_t> Condemned() const override { return condemned_; }
  void Fail(const absl::Status& why) override;
  // EffectSink
  void Release(Lsn lsn, const engine::Effect& effect) override;

 private:
  PairDriverOptions DriverOptions();
  void OnCommits();
  void BeginAnew(const FilledState& filled);
  void End();

  net::IoLoop* const loop_;
  TestNodeOptions options_;
  witness::TestRegister* const register_;
  ReleaseLedger* const ledger_;
  const std::function<void(const engine::SendSip&)> on_left_;
  const std::string directory_ = "/journal";
  std::shared_ptr<journal::FaultyFileSystem> file_system_;
  NodeClock clock_;
  std::mt19937_64 random_;
  std::string log_path_;
  std::unique_ptr<log::Log> log_;
  std::shared_ptr<bool> life_;  // of the process
  std::unique_ptr<Core> core_;
  ForkedStateSource states_;
  std::unique_ptr<witness::TestWitness> witness_;
  std::unique_ptr<link::FramePort> port_;
  std::unique_ptr<PairDriver> driver_;
  absl::Status failure_;
  bool holds_input_ = false;
  int refilled_ = 0;
  bool filling_ = false;
  absl::optional<JournalSetAside> set_aside_;
  std::vector<uint64_t> condemned_;
  Lsn releasing_;
  int ordinal_ = 0;
  std::vector<Left> left_;
  Duration longest_hold_;
};

struct TestPairOptions {
  int speed = 1;
  uint32_t seed = 1;
  replication::PairOptions pair;
};

class TestPair {
 public:
  explicit TestPair(const TestPairOptions& options = {});
  ~TestPair();

  // Both processes.
  absl::Status Start();
  void Turn();
  void Run(Duration test_time);
  // False after a minute of the machine's time.
  bool RunUntil(const std::function<bool()>& done);

  TestNode& a() { return *nodes_[0]; }
  TestNode& b() { return *nodes_[1]; }
  TestNode& node(size_t i) { return *nodes_[i]; }
  TestNode& other(const TestNode& node) { return &node == nodes_[0].get() ? b() : a(); }
  // Whoever serves, of two the one of the higher epoch; null: nobody.
  TestNode* primary();
  bool InSync();
  // How both are, for a failure's text.
  std::string ToText();

  net::IoLoop& loop() { return loop_; }
  Duration now() const { return now_; }
  void Advance(Duration d) { now_ = now_ + d; }
  witness::TestRegister& reg() { return register_; }
  ReleaseLedger& ledger() { return ledger_; }
  TestPhones& phones() { return phones_; }
  // The phones' messages wait meanwhile.
  void set_hold_phones(bool hold) { hold_phones_ = hold; }
  // Every call of which the parties know that it is established is there.
  void CheckCalls(const Core& core);

 private:
  void DeliverPhones();

  net::IoLoop loop_;
  Duration now_ = Duration::Seconds(1000);
  const int speed_;
  net::MonotonicTime last_turn_;
  witness::TestRegister register_{&loop_};
  ReleaseLedger ledger_;
  TestPhones phones_;
  std::vector<TestPhones::Sent> waiting_;
  bool hold_phones_ = false;
  std::unique_ptr<TestNode> nodes_[2];
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_PAIR_TESTING_H_
