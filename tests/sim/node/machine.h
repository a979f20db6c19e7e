// One simulated machine of the pair: a disk and a clock that outlive its processes, and at most one process at a time,
// which runs the daemon's node (daemon/node.h) as it is.
//
//   Machine machine(world, options, chance, &watcher);
//   machine.Start();                    // a process begins; watcher.OnEnded when it ends by itself
//   machine.Kill();                     // SIGKILL
//   machine.LosePower(500);             // the process, and what was not synced; of the log's appends half of it
//   machine.CrashAfter(7);              // it stops after so many changes of its files more
//   machine.Stop();  machine.Continue();
//
// Start, Kill, LosePower and Blank not from within a turn of its process. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_NODE_MACHINE_H_
#define UNDERSTUDY_TESTS_SIM_NODE_MACHINE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "daemon/core/clock.h"
#include "daemon/core/core.h"
#include "daemon/core/inline_state_source.h"
#include "daemon/cti/password_check.h"
#include "daemon/log/log.h"
#include "daemon/net/traffic.h"
#include "daemon/node.h"
#include "daemon/node_journal.h"
#include "daemon/pair/pair_driver.h"
#include "engine/configuration.h"
#include "engine/effect.h"
#include "journal/batch.h"
#include "journal/log_store.h"
#include "tests/sim/fault.h"
#include "tests/sim/network/client_network.h"
#include "tests/sim/network/client_password.h"
#include "tests/sim/network/service_network.h"
#include "tests/sim/network/sim_link.h"
#include "tests/sim/network/sim_resolver.h"
#include "tests/sim/network/sim_transport.h"
#include "tests/sim/sim_disk.h"
#include "tests/sim/sim_loop.h"
#include "tests/sim/sim_witness.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

// A machine's clocks: another boot, another wall clock than the other's.
class MachineClock : public daemon::Clock {
 public:
  MachineClock(const EventQueue* events, uint64_t number) : events_(events), number_(number) {}
  Duration Monotonic() const override { return events_->now(); }
  WallTime Wall() const override;
  Duration SinceBoot() const override { return events_->now() - booted_ + Duration::Seconds(1); }
  Hash128 BootId() const override { return Hash128{boots_, number_ + 1}; }
  void Reboot();
  void StepWall(Duration d) { step_ = step_ + d; }

 private:
  const EventQueue* const events_;
  const uint64_t number_;
  uint64_t boots_ = 1;
  Duration booted_;
  Duration step_;
};

// What happens on a machine. Called from within turns of its process, but for OnEnded.
class MachineWatcher {
 public:
  virtual ~MachineWatcher() = default;
  // The process has opened its journal, at its start or anew.
  virtual void OnJournal(size_t machine, const journal::LogStore& log) = 0;
  virtual void OnBatch(size_t machine, const journal::EncodedBatch& batch) = 0;
  virtual void OnServing(size_t machine) = 0;
  virtual void OnReleased(size_t machine, Lsn lsn, const engine::Effect& effect) = 0;
  // A message leaves, an effect's or another; at the end of its turn.
  virtual void OnLeaving(size_t machine, const net::Outgoing& outgoing) = 0;
  virtual void OnLog(size_t machine, const log::LogEvent& event, absl::string_view line) = 0;
  // Before a change of its files, in the midst of a task; within what, of IsWithin. `log`: a change of the log.
  virtual void OnChange(size_t machine, Trigger within, bool log) = 0;
  // At the end of each turn.
  virtual void OnTurn(size_t machine) = 0;
  // The process ended by itself, and is gone.
  virtual void OnEnded(size_t machine, const absl::Status& why) = 0;
};

struct MachineOptions {
  size_t number = 0;
  std::string name;
  daemon::PairDriverOptions driver;
  Duration release_age;
  Duration snapshot_interval;
  journal::RetentionLimits retention;
  engine::Configuration configuration;
};

// What machines share. All outlive them.
struct MachineWorld {
  EventQueue* events = nullptr;
  SimRegister* reg = nullptr;
  ServiceNetwork* phones = nullptr;
  LinkNetwork* link = nullptr;
  ClientNetwork* clients = nullptr;  // null: nobody links to the nodes
};

// Each name has a password of its own.
class KnownPasswords : public daemon::PasswordCheck {
 public:
  void Check(const std::string& application, std::string password, std::weak_ptr<const void>, Done done) override {
    const bool is_right = password == PasswordOf(application);
    done(is_right ? daemon::PasswordVerdict::kRight : daemon::PasswordVerdict::kWrong);
  }
};

class Machine : public daemon::NodeOwner {
 public:
  Machine(const MachineWorld& world, const MachineOptions& options, const Chance& chance, MachineWatcher* watcher);
  ~Machine() override;

  void Start();
  void Kill();
  // SIGTERM: it hands over, commits, says goodbye, takes a snapshot and is gone; watcher.OnEnded.
  void EndInOrder();
  // Of the appends to the log that were not synced, `kept` thousandths are there afterwards.
  void LosePower(uint64_t kept);
  // As Kill or LosePower, in the midst of something: after so many changes of files, or before the one at hand.
  // crashed() says that it has come to it, and nothing that the process did since counts; then Kill or LosePower.
  void CrashAfter(uint64_t changes) { disk_.CrashAfter(changes); }
  void CrashNow() { disk_.CrashNow(); }
  bool crashed() const { return up() && disk_.crashed(); }
  void CrashNoMore() { disk_.CrashNoMore(); }
  // As Kill, and the disk is a new one.
  void Blank();
  void Stop();
  void Continue();

  bool up() const { return process_ != nullptr; }
  bool stopped() const { return up() && process_->loop.stopped(); }
  bool serving() const { return core() != nullptr && core()->serving(); }
  // Its process serves, goes on, and says that the other node could take over.
  bool ready() const { return serving() && !stopped() && pair() != nullptr && pair()->pair().ready(); }
  // null: no process, or it is between two journals.
  const daemon::Core* core() const { return up() ? process_->node->core() : nullptr; }
  daemon::PairDriver* pair() const { return up() ? process_->node->pair() : nullptr; }
  daemon::Node* node() const { return up() ? process_->node.get() : nullptr; }
  const SimTransport* transport() const { return up() ? &process_->transport : nullptr; }
  SimDisk& disk() { return disk_; }
  const SimDisk& disk() const { return disk_; }
  MachineClock& clock() { return clock_; }
  const std::string& name() const { return options_.name; }
  size_t number() const { return options_.number; }
  uint64_t starts() const { return starts_; }
  // Of the journal that was opened last; 0: none was.
  uint64_t store_id() const { return store_id_; }
  // Of IsWithin: what the process is in the midst of, or was when it crashed.
  absl::optional<Trigger> within() const { return within_; }
  // A promise has been submitted and is not kept yet.
  bool keeping_promise() const { return up() && keeping_promise_; }
  // The process serves, and nothing of its reign is durable yet.
  bool reign_is_young() const { return serving() && core()->durable() <= reign_began_; }
  // Its file says so from now on; a process that runs adopts it.
  void Configure(const engine::Configuration& wanted);
  const engine::Configuration& configuration() const { return options_.configuration; }

  // ---- daemon::NodeOwner
  void OnServing() override;
  void OnReleased(Lsn lsn, const engine::Effect& effect) override {
    watcher_->OnReleased(options_.number, lsn, effect);
  }
  void OnGroupDurable(Duration) override {}
  void OnBatchReleased(Duration) override {}
  void OnFailed(const absl::Status& why) override { EndSoon(why); }

 private:
  // In the order in which they need each other.
  struct Process {
    Process(const MachineWorld& world, size_t machine, const Chance& chance);

    SimLoop loop;
    SimTransport transport;
    std::unique_ptr<link::PeerPort> port;
    daemon::InlineStateSource states;
    KnownPasswords passwords;
    SimResolver resolver;
    std::unique_ptr<log::Log> log;
    std::unique_ptr<daemon::NodeJournal> journal;
    std::unique_ptr<daemon::Node> node;
  };

  HashKey FreshKey() { return HashKey{chance_.Bits(), chance_.Bits()}; }
  daemon::CoreOptions JournalOptions();
  daemon::NodeParts Parts();
  daemon::NodeOptions Options() const;
  absl::Status Begin();
  void ListenForClients();
  void OnChange(const std::string& path);
  void EndOfTurn();
  void EndProcess();
  void DropProcess();
  void EndSoon(const absl::Status& why);
  void CloseSoon();

  const MachineWorld world_;
  MachineOptions options_;
  Chance chance_;
  MachineWatcher* const watcher_;
  MachineClock clock_;
  SimDisk disk_;
  std::unique_ptr<Process> process_;
  uint64_t starts_ = 0;
  bool ending_ = false;
  uint64_t store_id_ = 0;
  bool keeping_promise_ = false;
  bool opened_ = false;  // this process has opened its journal
  absl::optional<Trigger> within_;
  Lsn reign_began_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NODE_MACHINE_H_
