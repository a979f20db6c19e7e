// The promise of the commit rule, tried: calls go on while power fails at any write, and nothing that a party was told
// is forgotten. And the same with a disk that lies about syncing, which must be noticed.
#include <map>
#include <memory>
#include <random>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/core/core.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "engine/admission.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "sip/parse.h"

namespace understudy::daemon {
namespace {

class PowerLossRun : public EffectSink {
 public:
  explicit PowerLossRun(uint32_t seed) : random_(seed), file_system_(std::make_shared<journal::FaultyFileSystem>()) {}

  journal::FaultyFileSystem& disk() { return *file_system_; }
  const std::string& violation() const { return violation_; }
  uint64_t established() const { return phones_.established().size(); }
  uint64_t released() const { return told_.size(); }
  int lives_with_snapshots() const { return snapshots_; }
  // After the last loss: is everything there?
  bool Look() { return Start() && core_ != nullptr; }

  // Serves until power fails, then starts again and looks. False once something was lost.
  bool Once(journal::PowerLossMode mode) {
    // Often soon, now and then after snapshots, retention and a new write-ahead log; or in the middle of a start.
    const uint32_t kind = random_() % 8;
    if (kind == 0) file_system_->CutPowerAfter(1 + random_() % 100);
    if (!Start()) return false;
    if (kind != 0) file_system_->CutPowerAfter(1 + random_() % (kind == 1 ? 1500 : 60));
    while (core_ != nullptr && Turn()) continue;
    snapshots_ += core_ != nullptr && !core_->newest_snapshot().empty() ? 1 : 0;
    core_.reset();
    file_system_->RestorePower(random_(), mode);
    clock_.Reboot();
    clock_.Advance(Duration::Milliseconds(static_cast<int64_t>(random_() % 3000)));
    return violation_.empty();
  }

  // EffectSink: what is released reaches a party, and may never be unsaid.
  void Release(Lsn lsn, const engine::Effect& effect) override {
    const auto* send = std::get_if<engine::SendSip>(&effect);
    if (send == nullptr || file_system_->PowerIsCut()) return;  // a machine without power sends nothing
    const std::string told = absl::StrCat(send->remote.ToText(), " ", send->bytes.view());
    std::string& before = told_[std::make_pair(lsn.value(), ordinal_[lsn.value()]++)];
    if (!before.empty() && before != told) Lost(absl::StrCat("lsn ", lsn.value(), " was released with other bytes"));
    before = told;
    last_told_ = std::max(last_told_, lsn);
    phones_.Receive(*send);
  }

 private:
  void Lost(std::string what) {
    if (violation_.empty()) violation_ = std::move(what);
  }

  bool Start() {
    CoreOptions options;
    options.file_system = file_system_;
    options.directory = "/journal";
    options.cluster_id = 7;
    options.clock = &clock_;
    options.random = HashKey{random_(), random_()};
    options.keep_reserve = false;
    options.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
    options.snapshot_interval = Duration::Milliseconds(400);
    options.retention.max_bytes = 100000;
    options.memtable_bytes = size_t{64} << 10;
    ordinal_.clear();
    absl::StatusOr<std::unique_ptr<Core>> core =
        Core::Start(options, TestPhones::Configuration(), this, [this] { bell_.Ring(); });
    if (!core.ok() && file_system_->PowerIsCut()) return true;  // it failed during the start: again, then
    if (!core.ok()) {
      Lost(absl::StrCat("the journal does not open: ", core.status().message()));
      return false;
    }
    core_ = *std::move(core);
    if (core_->durable() < last_told_) {
      Lost(absl::StrCat("lsn ", last_told_.value(), " was released, the journal ends at ", core_->durable().value()));
    }
    CheckCalls();
    return violation_.empty();
  }

  void CheckCalls() {
    std::set<std::string> confirmed;
    for (const auto& [id, call] : core_->state().calls.rows()) {
      const engine::Leg& caller = *core_->state().LegAt(*call, 0);
      const bool both = caller.phase == engine::Leg::Phase::kConfirmed &&
                        core_->state().PeerOf(caller)->phase == engine::Leg::Phase::kConfirmed;
      const std::string& sip_call_id = caller.dialog.call_id;
      if (both) confirmed.insert(sip_call_id.substr(0, sip_call_id.find('@')));
    }
    for (const std::string& call : phones_.established()) {
      if (!confirmed.contains(call)) Lost(absl::StrCat("established call ", call, " is gone"));
    }
  }

  // False when power has failed.
  bool Turn() {
    clock_.Advance(Duration::Milliseconds(5));
    if (random_() % 2 == 0) phones_.Call();
    if (random_() % 4 == 0) phones_.HangUp();
    for (const TestPhones::Sent& sent : phones_.TakeSent()) Deliver(sent);
    core_->Tick();
    core_->EndTurn();
    if (core_->commit_in_flight()) bell_.Await();
    if (!core_->TakeCommits().status.ok()) return false;
    core_->EndTurn();  // a snapshot is adopted when what it has is durable
    return !file_system_->PowerIsCut();
  }

  void Deliver(const TestPhones::Sent& sent) {
    engine::SipReceived message;
    message.remote = sent.from;
    message.bytes = sent.bytes;
    sip::ParseError error;
    ASSERT_TRUE(sip::ParseMessage(sent.bytes, &message.message, &error)) << error.text << "\n" << sent.bytes;
    if (engine::Admit(core_->state(), message, core_->outbox().released()).append) core_->Append(std::move(message));
  }

  std::mt19937 random_;
  std::shared_ptr<journal::FaultyFileSystem> file_system_;
  TestClock clock_;
  Bell bell_;
  TestPhones phones_;
  std::unique_ptr<Core> core_;
  std::map<std::pair<uint64_t, int>, std::string> told_;  // by lsn and place in its entry
  std::map<uint64_t, int> ordinal_;
  Lsn last_told_;
  int snapshots_ = 0;
  std::string violation_;
};

// Runs until `losses` power losses are survived or something is lost.
int Survive(PowerLossRun* run, int losses) {
  for (int i = 0; i < losses; ++i) {
    const size_t modes = std::size(journal::kAllPowerLossModes);
    if (!run->Once(journal::kAllPowerLossModes[static_cast<size_t>(i) % modes])) return i;
  }
  return run->Look() ? losses : losses - 1;
}

TEST(PowerLoss, NothingThatWasReleasedIsLostIn200PowerLosses) {
  uint64_t released = 0;
  for (uint32_t seed = 1; seed <= 4; ++seed) {
    PowerLossRun run(seed);
    EXPECT_EQ(Survive(&run, 50), 50) << "seed " << seed << ": " << run.violation();
    EXPECT_GT(run.established(), 0u);
    EXPECT_GT(run.lives_with_snapshots(), 5);
    released += run.released();
  }
  EXPECT_GT(released, 1000u);
}

TEST(PowerLoss, ADiskThatLiesAboutSyncingIsCaught) {
  PowerLossRun run(5);
  run.disk().SetSyncIsNoOp(true);
  EXPECT_LT(Survive(&run, 50), 50) << "nothing was lost although nothing was synced: the test above proves nothing";
  EXPECT_NE(run.violation(), "");
  EXPECT_GT(run.released(), 0u) << "it never served: " << run.violation();
}

}  // namespace
}  // namespace understudy::daemon
