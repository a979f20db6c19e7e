// A node of the pair in memory: a Pair, its log, and what a daemon does with a Pair's output, in the fewest words. It
// is the driver's specification: daemon/ does the same with sockets, a journal and an engine.
//
//   ModelNode node(0, options, &checker);
//   node.Start(absl::nullopt);
//   node.Tick(Duration::Milliseconds(20));
//   Deliver(&connection, ...)  // model_world_testing.h plays network, witness, disk and clock
//
// For tests only. Not thread-safe. The World owns nodes and connections.
#ifndef UNDERSTUDY_REPLICATION_MODEL_NODE_TESTING_H_
#define UNDERSTUDY_REPLICATION_MODEL_NODE_TESTING_H_

#include <array>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/types/optional.h"
#include "base/ids.h"
#include "base/time.h"
#include "replication/epoch_history.h"
#include "replication/messages.h"
#include "replication/pair.h"
#include "replication/pair_mistakes_testing.h"
#include "replication/register.h"

namespace understudy::replication {

struct ModelEntry {
  Epoch epoch;
  uint64_t payload = 0;  // 0: EpochStart, which has no effects
  uint64_t chain = 0;    // of this entry and all before it
  Duration at;           // on the clock of the node that appended it

  bool Same(const ModelEntry& other) const { return chain == other.chain; }
};
using ModelLog = std::vector<ModelEntry>;  // the entry of lsn l is log[l - 1]

EpochHistory HistoryOf(const ModelLog& log);

struct AppendFrame {
  Epoch epoch;
  Lsn lsn;
  ModelEntry entry;
};
struct GoodbyeFrame {};
using Frame = std::variant<Hello, Welcome, Refusal, AppendFrame, Ack, Heartbeat, Register, GoodbyeFrame>;

struct SentFrame {
  Frame frame;
  Duration at;  // on the sender's clock
};

// A stream between the two nodes. What one has sent before it closed can still be read, unless the network was cut.
struct Connection {
  explicit Connection(int who) : dialler(who) {}

  int dialler;
  std::array<std::deque<SentFrame>, 2> to;  // [i]: frames that node i has not read yet
  std::array<bool, 2> open = {true, true};
};

// What one exchange with the witness has come to.
struct Exchange {
  absl::optional<RegisterRequest> request;  // nullopt: a read
  absl::optional<RegisterAnswer> answer;    // on its way back
};

// What survives the process; `log` beyond `synced` survives its death only.
struct ModelStore {
  uint64_t store_id = 0;
  uint64_t start_number = 0;
  uint64_t cluster_id = 0;
  Epoch promise;
  ModelLog log;
  size_t synced = 0;
};

struct ModelOptions {
  PairOptions pair;
  Mistake mistake = Mistake::kNone;
};

// Is told of what the properties are about.
class ModelObserver {
 public:
  virtual ~ModelObserver() = default;
  virtual void Served(int node, Epoch epoch, const ModelLog& before) = 0;
  virtual void Released(int node, Epoch epoch, Lsn lsn, const ModelEntry& entry) = 0;
  virtual void Cut(int node, Lsn lsn, const ModelEntry& entry) = 0;
  virtual void Event(int node, PairEvent event, const std::string& text) = 0;
  virtual void Broken(const std::string& what) = 0;
};

class ModelNode {
 public:
  ModelNode(int index, const ModelOptions& options, ModelObserver* observer);

  // ---- The process.
  void Start(const absl::optional<Register>& present);  // `present` is for Mistake::kResume only
  void Die(size_t entries_kept);
  void LoseDisk(uint64_t new_store_id);
  bool up() const { return pair_ != nullptr; }

  // ---- What it is given.
  void Tick(Duration passed);
  void TakeInput(uint64_t payload);
  void DialEnded(const std::shared_ptr<Connection>& connection, bool refused);  // nullptr: in vain
  void Accepted(const std::shared_ptr<Connection>& connection);
  bool CanReceive(const Connection& connection) const;
  void Receive(const std::shared_ptr<Connection>& connection);  // the next frame, or the end of the stream
  void WitnessEnded(const absl::optional<RegisterAnswer>& answer);
  void AskHandover() { Step(HandoverAsked{}); }
  void AskForce() { Step(ForceAsked{}); }

  // ---- What it does by itself, each when the World says so.
  bool CanSync() const { return up() && store_.synced < store_.log.size(); }
  void SyncLog();
  bool CanKeepPromise() const { return up() && !keeping_.empty(); }
  void KeepPromise();
  bool CanPrepare() const { return up() && preparing_.has_value(); }
  void Prepare();
  bool CanStream() const { return session_ != nullptr && sent_ < store_.log.size(); }
  void Stream();
  bool CanAck() const;
  void SendAck();
  void SendHeartbeat();
  void SayGoodbye();
  bool TakesInput() const;

  const Pair& pair() const { return *pair_; }
  const ModelStore& store() const { return store_; }
  ModelStore* mutable_store() { return &store_; }
  Incarnation me() const { return {store_.store_id, store_.start_number}; }
  Lsn end() const { return Lsn(store_.log.size()); }
  Lsn released() const { return released_; }
  Duration clock() const { return clock_; }
  // When, on its own clock, the peer sent the last that this node has heard of it; 0: nothing yet.
  Duration heard_of_peer() const { return heard_of_peer_; }
  bool dialling() const { return dialling_; }
  absl::optional<Exchange>& exchange() { return exchange_; }
  std::vector<std::shared_ptr<Connection>> Connections() const;

 private:
  void Step(const Input& input);
  void Do(const Output& out);
  void DoLink(const Output& out);
  void Serve(Epoch epoch);
  void Append(Epoch epoch, uint64_t payload);
  void Release();
  void Say(const std::shared_ptr<Connection>& connection, Frame frame) const;
  void SayHello() const;
  void SayWelcome();
  void Close(std::shared_ptr<Connection>* connection) const;
  void CloseDialled();
  void Ended(const std::shared_ptr<Connection>& connection);
  void ReportHeld();

  void On(const std::shared_ptr<Connection>& connection, const Hello& frame);
  void On(const std::shared_ptr<Connection>& connection, const Welcome& frame);
  void On(const std::shared_ptr<Connection>& connection, const Refusal& frame);
  void On(const std::shared_ptr<Connection>& connection, const AppendFrame& frame);
  void On(const std::shared_ptr<Connection>& connection, const Ack& frame);
  void On(const std::shared_ptr<Connection>& connection, const Heartbeat& frame);
  void On(const std::shared_ptr<Connection>& connection, const Register& frame);
  void On(const std::shared_ptr<Connection>& connection, const GoodbyeFrame& frame);
  Lsn CommonWith(const Hello& hello) const;

  const int index_;
  const ModelOptions options_;
  ModelObserver* const observer_;
  ModelStore store_;

  std::unique_ptr<Pair> pair_;
  PairMistakes mistakes_;
  Duration clock_;
  Duration heard_of_peer_;
  Lsn released_;
  bool input_stopped_ = false;
  std::deque<Epoch> keeping_;  // promises to be kept, in order
  absl::optional<Welcome> preparing_;
  bool welcomed_ = false;  // by the primary of the dialled connection
  bool acks_ = false;
  absl::optional<Ack> acked_;  // the last that was sent
  bool goodbye_ = false;       // read from the connection at hand
  bool dialling_ = false;
  std::shared_ptr<Connection> dialled_;
  std::vector<std::shared_ptr<Connection>> accepted_;  // before their Hello
  std::shared_ptr<Connection> session_;                // of a primary
  std::pair<std::shared_ptr<Connection>, Hello> hello_;
  size_t sent_ = 0;
  absl::optional<Exchange> exchange_;
  absl::optional<RegisterRequest> last_asked_;
};

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_MODEL_NODE_TESTING_H_
