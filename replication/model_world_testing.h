// Two ModelNodes, a witness, a network, and whatever can go wrong with them, one step at a time; after each step the
// properties S1 to S5, S7 and S8 of docs/replication.md are checked. S6 is that they hold in both modes.
//
//   World world(options, seed);
//   world.Walk();                            // random steps
//   if (!world.broken().empty()) print world.broken(), world.history()
//   world.Calm();                            // faults are over: there must be a pair again, and new input released
//
// or step by step: world.Do({Act::kCrash, 0}). For tests only. Not thread-safe.
#ifndef UNDERSTUDY_REPLICATION_MODEL_WORLD_TESTING_H_
#define UNDERSTUDY_REPLICATION_MODEL_WORLD_TESTING_H_

#include <array>
#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "replication/model_node_testing.h"

namespace understudy::replication {

// What can happen next, to node `n`.
enum class Act : uint8_t {
  kTick = 0,         // 20 ms pass on its clock
  kWait,             // so many that silence is suspicious
  kStall,            // they pass at once
  kSync,             // its log is synced
  kKeep,             // log and promise are
  kInput,            // the primary appends
  kStream,           // and sends one entry
  kReceive,          // it reads one frame, of any connection
  kAck,
  kPrepare,          // it cuts its log
  kDialEnds,
  kReach,            // its request reaches the witness
  kAnswer,           // the answer reaches it
  kNoAnswer,         // it gives up waiting: the request or its answer is lost, or the request is still on its way
  kHint,             // the witness refuses an Acquire of its own will, and a copy of it is still on its way
  kHeartbeat,
  kLate,             // the copy of an earlier request arrives
  kCrash,            // the process dies
  kPower,            // so does what is not synced
  kDisk,             // so does everything
  kLeave,            // it ends as asked
  kStart,
  kCut,              // the network is gone, with all that was on its way
  kCutLate,          // but acknowledgements that have arrived can still be read
  kHeal,
  kHandover,
};
inline constexpr int kActs = 26;
absl::string_view ActName(Act act);

struct Move {
  Act act = Act::kTick;
  int node = 0;
};

// How much may go wrong in a walk.
struct Bounds {
  int steps = 220;
  int inputs = 6;
  int crashes = 3;
  int disks = 1;
  int cuts = 3;
  int handovers = 2;
};

// Short times: a walk must not be long to reach what takes seconds.
PairOptions ModelTimes(CommitMode mode);

// What walks have come to, for the report.
struct Coverage {
  uint64_t walks = 0;
  uint64_t steps = 0;
  uint64_t operator_only = 0;
  uint64_t epochs = 0;
  std::array<uint64_t, kPairEvents> events{};
  std::array<uint64_t, kActs> acts{};
  std::array<std::array<uint64_t, 5>, kRegisterOperations> verdicts{};

  std::string ToText() const;
};

class World : private ModelObserver {
 public:
  World(const ModelOptions& options, uint64_t seed, Coverage* coverage);
  ~World() override = default;

  bool Can(Move move) const;
  // One step; false: it cannot happen now.
  bool Do(Move move);
  // Random steps within `bounds`, until something is broken.
  void Walk(Bounds bounds);
  // Both nodes up, network and witness well: until there is a pair, and an input of this phase is released.
  // False: that does not happen, and not only the operator could help.
  bool Calm();
  // Everything that can happen without faults happens, `rounds` times; not to node `paused`, and never `skipped`.
  void Settle(int rounds, int paused = -1, Act skipped = Act::kLate);

  // The first property that was violated; empty: none.
  const std::string& broken() const { return broken_; }
  // All steps so far.
  std::string History() const;
  ModelNode& node(int n) { return *nodes_[static_cast<size_t>(n)]; }
  const absl::optional<Register>& witness() const { return witness_; }
  // For scripts: the last copy of a request is on its way.
  bool has_late() const { return late_.has_value(); }
  // The primary of the register's epoch; -1: none.
  int Primary() const;
  bool PairIsWhole() const;

 private:
  void Served(int node, Epoch epoch, const ModelLog& before) override;
  void Released(int node, Epoch epoch, Lsn lsn, const ModelEntry& entry) override;
  void Cut(int node, Lsn lsn, const ModelEntry& entry) override;
  void Event(int node, PairEvent event, const std::string& text) override;
  void Broken(const std::string& what) override;

  uint64_t Random(uint64_t below);
  bool CanByItself(Move move, const ModelNode& node) const;
  bool CanFault(Move move, const ModelNode& node) const;
  void DoByItself(Move move, ModelNode* node);
  void DoFault(Move move, ModelNode* node);
  void Reach(ModelNode* node);
  void NoAnswer(ModelNode* node);
  RegisterAnswer Execute(const RegisterRequest& request);
  void DialEnds(int n);
  void CutNetwork(bool acks_survive);
  bool MayBePromoted(int n) const;
  bool HasAllReleased(int n) const;
  void CheckHeard(const ModelNode& reads, const ModelNode& peer);
  void CheckEveryState();
  bool WithinBounds(Move move, const Bounds& bounds) const;

  const ModelOptions options_;
  Coverage* const coverage_;
  std::array<std::unique_ptr<ModelNode>, 2> nodes_;
  std::array<bool, 2> blank_ = {false, false};  // lost its disk, and no Grow has named it since
  absl::optional<Register> witness_;
  absl::optional<RegisterRequest> late_;
  bool network_ = true;
  bool calm_ = false;
  uint64_t payloads_ = 0;
  uint64_t goal_ = 0;  // the payload that the calm phase waits for
  bool goal_reached_ = false;
  Epoch tried_;
  std::array<int, kActs> done_{};
  uint64_t next_store_ = 0xc0;
  uint64_t random_;

  std::vector<absl::optional<ModelEntry>> released_;  // [lsn - 1]: what has left, whoever released it first
  Epoch last_releasing_;
  std::map<Epoch, int> releasers_;
  std::map<Epoch, ModelLog> before_;  // the log of each epoch's primary when it began
  std::string broken_;
  std::vector<std::string> history_;
};

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_MODEL_WORLD_TESTING_H_
