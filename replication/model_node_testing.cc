#include "replication/model_node_testing.h"

#include <algorithm>

namespace understudy::replication {
namespace {

uint64_t Mix(uint64_t a, uint64_t b) {
  uint64_t x = (a ^ (b + 0x9e3779b97f4a7c15u + (a << 6))) * 0xbf58476d1ce4e5b9u;
  x = (x ^ (x >> 27)) * 0x94d049bb133111ebu;
  return x ^ (x >> 31);
}

ModelEntry Chained(const ModelLog& log, Epoch epoch, uint64_t payload, Duration at) {
  const uint64_t before = log.empty() ? 1 : log.back().chain;
  return {epoch, payload, Mix(Mix(before, epoch.value()), payload), at};
}

}  // namespace

EpochHistory HistoryOf(const ModelLog& log) {
  EpochHistory history;
  for (size_t i = 0; i < log.size(); ++i) history.Add(log[i].epoch, Lsn(i + 1)).IgnoreError();
  return history;
}

ModelNode::ModelNode(int index, const ModelOptions& options, ModelObserver* observer)
    : index_(index), options_(options), observer_(observer), mistakes_(options.mistake) {
  store_.store_id = index == 0 ? 0xa0 : 0xb0;
}

// ---- The process.

void ModelNode::Start(const absl::optional<Register>& present) {
  const bool keeps_incarnation = options_.mistake == Mistake::kStart && store_.start_number > 0;
  if (!keeps_incarnation) ++store_.start_number;
  store_.synced = store_.log.size();
  NodeFacts facts;
  facts.me = me();
  facts.cluster_id = store_.cluster_id;
  facts.new_cluster_id = 100 + static_cast<uint64_t>(index_);
  facts.promise = store_.promise;
  facts.last_epoch = store_.log.empty() ? Epoch() : store_.log.back().epoch;
  facts.end = end();
  const bool resumes = options_.mistake == Mistake::kResume && present && !store_.log.empty() &&
                       present->primary.store_id == store_.store_id && present->epoch == facts.last_epoch;
  if (resumes) facts.me = present->primary;
  pair_ = std::make_unique<Pair>(options_.pair, facts);
  if (resumes) PairMistakes::Resume(*present, pair_.get());
  mistakes_ = PairMistakes(options_.mistake);
  Step(replication::Tick{});
}

void ModelNode::Die(size_t entries_kept) {
  store_.log.resize(std::min(store_.log.size(), std::max(entries_kept, store_.synced)));
  if (options_.mistake == Mistake::kForget) store_.promise = Epoch();
  for (std::shared_ptr<Connection>& connection : accepted_) Close(&connection);
  accepted_.clear();
  Close(&session_);
  CloseDialled();
  pair_.reset();
  released_ = Lsn();
  input_stopped_ = dialling_ = false;
  keeping_.clear();
  exchange_.reset();
  last_asked_.reset();
}

void ModelNode::LoseDisk(uint64_t new_store_id) {
  if (options_.mistake == Mistake::kStoreId) new_store_id = store_.store_id;
  store_ = ModelStore();
  store_.store_id = new_store_id;
}

// ---- The machine and its outputs.

void ModelNode::Step(const Input& input) {
  mistakes_.Before(input, pair_.get());
  const Output out = pair_->Step(clock_, input);
  mistakes_.After(pair_.get());
  for (const auto& [event, text] : out.events) observer_->Event(index_, event, text);
  Do(out);
  Release();
}

void ModelNode::Do(const Output& out) {
  if (out.adopt_cluster) store_.cluster_id = *out.adopt_cluster;
  if (out.step_down) {
    for (std::shared_ptr<Connection>& connection : accepted_) Close(&connection);
    accepted_.clear();
    Close(&session_);
    released_ = Lsn();
    input_stopped_ = false;
  }
  if (out.keep_promise) keeping_.push_back(*out.keep_promise);
  if (out.stop_input) input_stopped_ = true;
  if (out.resume_input) input_stopped_ = false;
  DoLink(out);
  if (out.ask || out.read) {
    const bool repeated = out.ask && out.ask == last_asked_;
    const bool touches = out.ask && out.ask->operation == RegisterOperation::kTouch;
    if (options_.mistake == Mistake::kStuck && touches) return;
    exchange_ = Exchange{out.ask, absl::nullopt};
    if (options_.mistake == Mistake::kReadBack && repeated) exchange_->request.reset();
    if (out.ask) last_asked_ = out.ask;
  }
  if (out.serve) Serve(*out.serve);
}

void ModelNode::DoLink(const Output& out) {
  if (out.dial) dialling_ = true;
  const bool goes_on = options_.mistake == Mistake::kPromise && out.hang_up && acks_ && !out.serve;
  if (out.hang_up && !goes_on) CloseDialled();
  if (out.say_hello) SayHello();
  if (out.welcome) SayWelcome();
  if (out.refuse) {
    Refusal refusal;
    refusal.reason = *out.refuse;
    refusal.node = pair_->me();
    refusal.view = pair_->view();
    Say(hello_.first, refusal);
    Close(&hello_.first);
  }
  if (out.begin_acks) acks_ = true;
  if (out.tell_register && session_ != nullptr) Say(session_, *pair_->view());
  if (out.ping) Say(session_ != nullptr ? session_ : dialled_, Heartbeat{*out.ping, 0});
}

void ModelNode::Serve(Epoch epoch) {
  observer_->Served(index_, epoch, store_.log);
  CloseDialled();
  released_ = Lsn();
  input_stopped_ = false;
  Append(epoch, 0);
}

void ModelNode::Append(Epoch epoch, uint64_t payload) {
  store_.log.push_back(Chained(store_.log, epoch, payload, clock_));
  Step(LogGrew{end()});
}

// What is not released when a primary begins is released again.
void ModelNode::Release() {
  if (pair_->role() != Role::kPrimary) return;
  const Lsn limit = std::min(mistakes_.Limit(*pair_), end());
  while (released_ < limit) {
    released_ = released_.Next();
    observer_->Released(index_, pair_->epoch(), released_, store_.log[released_.value() - 1]);
  }
}

void ModelNode::ReportHeld() {
  absl::optional<Duration> since;
  if (pair_->role() == Role::kPrimary) {
    for (size_t i = released_.value(); i < store_.log.size() && !since; ++i) {
      if (store_.log[i].epoch == pair_->epoch() && store_.log[i].payload != 0) since = store_.log[i].at;
    }
  }
  Step(HeldSince{since});
}

void ModelNode::Tick(Duration passed) {
  clock_ = clock_ + passed;
  ReportHeld();
  Step(replication::Tick{});
}

bool ModelNode::TakesInput() const {
  return up() && pair_->role() == Role::kPrimary && pair_->standing() != Standing::kUnsure && !input_stopped_;
}

void ModelNode::TakeInput(uint64_t payload) { Append(pair_->epoch(), payload); }

// ---- The store.

void ModelNode::SyncLog() {
  store_.synced = store_.log.size();
  Step(LogDurable{Lsn(store_.synced)});
}

// The log first, then the promise.
void ModelNode::KeepPromise() {
  const Epoch promise = keeping_.front();
  keeping_.pop_front();
  if (options_.mistake == Mistake::kPromise && acks_) return Step(PromiseKept{promise});
  if (options_.mistake != Mistake::kAcquireSync && CanSync()) SyncLog();
  store_.promise = promise;
  Step(PromiseKept{promise});
}

// ---- Links.

void ModelNode::Say(const std::shared_ptr<Connection>& connection, Frame frame) const {
  if (connection == nullptr || !connection->open[1 - index_]) return;
  connection->to[1 - index_].push_back({std::move(frame), clock_});
}

void ModelNode::Close(std::shared_ptr<Connection>* connection) const {
  if (*connection == nullptr) return;
  (*connection)->open[index_] = false;
  (*connection)->to[index_].clear();
  connection->reset();
}

void ModelNode::CloseDialled() {
  Close(&dialled_);
  preparing_.reset();
  welcomed_ = acks_ = false;
  acked_.reset();
}

std::vector<std::shared_ptr<Connection>> ModelNode::Connections() const {
  std::vector<std::shared_ptr<Connection>> all = accepted_;
  if (session_ != nullptr) all.push_back(session_);
  if (dialled_ != nullptr) all.push_back(dialled_);
  return all;
}

void ModelNode::DialEnded(const std::shared_ptr<Connection>& connection, bool refused) {
  dialling_ = false;
  CloseDialled();
  if (connection == nullptr) return Step(DialFailed{refused});
  dialled_ = connection;
  Step(LinkUp{});
}

void ModelNode::Accepted(const std::shared_ptr<Connection>& connection) { accepted_.push_back(connection); }

void ModelNode::SayHello() const {
  Hello hello;
  hello.cluster_id = store_.cluster_id;
  hello.node = pair_->me();
  hello.promise = pair_->promise();
  hello.end = end();
  hello.chain.lo = store_.log.empty() ? 0 : store_.log.back().chain;
  hello.history = HistoryOf(store_.log);
  hello.timeout = options_.pair.suspect;
  Say(dialled_, std::move(hello));
}

Lsn ModelNode::CommonWith(const Hello& hello) const {
  const EpochHistory mine = HistoryOf(store_.log);
  if (options_.mistake == Mistake::kCut) return std::min(hello.end, end());
  if (options_.mistake == Mistake::kCutByEpoch) {
    for (const EpochBegin& begin : mine.epochs()) {
      if (begin.epoch == hello.history.last().Next()) return std::min(hello.end, begin.first_lsn.Previous());
    }
    return std::min(hello.end, end());
  }
  const absl::optional<CommonPoint> common = LastCommon(mine, end(), hello.history, hello.end);
  return common ? common->lsn : Lsn();
}

void ModelNode::SayWelcome() {
  Close(&session_);
  session_ = hello_.first;
  Welcome welcome;
  welcome.cluster_id = store_.cluster_id;
  welcome.node = pair_->me();
  welcome.epoch = pair_->epoch();
  welcome.common_lsn = CommonWith(hello_.second);
  sent_ = welcome.common_lsn.value();
  welcome.chain.lo = sent_ == 0 ? 0 : store_.log[sent_ - 1].chain;
  welcome.common_epoch = sent_ == 0 ? Epoch() : store_.log[sent_ - 1].epoch;
  welcome.end = end();
  welcome.timeout = options_.pair.suspect;
  Say(session_, welcome);
  if (!CanStream()) Step(SessionLive{true});
}

// The tail that the primary does not have goes; only then is anything taken or acknowledged.
void ModelNode::Prepare() {
  const Welcome welcome = *std::exchange(preparing_, absl::nullopt);
  const size_t keep = static_cast<size_t>(welcome.common_lsn.value());
  const bool by_mistake = options_.mistake == Mistake::kCut || options_.mistake == Mistake::kCutByEpoch;
  const bool fits = keep == 0 || (keep <= store_.log.size() && store_.log[keep - 1].chain == welcome.chain.lo);
  if (!fits && !by_mistake) return observer_->Broken("S1: one (epoch, lsn) has two histories");
  for (size_t i = keep; i < store_.log.size(); ++i) observer_->Cut(index_, Lsn(i + 1), store_.log[i]);
  store_.log.resize(std::min(keep, store_.log.size()));
  store_.synced = std::min(store_.synced, store_.log.size());
  Step(LogGrew{end()});
  Step(LogDurable{Lsn(store_.synced)});
  Step(Prepared{});
}

void ModelNode::Stream() {
  const ModelEntry& entry = store_.log[sent_];
  ++sent_;
  Say(session_, AppendFrame{pair_->epoch(), Lsn(sent_), entry});
  if (sent_ == store_.log.size()) Step(SessionLive{true});
}

bool ModelNode::CanAck() const {
  if (!up() || !acks_ || dialled_ == nullptr) return false;
  if (options_.mistake == Mistake::kAck && !dialled_->to[index_].empty()) return true;
  return !acked_ || acked_->received != end() || acked_->durable != Lsn(store_.synced);
}

void ModelNode::SendAck() {
  Ack ack{pair_->epoch(), end(), Lsn(store_.synced), end()};
  if (options_.mistake == Mistake::kAck) {
    for (const SentFrame& sent : dialled_->to[index_]) {
      if (const auto* append = std::get_if<AppendFrame>(&sent.frame)) ack.received = ack.durable = append->lsn;
    }
  }
  acked_ = ack;
  Say(dialled_, ack);
}

void ModelNode::SendHeartbeat() {
  if (session_ != nullptr) Say(session_, Heartbeat{});
  if (dialled_ != nullptr && welcomed_) Say(dialled_, Heartbeat{});
}

void ModelNode::SayGoodbye() {
  if (session_ != nullptr) Say(session_, GoodbyeFrame{});
  if (dialled_ != nullptr && welcomed_) Say(dialled_, GoodbyeFrame{});
}

// A backup does not read on before its log is cut and its promise kept.
bool ModelNode::CanReceive(const Connection& connection) const {
  if (connection.to[index_].empty()) return !connection.open[1 - index_];
  const bool append = std::holds_alternative<AppendFrame>(connection.to[index_].front().frame);
  return !append || acks_ || !welcomed_;
}

void ModelNode::Receive(const std::shared_ptr<Connection>& connection) {
  if (connection->to[index_].empty()) return Ended(connection);
  const Frame frame = std::move(connection->to[index_].front().frame);
  heard_of_peer_ = std::max(heard_of_peer_, connection->to[index_].front().at);
  connection->to[index_].pop_front();
  if (connection == session_ || connection == dialled_) Step(PeerHeard{});
  if (!connection->open[index_]) return;
  std::visit([&](const auto& f) { On(connection, f); }, frame);
  goodbye_ = std::holds_alternative<GoodbyeFrame>(frame);
}

void ModelNode::Ended(const std::shared_ptr<Connection>& connection) {
  const bool was_dialled = connection == dialled_;
  const bool was_session = connection == session_;
  connection->open[index_] = false;
  std::erase(accepted_, connection);
  if (was_dialled) CloseDialled();
  if (was_session) session_.reset();
  if (was_dialled || was_session) Step(LinkDown{std::exchange(goodbye_, false)});
}

void ModelNode::On(const std::shared_ptr<Connection>& connection, const Hello& frame) {
  std::erase(accepted_, connection);
  hello_ = {connection, frame};
  Step(PeerHello{frame.node, frame.promise, Duration(), frame.timeout});
  hello_ = {};
}

void ModelNode::On(const std::shared_ptr<Connection>& connection, const Welcome& frame) {
  if (connection != dialled_) return;
  welcomed_ = true;
  preparing_ = frame;
  Step(PeerWelcome{frame.node, frame.epoch, frame.plan, Duration(), frame.timeout});
}

void ModelNode::On(const std::shared_ptr<Connection>& connection, const Refusal& frame) {
  if (connection == dialled_) Step(PeerRefusal{frame.reason, frame.node, frame.view});
}

void ModelNode::On(const std::shared_ptr<Connection>& connection, const AppendFrame& frame) {
  const bool by_mistake = options_.mistake == Mistake::kPromise && acks_;
  if (connection != dialled_ || frame.lsn != end().Next()) return;
  if (!by_mistake && !(pair_->accepts_append() && frame.epoch == pair_->epoch())) return;
  const ModelEntry expected = Chained(store_.log, frame.entry.epoch, frame.entry.payload, clock_);
  const bool lax = options_.mistake == Mistake::kCut || options_.mistake == Mistake::kCutByEpoch;
  if (!lax && !expected.Same(frame.entry)) return observer_->Broken("S1: an entry does not continue the backup's log");
  store_.log.push_back(frame.entry);
  Step(LogGrew{end()});
}

void ModelNode::On(const std::shared_ptr<Connection>& connection, const Ack& frame) {
  if (connection == session_) Step(PeerAck{frame});
}

void ModelNode::On(const std::shared_ptr<Connection>& connection, const Heartbeat& frame) {
  if (connection != session_ && connection != dialled_) return;
  if (frame.ping != 0) Say(connection, Heartbeat{0, frame.ping});
  if (frame.pong != 0) Step(PeerPong{frame.pong});
}

void ModelNode::On(const std::shared_ptr<Connection>& connection, const Register& frame) {
  if (connection == session_ || connection == dialled_) Step(PeerRegister{frame});
}

void ModelNode::On(const std::shared_ptr<Connection>&, const GoodbyeFrame&) {}

void ModelNode::WitnessEnded(const absl::optional<RegisterAnswer>& answer) {
  exchange_.reset();
  if (answer) {
    Step(WitnessAnswered{*answer});
  } else {
    Step(WitnessFailed{});
  }
}

}  // namespace understudy::replication
