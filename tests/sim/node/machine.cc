#include "tests/sim/node/machine.h"

#include <utility>

#include "absl/strings/match.h"
#include "base/check.h"
#include "daemon/core/stepped_snapshot_work.h"

namespace understudy::sim {
namespace {

// Between two items of a state that is sent to the peer, and before a proof.
constexpr Duration kStatePause = Duration::Milliseconds(2);
constexpr Duration kSnapshotTakes = Duration::Milliseconds(20);  // to write it, and again to read it back
// Free space below which new calls are refused: a few seconds before a disk that fills up is full.
constexpr uint64_t kLowBytes = uint64_t{32} << 10;
// Of a client, taken for the end of its link.
constexpr Duration kClientSilence = Duration::Seconds(8);
constexpr int64_t kWallAtBeginning = 1700000000000000000;

// The writer of a process, and whoever wants to see what it is given.
class WatchedWriter : public journal::BatchWriter {
 public:
  WatchedWriter(std::unique_ptr<journal::BatchWriter> writer, size_t machine, MachineWatcher* watcher, bool* promises)
      : writer_(std::move(writer)), machine_(machine), watcher_(watcher), promises_(promises) {}

  absl::Status Submit(journal::EncodedBatch batch) override {
    watcher_->OnBatch(machine_, batch);
    return writer_->Submit(std::move(batch));
  }
  absl::Status SubmitPromise(Epoch epoch) override {
    *promises_ = true;
    return writer_->SubmitPromise(epoch);
  }
  absl::Status Stop() override { return writer_->Stop(); }

 private:
  const std::unique_ptr<journal::BatchWriter> writer_;
  const size_t machine_;
  MachineWatcher* const watcher_;
  bool* const promises_;
};

}  // namespace

WallTime MachineClock::Wall() const {
  return WallTime::FromNanoseconds(kWallAtBeginning) + events_->now() + step_ +
         Duration::Milliseconds(static_cast<int64_t>(number_) * 3);
}

void MachineClock::Reboot() {
  ++boots_;
  booted_ = events_->now();
}

Machine::Process::Process(const MachineWorld& world, size_t machine, const Chance& chance)
    : loop(world.events),
      transport(&loop, world.phones, machine),
      port(world.link->NewPort(machine, &loop)),
      states(&loop, kStatePause),
      resolver(&loop, chance) {}

Machine::Machine(const MachineWorld& world, const MachineOptions& options, const Chance& chance,
                 MachineWatcher* watcher)
    : world_(world),
      options_(options),
      chance_(chance.Fork("process", options.number)),
      watcher_(watcher),
      clock_(world.events, options.number),
      disk_(world.events, chance.Fork("disk", options.number)) {
  disk_.OnChange([this](const std::string& path) { OnChange(path); });
}

Machine::~Machine() {
  EndProcess();
}

daemon::CoreOptions Machine::JournalOptions() {
  daemon::CoreOptions options;
  options.file_system = disk_.file_system();
  options.directory = SimDisk::kDirectory;
  options.clock = &clock_;
  options.release_age = options_.release_age;
  options.snapshot_interval = options_.snapshot_interval;
  options.retention = options_.retention;
  options.low_bytes = kLowBytes;
  options.make_snapshot_work = [this] {
    return std::make_unique<daemon::SteppedSnapshotWork>(&clock_, kSnapshotTakes);
  };
  options.pair = true;
  options.open_store = disk_.open_store();
  options.make_writer = [this, make = disk_.make_writer()](journal::LogStore* store, journal::DurableMark* mark,
                                                           const journal::WriterOptions& writer, auto on_group) {
    store_id_ = mark->value().store_id;
    watcher_->OnJournal(options_.number, *store);
    keeping_promise_ = false;
    opened_ = true;
    auto seen = [this, on_group = std::move(on_group)](const journal::DurableGroup& group) {
      if (!group.promise.empty()) keeping_promise_ = false;
      on_group(group);
    };
    return std::make_unique<WatchedWriter>(make(store, mark, writer, std::move(seen)), options_.number, watcher_,
                                           &keeping_promise_);
  };
  return options;
}

daemon::NodeParts Machine::Parts() {
  daemon::NodeParts parts;
  parts.scheduler = &process_->loop;
  parts.clock = &clock_;
  parts.log = process_->log.get();
  parts.journal = process_->journal.get();
  parts.owner = this;
  parts.port = process_->port.get();
  parts.states = &process_->states;
  parts.resolver = &process_->resolver;
  if (world_.clients != nullptr) parts.passwords = &process_->passwords;
  parts.fresh_key = [this] { return FreshKey(); };
  parts.make_witness = [this]() -> absl::StatusOr<std::unique_ptr<witness::Witness>> {
    return std::make_unique<SimWitness>(&process_->loop, world_.reg, options_.number);
  };
  return parts;
}

daemon::NodeOptions Machine::Options() const {
  daemon::NodeOptions options;
  options.pair = options_.driver;
  options.ingress.overload.target = Duration();  // work takes no time here, and a slow disk is the disk's fault
  options.configuration = options_.configuration;
  options.clients.server = options_.name;
  options.clients.program = "simulated";
  options.clients.addp = kClientSilence;
  return options;
}

void Machine::ListenForClients() {
  if (world_.clients == nullptr) return;
  world_.clients->Listen(options_.number, &process_->loop,
                         [node = process_->node.get()](std::shared_ptr<daemon::ClientConnection> connection) {
                           node->clients()->edge().Accept(std::move(connection));
                         });
}

void Machine::Start() {
  US_CHECK(!up());
  ++starts_;
  ending_ = opened_ = false;
  within_.reset();
  process_ = std::make_unique<Process>(world_, options_.number, chance_.Fork("dns", starts_));
  log::LogOptions log;
  log.burst = 1000000;
  log.wall_now = [this] { return clock_.Wall(); };
  log.monotonic_now = [this] { return clock_.Monotonic(); };
  log.to = [this](const log::LogEvent& event, absl::string_view line) {
    watcher_->OnLog(options_.number, event, line);
  };
  process_->log = log::Log::Open(log).value();
  process_->journal = std::make_unique<daemon::NodeJournal>(
      JournalOptions(), [this] { return FreshKey(); }, process_->log.get());
  process_->node = std::make_unique<daemon::Node>(Parts(), Options());
  process_->transport.SetSink(process_->node.get());
  process_->transport.OnLeaving(
      [this](const net::Outgoing& outgoing) { watcher_->OnLeaving(options_.number, outgoing); });
  process_->loop.SetEndOfTurn([this] { EndOfTurn(); });
  process_->loop.Post([this] {
    if (absl::Status s = Begin(); !s.ok()) EndSoon(s);
  });
}

absl::Status Machine::Begin() {
  if (absl::Status s = process_->journal->Lock(); !s.ok()) return s;
  if (absl::Status s = process_->node->Open(&process_->transport, &process_->transport); !s.ok()) return s;
  ListenForClients();
  return process_->node->Start();
}

void Machine::OnServing() {
  reign_began_ = core()->state().lsn;
  watcher_->OnServing(options_.number);
}

// A core that has gone and is not there again: its journal is being begun anew.
void Machine::OnChange(const std::string& path) {
  if (!up() || disk_.crashed()) return;
  within_.reset();
  if (opened_ && core() == nullptr) {
    within_ = Trigger::kRefill;
  } else if (opened_ && absl::StrContains(path, "/snapshot-")) {
    within_ = Trigger::kSnapshot;
  }
  if (within_) watcher_->OnChange(options_.number, *within_, path.empty());
}

void Machine::EndOfTurn() {
  if (!disk_.crashed()) within_.reset();
  if (ending_) return;
  process_->node->EndOfTurn();
  watcher_->OnTurn(options_.number);
}

// From within a turn: the process is gone when the turn has ended.
void Machine::EndSoon(const absl::Status& why) {
  if (std::exchange(ending_, true)) return;
  world_.events->After(Duration(), [this, why, start = starts_] {
    if (!up() || starts_ != start) return;
    Kill();
    watcher_->OnEnded(options_.number, why);
  });
}

void Machine::EndProcess() {
  if (!up()) return;
  world_.link->ProcessDied(options_.number);
  if (world_.clients != nullptr) world_.clients->ProcessDied(options_.number);
  disk_.EndProcess();
  DropProcess();
}

void Machine::DropProcess() {
  if (up()) process_->loop.Stop();
  process_.reset();
}

void Machine::Kill() {
  EndProcess();
}

// As the daemon's server: what a process that does not serve yet, or is asked again, does is the node's matter.
void Machine::EndInOrder() {
  if (!up()) return;
  process_->loop.Post([this] {
    if (!ending_) process_->node->HandOver([this] { CloseSoon(); });
  });
}

void Machine::CloseSoon() {
  if (std::exchange(ending_, true)) return;
  world_.events->After(Duration(), [this, start = starts_] {
    if (!up() || starts_ != start) return;
    const absl::Status closed = process_->node->Close();
    if (disk_.crashed()) return;
    Kill();
    watcher_->OnEnded(options_.number, closed);
  });
}

void Machine::LosePower(uint64_t kept) {
  world_.link->PowerLost(options_.number);
  if (world_.clients != nullptr) world_.clients->PowerLost(options_.number);
  disk_.LosePower(kept);
  DropProcess();
  clock_.Reboot();
}

void Machine::Blank() {
  EndProcess();
  disk_.Blank();
  store_id_ = 0;
}

void Machine::Stop() {
  if (up()) process_->loop.Stop();
}

void Machine::Continue() {
  if (up()) process_->loop.Continue();
}

void Machine::Configure(const engine::Configuration& wanted) {
  options_.configuration = wanted;
  if (!up()) return;
  process_->loop.Post([this, wanted, start = starts_] {
    if (start == starts_) process_->node->Adopt(wanted, 0);
  });
}

}  // namespace understudy::sim
