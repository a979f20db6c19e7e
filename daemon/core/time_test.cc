// Time that jumps, stands still or was served by nobody: no call and no registration is lost by it, and no timer fires
// early or twice.
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "daemon/core/core.h"
#include "daemon/core/last_alive.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "engine/admission.h"
#include "engine/snapshot.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"
#include "journal/layout.h"
#include "journal/refill.h"
#include "rocksdb/file_system.h"
#include "sip/parse.h"

namespace understudy::daemon {
namespace {

class TimeTest : public testing::Test, public EffectSink {
 protected:
  TimeTest() : file_system_(std::make_shared<journal::FaultyFileSystem>()) {
    engine::ConfigurationChange change;
    engine::Dn phone;
    phone.number = "1001";
    phone.options["TServer"]["contact"] = "*";
    change.upserts = {phone};
    configuration_ = TestPhones::Configuration();
    configuration_.Apply(change);
    Start();
  }

  void Release(Lsn, const engine::Effect& effect) override {
    const auto* send = std::get_if<engine::SendSip>(&effect);
    if (send == nullptr) return;
    sent_.push_back(std::string(send->bytes.view()));
    if (answering_) phones_.Receive(*send);
  }

  void Start() {
    CoreOptions options;
    options.file_system = file_system_;
    options.directory = "/journal";
    options.cluster_id = 7;
    options.clock = &clock_;
    options.random = HashKey{11, ++starts_};
    options.keep_reserve = false;
    options.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
    absl::StatusOr<std::unique_ptr<Core>> core = Core::Start(options, configuration_, this, [this] { bell_.Ring(); });
    ASSERT_TRUE(core.ok()) << core.status();
    core_ = *std::move(core);
    Turn();
  }

  // The process dies; `away` later another one starts.
  void RestartAfter(Duration away) {
    core_.reset();
    clock_.Advance(away);
    Start();
  }

  void Turn() {
    core_->Tick();
    for (const TestPhones::Sent& sent : phones_.TakeSent()) Deliver(sent.from, sent.bytes);
    core_->EndTurn();
    while (core_->commit_in_flight()) {
      bell_.Await();
      ASSERT_TRUE(core_->TakeCommits().status.ok());
    }
    core_->TakeCommits();
  }

  // A node of a pair, on a machine of its own.
  std::unique_ptr<Core> OpenBackup(std::shared_ptr<journal::FaultyFileSystem> file_system, const Clock* clock) {
    CoreOptions options;
    options.file_system = std::move(file_system);
    options.directory = "/journal";
    options.cluster_id = 7;
    options.clock = clock;
    options.random = HashKey{12, 1};
    options.keep_reserve = false;
    options.make_snapshot_work = [clock] { return std::make_unique<SteppedSnapshotWork>(clock, Duration()); };
    options.pair = true;
    return Core::Open(options, this, [] {}).value();
  }

  std::unique_ptr<Core> BlankBackup(const Clock* clock) {
    return OpenBackup(std::make_shared<journal::FaultyFileSystem>(), clock);
  }

  // A call whose callee is silent.
  void CallInVain() {
    answering_ = false;
    phones_.Call();
    Turn();
  }

  // It takes all that it does not have yet.
  void Feed(Core* backup) { FeedFrom(*core_, backup); }
  static void FeedFrom(const Core& primary, Core* backup) {
    const std::unique_ptr<journal::LogIterator> log = primary.log().NewIterator();
    for (log->Seek(backup->end().Next()); log->Valid(); log->Next()) {
      ASSERT_TRUE(backup->Follow(journal::EncodedBatch::FromBytes(log->bytes()).value()).ok());
    }
  }

  void TakeOver(Core* backup, Epoch epoch = Epoch(9)) {
    sent_.clear();
    backup->Serve(epoch, HashKey{1, 1}, false, configuration_);
    backup->EndTurn();
    ASSERT_TRUE(backup->Drain().ok());
    backup->Release(backup->durable());
  }

  // A server that is scheduled as it should be: it looks at its clock four times a second.
  void Serve(Duration d) {
    for (Duration past; past < d; past = past + Duration::Milliseconds(250)) {
      clock_.Advance(Duration::Milliseconds(250));
      Turn();
    }
  }

  void Deliver(const Endpoint& from, const std::string& bytes) {
    engine::SipReceived message;
    message.remote = from;
    message.bytes = bytes;
    sip::ParseError error;
    ASSERT_TRUE(sip::ParseMessage(bytes, &message.message, &error)) << error.text;
    if (engine::Admit(core_->state(), message, core_->outbox().released()).append) core_->Append(std::move(message));
  }

  void Register(int seconds) {
    ++registers_;
    Deliver(Endpoint::V4(10, 0, 0, 3, 5060),
            absl::StrCat("REGISTER sip:10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.3:5060;branch=z9hG4bKr", registers_,
                         "\r\nMax-Forwards: 70\r\nFrom: <sip:1001@10.0.0.9>;tag=p\r\nTo: <sip:1001@10.0.0.9>\r\n"
                         "Call-ID: reg@10.0.0.3\r\nCSeq: ",
                         registers_, " REGISTER\r\nContact: <sip:1001@10.0.0.3>;expires=", seconds,
                         "\r\nContent-Length: 0\r\n\r\n"));
    Turn();
  }

  void EstablishCall() {
    phones_.Call();
    for (int i = 0; i < 5; ++i) Turn();
    ASSERT_EQ(phones_.established().size(), 1u);
  }

  size_t registrations() const { return core_->state().registrar.bindings().size(); }
  size_t calls() const { return core_->state().calls.size(); }
  int CountSent(absl::string_view beginning) const {
    int n = 0;
    for (const std::string& text : sent_) n += absl::StartsWith(text, beginning) ? 1 : 0;
    return n;
  }

  std::shared_ptr<journal::FaultyFileSystem> file_system_;
  engine::Configuration configuration_;
  TestClock clock_;
  Bell bell_;
  TestPhones phones_;
  bool answering_ = true;
  std::vector<std::string> sent_;
  uint64_t starts_ = 0;
  int registers_ = 0;
  std::unique_ptr<Core> core_;
};

TEST_F(TimeTest, AWallClockSteppedAnHourEitherWayChangesNothing) {
  Register(60);
  EstablishCall();
  for (int hours : {1, -2, 1}) {
    clock_.StepWall(Duration::Seconds(3600 * hours));
    Serve(Duration::Seconds(10));
    EXPECT_EQ(registrations(), 1u);
    EXPECT_EQ(calls(), 1u);
  }
  Serve(Duration::Seconds(31));
  EXPECT_EQ(registrations(), 0u) << "60 s after the REGISTER, by any other clock";
}

TEST_F(TimeTest, AProcessStoppedFor40SecondsLosesNothing) {
  Register(60);
  Serve(Duration::Seconds(30));
  EstablishCall();
  clock_.Advance(Duration::Seconds(40));
  Turn();
  EXPECT_EQ(core_->service_gaps().count, 1u);
  EXPECT_EQ(registrations(), 1u) << "it would have ended 10 s ago; the phone gets 32 s to renew it";
  EXPECT_EQ(calls(), 1u);
  Serve(Duration::Seconds(31));
  EXPECT_EQ(registrations(), 1u);
  Serve(Duration::Seconds(2));
  EXPECT_EQ(registrations(), 0u);
}

TEST_F(TimeTest, ATransactionTimerIsNeitherEarlyNorDoubledByAStop) {
  CallInVain();  // the INVITE is repeated after 0.5, 1.5, 3.5 s ...
  EXPECT_EQ(CountSent("INVITE "), 1);
  Serve(Duration::Milliseconds(500));
  EXPECT_EQ(CountSent("INVITE "), 2);
  clock_.Advance(Duration::Seconds(40));
  Turn();
  EXPECT_EQ(CountSent("INVITE "), 2) << "the second repetition is due 1 s of service after the first";
  Serve(Duration::Milliseconds(750));
  EXPECT_EQ(CountSent("INVITE "), 2);
  Serve(Duration::Milliseconds(250));
  EXPECT_EQ(CountSent("INVITE "), 3);
  Serve(Duration::Milliseconds(1750));
  EXPECT_EQ(CountSent("INVITE "), 3);
}

TEST_F(TimeTest, ARestartAfterFiveMinutesKeepsCallsAndRegistrations) {
  Register(60);
  EstablishCall();
  RestartAfter(Duration::Seconds(300));
  EXPECT_EQ(calls(), 1u);
  EXPECT_EQ(registrations(), 1u);
  Serve(Duration::Seconds(31));
  EXPECT_EQ(registrations(), 1u);
  Serve(Duration::Seconds(2));
  EXPECT_EQ(registrations(), 0u);
  phones_.HangUp();
  Turn();
  EXPECT_EQ(calls(), 0u);
}

TEST_F(TimeTest, AfterARebootTheWallClockSaysHowLongNobodyServed) {
  Register(600);
  const EngineTime before = core_->state().engine_time;
  core_.reset();
  clock_.Reboot();
  clock_.Advance(Duration::Seconds(300));
  Start();
  EXPECT_EQ(registrations(), 1u);
  EXPECT_GE(core_->state().engine_time - before, Duration::Seconds(300));
  Serve(Duration::Seconds(299));
  EXPECT_EQ(registrations(), 1u);
  Serve(Duration::Seconds(2));
  EXPECT_EQ(registrations(), 0u);
}

TEST_F(TimeTest, AWallClockSetBackWhileDownDoesNotTurnTimeBack) {
  Register(60);
  const EngineTime before = core_->state().engine_time;
  clock_.Reboot();
  clock_.StepWall(Duration::Seconds(-3600));
  RestartAfter(Duration::Seconds(5));
  EXPECT_GE(core_->state().engine_time, before);
  EXPECT_EQ(registrations(), 1u);
}

TEST_F(TimeTest, EffectsOlderThanTheReleaseAgeAreNotSent) {
  answering_ = false;
  phones_.Call();
  for (const TestPhones::Sent& sent : phones_.TakeSent()) Deliver(sent.from, sent.bytes);
  core_->EndTurn();
  clock_.Advance(Duration::Milliseconds(2100));
  while (core_->commit_in_flight()) {
    bell_.Await();
    ASSERT_TRUE(core_->TakeCommits().status.ok());
  }
  EXPECT_EQ(CountSent("INVITE "), 0);
  EXPECT_EQ(core_->outbox().too_old(), 2u) << "the 100 and the INVITE";
  Serve(Duration::Milliseconds(750));
  EXPECT_EQ(CountSent("INVITE "), 1) << "its timer sends it";
}

// The wall clock is all that is left after a reboot, and it says that the last batch is of the future: its effects may
// be of any age.
TEST_F(TimeTest, EffectsWhoseAgeNobodyKnowsAreNotSentAfterARestart) {
  for (const Duration step : {Duration(), Duration::Seconds(-3600)}) {
    answering_ = false;
    sent_.clear();
    phones_.Call();
    for (const TestPhones::Sent& sent : phones_.TakeSent()) Deliver(sent.from, sent.bytes);
    core_->EndTurn();
    core_.reset();
    clock_.Reboot();
    clock_.StepWall(step);
    RestartAfter(Duration::Milliseconds(100));
    EXPECT_EQ(CountSent("INVITE "), step == Duration() ? 1 : 0);
  }
}

// What came while the backup was stopped lay in its socket: it is older than the moment in which it is read.
TEST_F(TimeTest, ABackupThatWasStoppedDoesNotSendWhatHasGrownOldMeanwhile) {
  for (const int seconds : {1, 5}) {
    TestClock clock;
    clock.Advance(Duration::Seconds(40));
    const std::unique_ptr<Core> backup = BlankBackup(&clock);
    Feed(backup.get());
    CallInVain();
    clock.Advance(Duration::Seconds(seconds));
    Feed(backup.get());
    TakeOver(backup.get());
    EXPECT_EQ(CountSent("INVITE "), seconds < 2 ? 1 : 0);
  }
}

// A backup that catches up gets old entries and new ones at once.
TEST_F(TimeTest, WhatComesLateOutOfThePrimarysLogIsAsOldAsItWasThere) {
  answering_ = false;
  for (int i = 0; i < 2; ++i) {
    phones_.Call();
    for (const TestPhones::Sent& sent : phones_.TakeSent()) Deliver(sent.from, sent.bytes);
    core_->EndTurn();
    if (i == 0) clock_.Advance(Duration::Seconds(3));
  }
  ASSERT_TRUE(core_->Drain().ok());
  TestClock clock;
  const std::unique_ptr<Core> backup = BlankBackup(&clock);
  Feed(backup.get());
  TakeOver(backup.get());
  EXPECT_EQ(CountSent("INVITE "), 1);
  EXPECT_EQ(backup->outbox().too_old(), 2u) << "the 100 and the INVITE of the first call";
}

// Who served in between did not know how long nobody had: its entries say nothing of how old the earlier ones are.
TEST_F(TimeTest, WhatWasOldWhenABackupStartedIsNotSentAfterAReignThatKnewLessOfTime) {
  for (const int seconds : {1, 5}) {
    const auto disk = std::make_shared<journal::FaultyFileSystem>();
    TestClock clock;
    std::unique_ptr<Core> backup = OpenBackup(disk, &clock);
    const std::unique_ptr<Core> between = BlankBackup(&clock);
    CallInVain();
    Feed(backup.get());
    Feed(between.get());
    TakeOver(between.get());
    backup.reset();
    clock.Advance(Duration::Seconds(seconds));
    backup = OpenBackup(disk, &clock);
    FeedFrom(*between, backup.get());
    TakeOver(backup.get(), Epoch(10));
    EXPECT_EQ(CountSent("INVITE "), seconds < 2 ? 1 : 0);
  }
}

// The wall clock, and a note of what was cut, would have it so.
TEST_F(TimeTest, ACutDoesNotMakeWhatIsKeptYounger) {
  TestClock clock;
  clock.Reboot();  // another boot than the primary's
  const std::unique_ptr<Core> backup = BlankBackup(&clock);
  const std::unique_ptr<Core> between = BlankBackup(&clock);
  CallInVain();
  Feed(backup.get());
  Feed(between.get());
  const Lsn kept = backup->end();
  clock.Advance(Duration::Seconds(5));
  clock.StepWall(Duration::Seconds(-5));
  TakeOver(between.get());
  FeedFrom(*between, backup.get());
  ASSERT_TRUE(backup->CutAfter(kept).ok());
  TakeOver(backup.get(), Epoch(10));
  EXPECT_EQ(CountSent("INVITE "), 0);
}

// It lacked the end of a reign that is over; nobody says any more how long ago that was.
TEST_F(TimeTest, WhatComesOfAnEarlierReignOnlyAfterItIsTooOld) {
  TestClock clock;
  const std::unique_ptr<Core> between = BlankBackup(&clock);
  const std::unique_ptr<Core> backup = BlankBackup(&clock);
  Feed(between.get());
  Feed(backup.get());
  CallInVain();
  Feed(between.get());
  TakeOver(between.get());
  ASSERT_TRUE(backup->KeepPromise(Epoch(9)).ok());
  while (backup->promise() < Epoch(9)) backup->TakeCommits();
  FeedFrom(*between, backup.get());
  TakeOver(backup.get(), Epoch(10));
  EXPECT_EQ(CountSent("INVITE "), 0);
  EXPECT_EQ(backup->outbox().too_old(), 2u) << "the 100 and the INVITE";
}

// A backup whose note is lost lets less engine time pass than it was away. What it did not send for its age must not look
// young by that when it dies at once and starts again.
TEST_F(TimeTest, WhatWasTooOldWhenTheBackupBeganToServeIsNotSentAfterItsNextRestart) {
  for (const int seconds : {1, 3}) {
    const auto disk = std::make_shared<journal::FaultyFileSystem>();
    TestClock clock;
    std::unique_ptr<Core> backup = OpenBackup(disk, &clock);
    CallInVain();
    Feed(backup.get());
    const auto lose_power_for = [&](Duration away) {
      backup.reset();
      disk->DeleteFile(journal::AlivePath("/journal"), rocksdb::IOOptions(), nullptr);
      clock.Reboot();
      clock.Advance(away);
      backup = OpenBackup(disk, &clock);
    };
    lose_power_for(Duration::Seconds(seconds));
    clock.Advance(Duration::Milliseconds(200));
    TakeOver(backup.get());
    EXPECT_EQ(CountSent("INVITE "), seconds < 2 ? 1 : 0);
    lose_power_for(Duration::Milliseconds(100));
    TakeOver(backup.get(), Epoch(10));
    EXPECT_EQ(CountSent("INVITE "), seconds < 2 ? 1 : 0);
  }
}

// What the backup's log says of time is the primary's wall clock; how long the backup was away, its own. `off`: how far
// the two are apart.
class PeersClockTest : public TimeTest, public testing::WithParamInterface<int> {
 protected:
  PeersClockTest() {
    backup_clock_.StepWall(Duration::Seconds(GetParam()));
    backup_clock_.Reboot();  // another boot than the primary's
    StartBackup();
    Register(600);
  }

  void StartBackup() { backup_ = OpenBackup(disk_, &backup_clock_); }
  void Follow() { Feed(backup_.get()); }

  // The backup's journal begins anew with the primary's state.
  void Refill() {
    backup_.reset();
    const std::unique_ptr<journal::LogIterator> log = core_->log().NewIterator();
    log->Seek(core_->end());
    const journal::EncodedBatch last = journal::EncodedBatch::FromBytes(log->bytes()).value();
    std::string saved;
    engine::SaveState(core_->state(), &saved);
    journal::SnapshotInfo info;
    info.cluster_id = 7;
    info.lsn = last.last_lsn();
    info.epoch = last.epoch();
    info.chain = last.chain();
    info.digest = engine::DigestState(core_->state());
    info.bytes = saved.size();
    journal::RefillOptions refill;
    refill.file_system = disk_;
    refill.directory = "/journal";
    refill.cluster_id = 7;
    refill.new_store_id = 12;
    const auto filled = journal::Refill(refill, info, saved, last);
    ASSERT_TRUE(filled.ok()) << filled.status();
    StartBackup();
  }

  void Pass(Duration d) {
    clock_.Advance(d);
    backup_clock_.Advance(d);
  }
  void DieFor(Duration d) {
    backup_.reset();
    Pass(d);
    StartBackup();
  }

  // Engine time that passes when the backup begins to serve.
  Duration Passes() {
    const EngineTime before = backup_->state().engine_time;
    backup_->Serve(Epoch(9), HashKey{1, 1}, false, configuration_);
    backup_->EndTurn();
    EXPECT_EQ(backup_->state().registrar.bindings().size(), 1u);
    return backup_->state().engine_time - before;
  }

  std::shared_ptr<journal::FaultyFileSystem> disk_ = std::make_shared<journal::FaultyFileSystem>();
  TestClock backup_clock_;
  std::unique_ptr<Core> backup_;
};

TEST_P(PeersClockTest, MakesNoTimeJumpWhenTheBackupServesAfterAReboot) {
  Follow();
  Pass(Duration::Milliseconds(100));
  backup_->Tick();
  backup_clock_.Reboot();
  DieFor(Duration::Seconds(5));
  const Duration passed = Passes();
  EXPECT_GE(passed, Duration::Milliseconds(4800)) << "a note is at most 200 ms old";
  EXPECT_LT(passed, Duration::Seconds(6));
}

TEST_P(PeersClockTest, MakesNoTimeJumpWhenAPowerLossBringsAnOldNoteBack) {
  Follow();
  const absl::optional<Alive> old = LastAlive::Read(disk_.get(), "/journal");
  ASSERT_TRUE(old.has_value());
  for (int i = 0; i < 20; ++i) {
    Pass(Duration::Milliseconds(100));
    Register(600);
    Follow();
  }
  LastAlive note;
  note.Open(disk_.get(), "/journal");
  note.Note(*old);
  backup_clock_.Reboot();
  DieFor(Duration::Seconds(5));
  const Duration passed = Passes();
  EXPECT_GE(passed, Duration::Milliseconds(4990));
  EXPECT_LE(passed, Duration::Milliseconds(5010));
}

TEST_P(PeersClockTest, MakesNoTimeJumpWhenTheBackupServesAsSoonAsItHasTheState) {
  Refill();
  EXPECT_LT(Passes(), Duration::Seconds(1));
}

TEST_P(PeersClockTest, MakesNoTimeJumpWhenTheBackupHasFollowedForAMomentOnlySinceItWasAway) {
  Follow();
  backup_->Tick();
  DieFor(Duration::Seconds(5));
  Register(600);
  Follow();
  DieFor(Duration::Milliseconds(300));
  EXPECT_LT(Passes(), Duration::Seconds(1));
}

TEST_P(PeersClockTest, MakesNoTimeJumpWhenWhatTheBackupHasNotedIsOfTheJournalThatItHadBefore) {
  Follow();
  backup_->Tick();
  DieFor(Duration::Seconds(5));
  Register(600);
  Refill();
  EXPECT_LT(Passes(), Duration::Seconds(1));
}

INSTANTIATE_TEST_SUITE_P(Off, PeersClockTest, testing::Values(-3600, 3600));

}  // namespace
}  // namespace understudy::daemon
