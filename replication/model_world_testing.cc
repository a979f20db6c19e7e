#include "replication/model_world_testing.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"

namespace understudy::replication {
namespace {

constexpr Duration kTickLength = Duration::Milliseconds(20);

constexpr absl::string_view kActNames[kActs] = {
    "Tick",      "Wait",   "Stall",   "Sync", "Keep",  "Input",  "Stream",    "Receive", "Ack",
    "Prepare",   "DialEnds", "Reach", "Answer", "NoAnswer", "Hint", "Heartbeat", "Late",    "Crash",
    "Power",     "Disk",   "Leave",   "Start", "Cut",  "CutLate", "Heal",     "Handover"};

}  // namespace

absl::string_view ActName(Act act) { return kActNames[static_cast<int>(act)]; }

PairOptions ModelTimes(CommitMode mode) {
  PairOptions options;
  options.mode = mode;
  options.suspect = Duration::Milliseconds(150);
  options.max_hold = Duration::Milliseconds(60);
  options.reconnect = Duration::Milliseconds(20);
  options.witness_retry = Duration::Milliseconds(10);
  options.witness_poll = Duration::Milliseconds(100);
  options.handover = Duration::Milliseconds(200);
  return options;
}

std::string Coverage::ToText() const {
  std::string out = absl::StrCat(walks, " walks, ", steps, " steps, ", epochs, " epochs served, ", operator_only,
                                 " ends for the operator\nevents:");
  for (uint64_t count : events) absl::StrAppend(&out, " ", count);
  absl::StrAppend(&out, "\nacts:");
  for (int a = 0; a < kActs; ++a) absl::StrAppend(&out, " ", kActNames[a], "=", acts[static_cast<size_t>(a)]);
  for (size_t o = 0; o < verdicts.size(); ++o) {
    absl::StrAppend(&out, "\n", OperationName(static_cast<RegisterOperation>(o)), ":");
    for (size_t v = 0; v < 5; ++v) {
      absl::StrAppend(&out, " ", VerdictName(static_cast<RegisterVerdict>(v)), "=", verdicts[o][v]);
    }
  }
  return out;
}

World::World(const ModelOptions& options, uint64_t seed, Coverage* coverage)
    : options_(options), coverage_(coverage), random_(seed * 0x9e3779b97f4a7c15u + 1) {
  ModelObserver* const observer = this;
  for (int n = 0; n < 2; ++n) nodes_[static_cast<size_t>(n)] = std::make_unique<ModelNode>(n, options, observer);
}

uint64_t World::Random(uint64_t below) {
  random_ ^= random_ << 13;
  random_ ^= random_ >> 7;
  random_ ^= random_ << 17;
  return ((random_ * 0x2545f4914f6cdd1du) >> 33) % below;
}

std::string World::History() const { return absl::StrJoin(history_, " "); }

// ---- What can happen.

bool World::Can(Move move) const {
  const ModelNode& node = *nodes_[static_cast<size_t>(move.node)];
  return move.act < Act::kLate ? CanByItself(move, node) : CanFault(move, node);
}

bool World::CanByItself(Move move, const ModelNode& node) const {
  if (!node.up()) return false;
  const absl::optional<Exchange>& exchange = const_cast<ModelNode&>(node).exchange();
  switch (move.act) {
    case Act::kSync: return node.CanSync();
    case Act::kKeep: return node.CanKeepPromise();
    case Act::kInput: return node.TakesInput();
    case Act::kStream: return node.CanStream();
    case Act::kReceive: {
      const auto connections = node.Connections();
      return std::any_of(connections.begin(), connections.end(), [&](const auto& c) { return node.CanReceive(*c); });
    }
    case Act::kAck: return node.CanAck();
    case Act::kPrepare: return node.CanPrepare();
    case Act::kDialEnds: return node.dialling();
    case Act::kReach: return exchange && !exchange->answer;
    case Act::kAnswer: return exchange && exchange->answer;
    case Act::kNoAnswer: return exchange.has_value();
    case Act::kHint:
      return exchange && !exchange->answer && exchange->request && witness_ &&
             exchange->request->operation == RegisterOperation::kAcquire;
    default: return true;
  }
}

bool World::CanFault(Move move, const ModelNode& node) const {
  switch (move.act) {
    case Act::kLate: return late_.has_value();
    case Act::kStart: return !node.up();
    case Act::kCut:
    case Act::kCutLate: return network_;
    case Act::kHeal: return !network_;
    case Act::kPower: return node.CanSync();
    case Act::kHandover: return node.up() && node.pair().role() == Role::kPrimary;
    default: return node.up();
  }
}

bool World::Do(Move move) {
  if (!Can(move)) return false;
  history_.push_back(absl::StrCat(ActName(move.act), move.node == 0 ? "A" : "B"));
  ++done_[static_cast<size_t>(move.act)];
  ++coverage_->acts[static_cast<size_t>(move.act)];
  ++coverage_->steps;
  ModelNode* node = nodes_[static_cast<size_t>(move.node)].get();
  if (move.act < Act::kLate) {
    DoByItself(move, node);
  } else {
    DoFault(move, node);
  }
  CheckEveryState();
  return true;
}

void World::DoByItself(Move move, ModelNode* node) {
  switch (move.act) {
    case Act::kWait:
      for (int i = 0; i < 9; ++i) node->Tick(kTickLength);
      return;
    case Act::kStall: return node->Tick(Duration::Milliseconds(700));
    case Act::kSync: return node->SyncLog();
    case Act::kKeep: return node->KeepPromise();
    case Act::kInput:
      CheckHeard(*node, *nodes_[static_cast<size_t>(1 - move.node)]);
      return node->TakeInput(++payloads_);
    case Act::kStream: return node->Stream();
    case Act::kReceive: {
      auto connections = node->Connections();
      std::erase_if(connections, [&](const auto& c) { return !node->CanReceive(*c); });
      return node->Receive(connections[Random(connections.size())]);
    }
    case Act::kAck: return node->SendAck();
    case Act::kPrepare: return node->Prepare();
    case Act::kDialEnds: return DialEnds(move.node);
    case Act::kReach: return Reach(node);
    case Act::kAnswer: return node->WitnessEnded(absl::optional<RegisterAnswer>(*node->exchange()->answer));
    case Act::kNoAnswer: return NoAnswer(node);
    case Act::kHint:
      late_ = node->exchange()->request;
      node->exchange()->answer = RegisterAnswer{RegisterVerdict::kRefused, witness_, "a lease is held"};
      return;
    case Act::kHeartbeat: return node->SendHeartbeat();
    default: return node->Tick(kTickLength);
  }
}

void World::DoFault(Move move, ModelNode* node) {
  const bool dies = move.act == Act::kCrash || move.act == Act::kPower || move.act == Act::kDisk;
  const bool on_its_way = node->exchange() && node->exchange()->request && !node->exchange()->answer;
  if (dies && on_its_way && Random(2) == 0) late_ = node->exchange()->request;
  switch (move.act) {
    case Act::kLate:
      Execute(*std::exchange(late_, absl::nullopt));
      return;
    case Act::kCrash: return node->Die(node->store().log.size());
    case Act::kPower: {
      const ModelStore& store = node->store();
      return node->Die(store.synced + Random(store.log.size() - store.synced));
    }
    case Act::kDisk:
      node->Die(0);
      node->LoseDisk(next_store_++);
      blank_[static_cast<size_t>(move.node)] = true;
      return;
    case Act::kLeave:
      if (node->CanSync()) node->SyncLog();
      node->SayGoodbye();
      return node->Die(node->store().log.size());
    case Act::kStart: return node->Start(witness_);
    case Act::kCut: return CutNetwork(false);
    case Act::kCutLate: return CutNetwork(true);
    case Act::kHeal: network_ = true; return;
    default: return node->AskHandover();
  }
}

void World::DialEnds(int n) {
  ModelNode& caller = *nodes_[static_cast<size_t>(n)];
  ModelNode& called = *nodes_[static_cast<size_t>(1 - n)];
  if (!network_ || !called.up()) return caller.DialEnded(nullptr, network_);
  auto connection = std::make_shared<Connection>(n);
  called.Accepted(connection);
  caller.DialEnded(connection, false);
}

void World::CutNetwork(bool acks_survive) {
  network_ = false;
  for (int n = 0; n < 2; ++n) {
    for (const auto& connection : nodes_[static_cast<size_t>(n)]->Connections()) {
      const int acceptor = 1 - connection->dialler;
      connection->to[static_cast<size_t>(connection->dialler)].clear();
      if (!acks_survive) connection->to[static_cast<size_t>(acceptor)].clear();
      connection->open = {false, false};
    }
  }
}

void World::CheckHeard(const ModelNode& reads, const ModelNode& peer) {
  if (reads.pair().view()->in_sync.size() < 2) return;
  if (reads.clock() - peer.heard_of_peer() > options_.pair.suspect) {
    Broken("S8: a primary reads input, and its peer has heard nothing of it for so long that it may serve");
  }
}

// ---- The witness.

void World::Reach(ModelNode* node) {
  Exchange& exchange = *node->exchange();
  if (!exchange.request) {
    exchange.answer = RegisterAnswer{RegisterVerdict::kDone, witness_, ""};
    if (!witness_) exchange.answer->verdict = RegisterVerdict::kBlank;
    return;
  }
  if (!calm_ && Random(4) == 0) late_ = exchange.request;
  exchange.answer = Execute(*exchange.request);
}

void World::NoAnswer(ModelNode* node) {
  const Exchange exchange = *node->exchange();
  if (exchange.request && !exchange.answer && Random(2) == 0) late_ = exchange.request;
  node->WitnessEnded(absl::nullopt);
}

RegisterAnswer World::Execute(const RegisterRequest& request) {
  RegisterRequest taken = request;
  absl::optional<Register> present = witness_;
  if (present && options_.mistake == Mistake::kVersion) taken.version = present->version;
  const bool anyone = options_.mistake == Mistake::kAnyone && request.operation == RegisterOperation::kAcquire;
  if (present && anyone) present->in_sync = {request.asker};
  RegisterAnswer answer = Decide(present, taken);
  ++coverage_->verdicts[static_cast<size_t>(request.operation)][static_cast<size_t>(answer.verdict)];
  if (answer.verdict != RegisterVerdict::kDone) return answer;
  if (request.operation == RegisterOperation::kAcquire) {
    const auto& before = witness_->in_sync;
    const bool named = std::any_of(before.begin(), before.end(), [&](const Incarnation& member) {
      return member.store_id == request.asker.store_id;
    });
    if (!named) Broken("S3: the witness promotes a node that is not in the set");
  }
  for (size_t n = 0; n < 2; ++n) {
    const bool grown = request.operation == RegisterOperation::kGrow || request.operation == RegisterOperation::kCreate;
    const uint64_t store = nodes_[n]->store().store_id;
    if (grown && (request.peer.store_id == store || request.asker.store_id == store)) blank_[n] = false;
  }
  witness_ = answer.now;
  return answer;
}

// ---- What must always hold.

void World::Broken(const std::string& what) {
  if (broken_.empty()) broken_ = what;
}

void World::Event(int node, PairEvent event, const std::string&) {
  ++coverage_->events[static_cast<size_t>(event)];
  history_.push_back(absl::StrCat("[", node == 0 ? "A" : "B", " event ", static_cast<int>(event), "]"));
}

void World::Served(int node, Epoch epoch, const ModelLog& before) {
  ++coverage_->epochs;
  history_.push_back(absl::StrCat("[", node == 0 ? "A" : "B", " serves ", epoch.value(), "]"));
  if (blank_[static_cast<size_t>(node)]) Broken("S7: a node that lost its disk serves before a Grow");
  if (!before_.emplace(epoch, before).second) Broken(absl::StrCat("S2: epoch ", epoch.value(), " is served twice"));
}

void World::Released(int node, Epoch epoch, Lsn lsn, const ModelEntry& entry) {
  const auto [releaser, first] = releasers_.emplace(epoch, node);
  if (!first && releaser->second != node) Broken("S2: two nodes release in one epoch");
  const size_t i = static_cast<size_t>(lsn.value() - 1);
  if (released_.size() <= i) released_.resize(i + 1);
  if (entry.payload == 0) return;
  absl::optional<ModelEntry>& before = released_[i];
  if (before && !before->Same(entry)) Broken(absl::StrCat("S1: lsn ", lsn.value(), " is released with two entries"));
  if (epoch < last_releasing_ && !before) {
    const ModelLog& successor = before_[last_releasing_];
    if (successor.size() <= i || !successor[i].Same(entry)) Broken("S2: news of an epoch that is over");
  }
  last_releasing_ = std::max(last_releasing_, epoch);
  if (!before) before = entry;
  if (entry.payload == goal_) goal_reached_ = true;
}

void World::Cut(int, Lsn lsn, const ModelEntry& entry) {
  const size_t i = static_cast<size_t>(lsn.value() - 1);
  if (i < released_.size() && released_[i] && released_[i]->Same(entry)) Broken("S4: a released entry is cut");
}

bool World::MayBePromoted(int n) const {
  const ModelNode& node = *nodes_[static_cast<size_t>(n)];
  return witness_ && node.up() && MayAcquire(*witness_, node.pair().me());
}

bool World::HasAllReleased(int n) const {
  const ModelLog& log = nodes_[static_cast<size_t>(n)]->store().log;
  for (size_t i = 0; i < released_.size(); ++i) {
    if (released_[i] && (log.size() <= i || !log[i].Same(*released_[i]))) return false;
  }
  return true;
}

void World::CheckEveryState() {
  for (int n = 0; n < 2; ++n) {
    if (MayBePromoted(n) && !HasAllReleased(n)) {
      Broken(absl::StrCat("S5: ", n == 0 ? "A" : "B", " may be promoted and lacks what was released"));
    }
  }
}

// ---- Walks.

bool World::WithinBounds(Move move, const Bounds& bounds) const {
  const auto done = [&](Act act) { return done_[static_cast<size_t>(act)]; };
  switch (move.act) {
    case Act::kInput: return done(Act::kInput) < bounds.inputs;
    case Act::kCrash:
    case Act::kPower:
    case Act::kLeave:
      return done(Act::kCrash) + done(Act::kPower) + done(Act::kLeave) + done(Act::kDisk) < bounds.crashes;
    case Act::kDisk: return done(Act::kDisk) < bounds.disks;
    case Act::kCut:
    case Act::kCutLate: return done(Act::kCut) + done(Act::kCutLate) < bounds.cuts;
    case Act::kHandover: return done(Act::kHandover) < bounds.handovers;
    default: return true;
  }
}

// Every walk has likings of its own: some acts often, some rarely, some not at all.
void World::Walk(Bounds bounds) {
  static constexpr uint32_t kUsual[kActs] = {6,  4,  1,  4, 10, 8, 10, 14, 10, 10, 12, 12, 12,
                                             2, 8, 4, 3,  1, 5,  1,  1,  10, 1,  1,  8,  1};
  static constexpr uint32_t kLiking[4] = {0, 1, 4, 12};
  std::array<std::array<uint64_t, 2>, kActs> weight;
  uint64_t sum = 0;
  for (size_t a = 0; a < kActs; ++a) {
    for (size_t n = 0; n < 2; ++n) {
      sum += weight[a][n] = kUsual[a] * kLiking[Random(3) == 0 ? Random(4) : 2];
    }
  }
  bounds.disks = Random(3) == 0 ? bounds.disks : 0;
  bounds.crashes = static_cast<int>(Random(static_cast<uint64_t>(bounds.crashes) + 1));
  bounds.cuts = static_cast<int>(Random(static_cast<uint64_t>(bounds.cuts) + 1));
  Do({Act::kStart, 0});
  Do({Act::kStart, 1});
  if (Random(4) != 0) Settle(14);
  for (int step = 0; step < bounds.steps && broken_.empty(); ++step) {
    if (Random(10) == 0) {
      const int paused = static_cast<int>(Random(3));
      Settle(static_cast<int>(1 + Random(12)), paused, static_cast<Act>(Random(kActs)));
      step += 5;
      continue;
    }
    for (int attempt = 0; attempt < 40; ++attempt) {
      uint64_t at = Random(sum);
      Move move;
      for (size_t i = 0; i < 2 * kActs; ++i) {
        move = {static_cast<Act>(i / 2), static_cast<int>(i % 2)};
        if (at < weight[i / 2][i % 2]) break;
        at -= weight[i / 2][i % 2];
      }
      if (WithinBounds(move, bounds) && Do(move)) break;
    }
  }
}

void World::Settle(int rounds, int paused, Act skipped) {
  static constexpr Act kOrder[] = {Act::kKeep,   Act::kPrepare, Act::kDialEnds, Act::kReach, Act::kAnswer,
                                   Act::kStream, Act::kReceive, Act::kSync,     Act::kAck};
  for (int round = 0; round < rounds && broken_.empty(); ++round) {
    for (int n = 0; n < 2; ++n) {
      if (n == paused || !nodes_[static_cast<size_t>(n)]->up()) continue;
      for (Act act : kOrder) {
        if (act == skipped) continue;
        for (int i = 0; i < 40 && Do({act, n}); ++i) {
        }
      }
      Do({Act::kHeartbeat, n});
      Do({Act::kTick, n});
    }
  }
}

int World::Primary() const {
  for (int n = 0; n < 2; ++n) {
    const ModelNode& node = *nodes_[static_cast<size_t>(n)];
    const bool serves = node.up() && node.pair().role() == Role::kPrimary;
    if (serves && witness_ && node.pair().epoch() == witness_->epoch) return n;
  }
  return -1;
}

bool World::PairIsWhole() const {
  const int primary = Primary();
  if (primary < 0) return false;
  const ModelNode& backup = *nodes_[static_cast<size_t>(1 - primary)];
  return nodes_[static_cast<size_t>(primary)]->pair().ready() && backup.up() && backup.pair().ready() &&
         witness_->in_sync.size() == 2;
}

bool World::Calm() {
  calm_ = true;
  Do({Act::kHeal, 0});
  for (int n = 0; n < 2; ++n) Do({Act::kStart, n});
  Do({Act::kLate, 0});
  for (int round = 0; round < 4000 && broken_.empty(); ++round) {
    Settle(1);
    const int primary = Primary();
    const bool takes = primary >= 0 && nodes_[static_cast<size_t>(primary)]->TakesInput();
    if (takes && tried_ < witness_->epoch && PairIsWhole()) {
      tried_ = witness_->epoch;
      goal_ = payloads_ + 1;
      Do({Act::kInput, primary});
    }
    if (goal_reached_ && PairIsWhole()) return true;
    if (round == 300 && witness_ && !MayBePromoted(0) && !MayBePromoted(1) && Primary() < 0) {
      ++coverage_->operator_only;
      return true;
    }
  }
  return false;
}

}  // namespace understudy::replication
