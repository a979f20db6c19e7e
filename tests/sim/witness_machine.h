// The machine of a simulated pair's witness: a disk, and on it the arbiter's register as production has it
// (tools/witness/arbiter_register.h), asked in its own words.
//
//   WitnessMachine machine;                            // its process runs, on a blank disk
//   absl::optional<std::string> answer = machine.Ask(witness::RequestJson(request));   // nullopt: nobody answers
//   machine.DieAfter(2, {.power = true, .draw = 7});   // the second change of its file from now is the last
//   if (!machine.up()) machine.Start();
//
// What was written and not synced is there after the death of the process, and may be lost, or torn, with the power.
// One thread.
#ifndef UNDERSTUDY_TESTS_SIM_WITNESS_MACHINE_H_
#define UNDERSTUDY_TESTS_SIM_WITNESS_MACHINE_H_

#include <cstdint>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/types/optional.h"
#include "journal/faulty_file_system.h"
#include "replication/register.h"
#include "tools/witness/arbiter_register.h"

namespace understudy::sim {

struct WitnessDeath {
  bool power = false;  // of the machine; otherwise only the process
  uint64_t draw = 0;   // decides what survives of what was not synced
};

class WitnessMachine {
 public:
  WitnessMachine();

  bool up() const { return process_ != nullptr; }
  // Down for want of power: nobody says so to who asks.
  bool dark() const { return dark_; }
  // Of a process that runs: what it has kept.
  const absl::optional<replication::Register>& value() const { return process_->value(); }
  // When it was started last, one slot was damaged, and it went on with the other.
  bool slot_was_lost() const { return slot_was_lost_; }

  // A request, or nullopt: a read. What it answers; nullopt: it is down, has died over this, or cannot answer.
  absl::optional<std::string> Ask(const absl::optional<std::string>& request);

  // Now; of one that is up.
  void Die(const WitnessDeath& death);
  // So many changes of its file from now are the last. When all of those of a request happen, it dies before it
  // answers.
  void DieAfter(uint64_t changes, const WitnessDeath& death);
  bool dies() const { return waiting_.has_value(); }
  // Not up afterwards: it has died meanwhile, or its file cannot be opened, which the error says. A death that waits is
  // over with the start.
  absl::Status Start();

  // Any bit of any slot, while it is down.
  void FlipBit(uint64_t draw);

 private:
  const std::shared_ptr<journal::FaultyFileSystem> files_ = std::make_shared<journal::FaultyFileSystem>();
  std::unique_ptr<tools::ArbiterRegister> process_;
  absl::optional<WitnessDeath> waiting_;
  bool dark_ = false;
  bool slot_was_lost_ = false;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_WITNESS_MACHINE_H_
