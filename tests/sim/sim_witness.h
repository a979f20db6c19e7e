// The witness of a simulated pair: the arbiter of production on a machine of its own (witness_machine.h), and what can
// become of a question on its way there and back.
//
//   SimRegister reg(&events, chance);
//   reg.SetTrouble({.lose_answer = 30});              // percent
//   SimWitness witness(&loop, &reg, 0);               // of a process on machine 0
//   reg.OnWrong([](const std::string& what) { ... });
//
// What the arbiter has said stays said, through all its deaths: its register is compared with the rules of
// replication/register.h, which know each request, after every question and every start. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_SIM_WITNESS_H_
#define UNDERSTUDY_TESTS_SIM_SIM_WITNESS_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "daemon/net/scheduler.h"
#include "daemon/witness/witness.h"
#include "replication/register.h"
#include "tests/sim/virtual_time.h"
#include "tests/sim/witness_machine.h"

namespace understudy::sim {

// What a question meets, in percent of the questions.
struct WitnessTrouble {
  uint64_t lose_request = 0;  // it never arrives
  uint64_t lose_answer = 0;   // it is decided, and nobody hears of it
  uint64_t late_copy = 0;     // it is answered, and a copy of it arrives up to seconds later
  int64_t slowness = 1;       // its way takes so many times as long
};

// What became of one question.
enum class WitnessFate : uint8_t {
  kAnswered,
  kRequestLost,
  kAnswerLost,
  kLateCopy,  // answered, and a copy is on its way
  kCopyCame,
  kUnreachable,  // or its process does not run
  kDied,         // it died over it; whether it was granted is known when it is started again, and said then
};

class SimRegister {
 public:
  static constexpr size_t kMachines = 2;
  static constexpr Duration kDeadline = Duration::Seconds(1);  // of one question, as the real clients have it

  // `events` outlives it.
  SimRegister(EventQueue* events, const Chance& chance) : events_(events), chance_(chance) {}

  // What is kept; of a change that its death came between, what was before it until it is started again.
  const absl::optional<replication::Register>& value() const { return value_; }
  // Every register there was, oldest first.
  const std::vector<replication::Register>& history() const { return history_; }

  void SetTrouble(const WitnessTrouble& trouble) { trouble_ = trouble; }
  // Of the way between it and one machine. Cut twice, it is mended twice.
  void SetCut(size_t machine, bool cut) { cuts_.at(machine) += cut ? 1 : -1; }
  bool reachable(size_t machine) const { return cuts_.at(machine) == 0; }
  // The registers that there may be without anybody asking anything more: of what is on its way, copies included.
  std::vector<replication::Register> Possible() const;
  // Sees what became of each question; `request` is null for a read, `granted` whether the register changed.
  using FateSeen =
      std::function<void(size_t machine, const replication::RegisterRequest* request, WitnessFate fate, bool granted)>;
  void OnFate(FateSeen seen) { seen_ = std::move(seen); }
  // Hears what must not be.
  void OnWrong(std::function<void(const std::string& what)> wrong) { wrong_ = std::move(wrong); }

  // ---- Its machine.
  const WitnessMachine& machine() const { return machine_; }
  // Hears each death, after it.
  void OnDeath(std::function<void()> died) { died_ = std::move(died); }
  void Die(const WitnessDeath& death);
  void DieAfter(uint64_t changes, const WitnessDeath& death) { machine_.DieAfter(changes, death); }
  void FlipBit(uint64_t draw) { machine_.FlipBit(draw); }
  void Start();

 private:
  friend class SimWitness;
  using Answer = absl::StatusOr<replication::RegisterAnswer>;
  using Request = absl::optional<replication::RegisterRequest>;
  using Answered = std::function<void(const Answer&)>;
  // Of one that has arrived; nullopt: nobody answers, not even that nobody does.
  struct Outcome {
    absl::optional<Answer> answer;
    bool granted = false;
    WitnessFate fate = WitnessFate::kUnreachable;
  };
  // On its way: what may yet be granted.
  struct Departed {
    size_t machine;
    replication::RegisterRequest request;
  };

  void Take(size_t machine, const Request& request, Answered answered);
  uint64_t Depart(size_t machine, const Request& request);
  Outcome Arrive(const Request& request, uint64_t departed, WitnessFate fate);
  bool Follow(const Request& request);
  const Answer& Understood(const std::string& said);
  void Wrong(const std::string& what) const;
  Duration Way();

  EventQueue* const events_;
  Chance chance_;
  absl::optional<replication::Register> value_;
  std::vector<replication::Register> history_;
  std::map<uint64_t, Departed> on_their_way_;
  uint64_t last_on_its_way_ = 0;
  WitnessMachine machine_;
  uint64_t died_over_ = 0;  // the one of those on their way; 0: none
  std::string said_last_;
  Answer understood_last_;
  const Answer failed_ = absl::UnavailableError("the witness fails");
  WitnessTrouble trouble_;
  std::array<int, kMachines> cuts_{};
  FateSeen seen_;
  std::function<void(const std::string& what)> wrong_;
  std::function<void()> died_;
};

// As a process on `machine` sees it. `loop` and `reg` outlive it.
class SimWitness : public witness::Witness {
 public:
  SimWitness(net::Scheduler* loop, SimRegister* reg, size_t machine);

  void Read(Done done) override { Begin(absl::nullopt, std::move(done)); }
  void Ask(const replication::RegisterRequest& request, Done done) override { Begin(request, std::move(done)); }
  // What is asked and not answered.
  const absl::optional<replication::RegisterRequest>& at_hand() const { return at_hand_; }

 private:
  void Begin(const SimRegister::Request& request, Done done);
  void End(const absl::StatusOr<replication::RegisterAnswer>& answer);

  net::Scheduler* const loop_;
  SimRegister* const register_;
  const size_t machine_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
  uint64_t question_ = 0;
  Done done_;
  absl::optional<replication::RegisterRequest> at_hand_;
  net::Alarm deadline_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_SIM_WITNESS_H_
