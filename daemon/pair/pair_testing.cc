#include "daemon/pair/pair_testing.h"

#include <unistd.h>

#include <algorithm>
#include <cstdlib>
#include <fstream>
#include <set>
#include <sstream>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/socket_address.h"
#include "engine/admission.h"
#include "journal/durable_mark.h"
#include "journal/layout.h"
#include "journal/refill.h"
#include "sip/parse.h"

namespace understudy::daemon {
namespace {

constexpr Duration kLongestStep = Duration::Milliseconds(5);
constexpr Duration kPatience = Duration::Seconds(60);

// A port that is free on an address of this process's own, so that tests do not take each other's.
Endpoint FreeAddress(int number) {
  const auto pid = static_cast<uint32_t>(getpid());
  const Endpoint address = Endpoint::V4(127, static_cast<uint8_t>(64 + number * 64 + (pid >> 16) % 64),
                                        static_cast<uint8_t>(pid >> 8), static_cast<uint8_t>(pid % 254 + 1), 0);
  const absl::StatusOr<net::OwnedFd> probe = net::OpenTcpListener(address);
  US_CHECK(probe.ok());
  return address.WithPort(net::LocalEndpoint(probe->get()).port());
}

std::string LogPathFor(const std::string& name) {
  const char* const directory = std::getenv("TEST_TMPDIR");
  static int number = 0;
  return absl::StrCat(directory == nullptr ? "/tmp" : directory, "/", getpid(), "-", ++number, "-", name, ".log");
}

}  // namespace

WallTime NodeClock::Wall() const {
  return WallTime::FromNanoseconds(1700000000000000000) + *now_ + Duration::Milliseconds(static_cast<int64_t>(number_));
}

void NodeClock::Reboot() {
  ++boots_;
  booted_ = *now_;
}

TestNode::TestNode(net::IoLoop* loop, const Duration* now, uint64_t number, const TestNodeOptions& options,
                   witness::TestRegister* reg, ReleaseLedger* ledger,
                   std::function<void(const engine::SendSip&)> left)
    : loop_(loop),
      options_(options),
      register_(reg),
      ledger_(ledger),
      on_left_(std::move(left)),
      file_system_(std::make_shared<journal::FaultyFileSystem>()),
      clock_(now, number),
      random_(number * 1000003),
      log_path_(LogPathFor(options.name)),
      states_(loop) {
  log::LogOptions log;
  log.file = log_path_;
  log.burst = 100000;
  auto opened = log::Log::Open(log);
  US_CHECK(opened.ok());
  log_ = *std::move(opened);
}

TestNode::~TestNode() {
  if (up()) Kill();
  unlink(log_path_.c_str());
}

absl::Status TestNode::Start() {
  US_CHECK(!up());
  failure_ = absl::OkStatus();
  CoreOptions core;
  core.file_system = file_system_;
  core.directory = directory_;
  const journal::MarkReading mark = journal::ReadMark(file_system_.get(), journal::MarkPath(directory_));
  core.cluster_id = mark.Usable() ? mark.value.cluster_id : 0;
  core.clock = &clock_;
  core.random = HashKey{random_(), random_()};
  core.release_age = options_.release_age;
  core.snapshot_interval = options_.snapshot_interval;
  core.retention = options_.retention;
  core.keep_reserve = false;
  core.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
  core.memtable_bytes = options_.memtable_bytes;
  core.pair = true;
  life_ = std::make_shared<bool>(true);
  const auto wake = [this, life = std::weak_ptr<bool>(life_)] {
    loop_->Post([this, life] {
      if (!life.expired()) OnCommits();
    });
  };
  auto opened = OpenOrSetAside(core, this, wake, &set_aside_);
  if (!opened.ok()) {
    failure_ = opened.status();
    file_system_->PowerIsCut() ? End() : Kill();
    return failure_;
  }
  core_ = *std::move(opened);
  filling_ = filling_ && file_system_->PowerIsCut();
  if (!options_.sync) file_system_->SetSyncIsNoOp(true);
  witness_ = std::make_unique<witness::TestWitness>(loop_, register_, [this] { return !dying(); });
  link::FramePortOptions port;
  port.listen = options_.listen;
  port.remote = options_.remote;
  port.link.opening = options_.opening;
  port_ = std::make_unique<link::FramePort>(loop_, port);
  driver_ = std::make_unique<PairDriver>(loop_, DriverOptions(), core_.get(), witness_.get(), this, port_.get(),
                                         &states_, &clock_, log_.get());
  const absl::Status started = driver_->Start();
  if (!started.ok()) Kill();
  return started;
}

PairDriverOptions TestNode::DriverOptions() {
  PairDriverOptions options;
  options.pair = options_.pair;
  options.name = options_.name;
  options.service = options_.service;
  options.configuration_digest = options_.configuration_digest;
  options.remote_timeout = options_.remote_timeout;
  options.remote_trace = options_.remote_trace;
  options.peer_retention = options_.peer_retention;
  options.new_cluster_id = random_() | 1;
  return options;
}

// What it has not sent by now is never sent; what its journal's thread still does is a ghost's.
void TestNode::End() {
  file_system_->CutPower();
  life_.reset();
  driver_.reset();
  witness_.reset();
  core_.reset();
  holds_input_ = false;
}

void TestNode::Kill() {
  End();
  file_system_->RestartProcess();
}

void TestNode::LosePower(uint64_t seed, journal::PowerLossMode mode) {
  End();
  file_system_->SetSyncIsNoOp(false);
  file_system_->RestorePower(seed, mode);
  clock_.Reboot();
}

std::string TestNode::LogText() const {
  std::ifstream file(log_path_);
  std::stringstream text;
  text << file.rdbuf();
  return text.str();
}

void TestNode::Deliver(const TestPhones::Sent& sent) {
  engine::SipReceived message;
  message.remote = sent.from;
  message.bytes = sent.bytes;
  sip::ParseError error;
  US_CHECK(sip::ParseMessage(sent.bytes, &message.message, &error));
  if (!driver_->IsSure()) return;
  if (engine::Admit(core_->state(), message, core_->outbox().released()).append) core_->Append(std::move(message));
}

void TestNode::Tick() {
  if (!up() || dying()) return;
  core_->Tick();
  if (!core_->serving()) return;
  const absl::optional<Duration> since = core_->outbox().held_since();
  if (since) longest_hold_ = std::max(longest_hold_, clock_.SinceBoot() - *since);
}

void TestNode::OnCommits() {
  const CommitReport report = core_->TakeCommits();
  if (dying()) return;
  if (!report.status.ok()) return Fail(report.status);
  driver_->OnCommits(report);
}

// The end of a process that failed is as sudden as any: its links go before what they have gathered is sent.
void TestNode::EndOfTurn() {
  if (!up()) return;
  if (!dying()) {
    core_->EndTurn();
    driver_->EndOfTurn();
  }
  if (file_system_->PowerIsCut()) return End();
  if (!failure_.ok()) Kill();
}

void TestNode::BeginService(Epoch epoch, bool forced) {
  holds_input_ = false;
  core_->Serve(epoch, HashKey{random_(), random_()}, forced, TestPhones::Configuration());
  releasing_ = Lsn();
  if (!dying() && !forced) ledger_->Examine(options_.name, *core_);
}

void TestNode::Refill(FilledState filled) {
  auto state = std::make_shared<FilledState>(std::move(filled));
  loop_->Post([this, state, life = std::weak_ptr<bool>(life_)] {
    if (!life.expired() && !dying()) BeginAnew(*state);
  });
}

void TestNode::BeginAnew(const FilledState& filled) {
  journal::RefillOptions refill;
  refill.file_system = file_system_;
  refill.directory = directory_;
  refill.cluster_id = filled.info.cluster_id;
  refill.new_store_id = random_() | 1;
  refill.promise = driver_->pair().promise();
  life_.reset();
  driver_.reset();
  witness_.reset();
  absl::Status done = core_->Stop(false);
  core_.reset();
  filling_ = true;
  if (done.ok()) done = journal::Refill(refill, filled.info, filled.bytes, filled.batch).status();
  ++refilled_;
  if (file_system_->PowerIsCut()) return;
  filling_ = false;
  if (!done.ok()) return (void)(failure_ = done);
  (void)Start();
}

void TestNode::Fail(const absl::Status& why) {
  if (failure_.ok()) failure_ = why;
}

void TestNode::Release(Lsn lsn, const engine::Effect& effect) {
  const auto* send = std::get_if<engine::SendSip>(&effect);
  if (send == nullptr || dying()) return;
  if (lsn != releasing_) ordinal_ = 0;
  releasing_ = lsn;
  ledger_->Released(options_.name, *core_, lsn, ordinal_++, *send);
  left_.push_back({lsn, core_->epoch(), send->remote, std::string(send->bytes.view())});
  on_left_(*send);
}

TestPair::TestPair(const TestPairOptions& options) : speed_(options.speed), last_turn_(net::MonotonicNow()) {
  const Endpoint at[2] = {FreeAddress(0), FreeAddress(1)};
  for (size_t i = 0; i < 2; ++i) {
    TestNodeOptions node;
    node.name = i == 0 ? "a" : "b";
    node.listen = at[i];
    node.remote = at[1 - i];
    node.pair = options.pair;
    nodes_[i] = std::make_unique<TestNode>(&loop_, &now_, options.seed * 2 + i, node, &register_, &ledger_,
                                           [this](const engine::SendSip& send) { phones_.Receive(send); });
  }
  loop_.SetEndOfTurn([this] {
    for (const auto& node : nodes_) node->EndOfTurn();
  });
}

TestPair::~TestPair() {
  loop_.SetEndOfTurn([] {});
  for (auto& node : nodes_) node.reset();
}

absl::Status TestPair::Start() {
  for (const auto& node : nodes_) {
    if (absl::Status s = node->Start(); !s.ok()) return s;
  }
  return absl::OkStatus();
}

void TestPair::Turn() {
  const net::MonotonicTime now = net::MonotonicNow();
  now_ = now_ + std::min(now - last_turn_, kLongestStep) * speed_;
  last_turn_ = now;
  DeliverPhones();
  for (const auto& node : nodes_) node->Tick();
  loop_.RunTurn(Duration::Milliseconds(1));
}

void TestPair::DeliverPhones() {
  for (TestPhones::Sent& sent : phones_.TakeSent()) waiting_.push_back(std::move(sent));
  TestNode* const node = primary();
  if (hold_phones_ || node == nullptr || !node->takes_input()) return;
  for (const TestPhones::Sent& sent : waiting_) node->Deliver(sent);
  waiting_.clear();
}

void TestPair::Run(Duration test_time) {
  const Duration until = now_ + test_time;
  while (now_ < until) Turn();
}

bool TestPair::RunUntil(const std::function<bool()>& done) {
  const net::MonotonicTime until = net::MonotonicNow() + kPatience;
  while (!done()) {
    if (net::MonotonicNow() > until) return false;
    Turn();
  }
  return true;
}

TestNode* TestPair::primary() {
  TestNode* best = nullptr;
  for (const auto& node : nodes_) {
    if (!node->serving() || node->dying()) continue;
    if (best == nullptr || node->core().epoch() > best->core().epoch()) best = node.get();
  }
  return best;
}

bool TestPair::InSync() {
  TestNode* const node = primary();
  return node != nullptr && node->pair().ready() && other(*node).up() && other(*node).pair().ready();
}

std::string TestPair::ToText() {
  std::string text = register_.value ? replication::ToText(*register_.value) : "witness blank";
  for (const auto& node : nodes_) {
    absl::StrAppend(&text, "; node ", node->name(), ": ");
    if (!node->up()) {
      absl::StrAppend(&text, "down ", node->failure().message());
      continue;
    }
    absl::StrAppend(&text, replication::ToText(node->pair().me()), " ", RoleName(node->pair().role()), " promise ",
                    node->pair().promise().value(), " end ", node->core().end().value(), " durable ",
                    node->core().durable().value(), node->pair().connected() ? " connected" : "");
  }
  return text;
}

void TestPair::CheckCalls(const Core& core) {
  std::set<std::string> confirmed;
  for (const auto& [id, call] : core.state().calls.rows()) {
    const engine::Leg& caller = *core.state().LegAt(*call, 0);
    const bool both = caller.phase == engine::Leg::Phase::kConfirmed &&
                      core.state().PeerOf(caller)->phase == engine::Leg::Phase::kConfirmed;
    const std::string& sip_call_id = caller.dialog.call_id;
    if (both) confirmed.insert(sip_call_id.substr(0, sip_call_id.find('@')));
  }
  for (const std::string& call : phones_.established()) {
    if (!confirmed.contains(call)) ledger_.Violated(absl::StrCat("established call ", call, " is gone"));
  }
}

}  // namespace understudy::daemon
