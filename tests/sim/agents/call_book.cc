#include "tests/sim/agents/call_book.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::sim {
namespace {

constexpr Duration kSecond = Duration::Seconds(1);
// Times without service between which there is less are one: nothing comes to its end in between.
constexpr Duration kOneAndTheSame = Duration::Seconds(1);
// Nobody waits longer for an answer.
constexpr Duration kGiveUp = Duration::Seconds(32);

absl::string_view SideName(uint8_t side) {
  return side == 0 ? "caller" : "callee";
}

}  // namespace

CallBook::CallBook(OnViolated on_violated, Tolerance tolerance, EventQueue* events)
    : on_violated_(std::move(on_violated)), tolerance_(tolerance), events_(events) {}

uint32_t CallBook::AddAgent(std::string name, bool stream) {
  agents_.push_back(AgentRow());
  agents_.back().name = std::move(name);
  agents_.back().stream = stream;
  return static_cast<uint32_t>(agents_.size() - 1);
}

uint32_t CallBook::AddCall(CallPlan plan) {
  calls_.emplace_back();
  calls_.back().side[0].agent = plan.caller;
  calls_.back().side[1].agent = plan.callee;
  calls_.back().plan = std::move(plan);
  return size();
}

uint32_t CallBook::Begun() const {
  return static_cast<uint32_t>(std::count_if(calls_.begin(), calls_.end(), [](const CallRecord& call) {
    return call.plan.kind == CallPlan::Kind::kCall && call.side[0].begun;
  }));
}

uint32_t CallBook::Settled() const {
  return static_cast<uint32_t>(std::count_if(calls_.begin(), calls_.end(), [](const CallRecord& call) {
    return call.plan.kind == CallPlan::Kind::kCall && (call.side[0].accepted || call.side[0].status != 0);
  }));
}

CallRecord* CallBook::Find(uint32_t call) {
  return call == 0 || call > calls_.size() ? nullptr : &calls_[call - 1];
}

const CallRecord* CallBook::Find(uint32_t call) const {
  return call == 0 || call > calls_.size() ? nullptr : &calls_[call - 1];
}

// Spans come in the order of their beginnings.
void CallBook::Add(Span span, std::vector<Span>* spans) {
  if (spans->empty() || span.from > spans->back().to + kOneAndTheSame) return spans->push_back(span);
  spans->back().to = std::max(spans->back().to, span.to);
}

void CallBook::ServiceDown() {
  if (down_since_ == FarFuture()) down_since_ = now();
}

void CallBook::ServiceUp() {
  if (down_since_ == FarFuture()) return;
  Add({down_since_, now()}, &outages_);
  down_since_ = FarFuture();
}

void CallBook::NoteOff(uint32_t agent, Duration from, Duration to) {
  agents_[agent].off.push_back({from, to});
}

void CallBook::ConnectionLost(uint32_t agent) {
  if (agents_[agent].alone_since == FarFuture()) agents_[agent].alone_since = now();
}

void CallBook::ConnectionBack(uint32_t agent) {
  AgentRow& row = agents_[agent];
  if (row.alone_since == FarFuture()) return;
  row.off.push_back({row.alone_since, now()});
  row.alone_since = FarFuture();
}

// What is left of a span after `from` and before now.
Duration CallBook::WeightOf(Span span, Duration from, Duration least) const {
  const Duration begin = std::max(span.from, from);
  const Duration end = std::min(span.to, now());
  if (begin > now() || span.to < from) return Duration();
  return std::max(end - begin, least);
}

Duration CallBook::Sum(const std::vector<Span>& spans, Duration from, Duration least) const {
  Duration sum;
  for (const Span& span : spans) sum = sum + WeightOf(span, from, least);
  return sum;
}

// One that goes on may be the last one's.
Duration CallBook::Outages(Duration from) const {
  const Duration over = Sum(outages_, from, tolerance_.an_outage);
  if (down_since_ == FarFuture()) return over;
  const bool flaps = !outages_.empty() && down_since_ <= outages_.back().to + kOneAndTheSame;
  return over + WeightOf({down_since_, FarFuture()}, from, flaps ? Duration() : tolerance_.an_outage);
}

Duration CallBook::OffTimes(uint32_t agent, Duration from) const {
  const AgentRow& row = agents_[agent];
  const Duration least = row.stream ? tolerance_.fatal : tolerance_.an_outage;
  return Sum(row.off, from, least) + WeightOf({row.alone_since, FarFuture()}, from, least);
}

// While what may be lost with a connection is said: longer where it may have had to be repeated, or nobody served.
CallBook::Span CallBook::MayBeLost(const CallRecord& record, Span broken) const {
  const Duration earliest = broken.from - kGiveUp;
  Span span{broken.from - tolerance_.under_way, broken.to};
  if (record.side[0].losses + record.side[1].losses > 0) span.from = earliest;
  for (const Span& outage : outages_) {
    if (outage.from < broken.from - kOneAndTheSame && outage.to >= earliest) span.from = earliest;
    if (outage.from <= broken.to) span.to = std::max(span.to, outage.to);
  }
  if (down_since_ != FarFuture()) span.to = now();
  span.to = span.to + tolerance_.under_way;
  return span;
}

bool CallBook::IsUnderWay(const CallRecord& record, Span broken) const {
  const Span span = MayBeLost(record, broken);
  for (size_t i = 0; i < 2; ++i) {
    const CallSide& side = record.side[i];
    if (!side.accepted || side.accepted_at > span.from) return true;
    const std::vector<Duration>& heard = record.side[1 - i].heard;
    for (size_t step = 0; step < side.said.size(); ++step) {
      const Duration said = side.said[step];
      if (said > span.to || said < broken.from - kGiveUp) continue;
      if (said >= span.from || step >= heard.size() || heard[step] > span.from) return true;
    }
  }
  return false;
}

// What the broken connections of one side weigh for its call.
Duration CallBook::BreaksOf(const CallRecord& record, uint32_t agent, Duration from) const {
  const AgentRow& row = agents_[agent];
  Duration sum;
  const auto add = [&](Span span) {
    const Duration least = IsUnderWay(record, span) ? tolerance_.fatal : Duration();
    sum = sum + WeightOf(span, from, least);
  };
  for (const Span& span : row.off) add(span);
  if (row.alone_since != FarFuture()) add({row.alone_since, FarFuture()});
  return sum;
}

Duration CallBook::Trouble(uint32_t agent, Duration from) const {
  return Outages(from) + OffTimes(agent, from) + (HasLostTime(from) ? tolerance_.fatal : Duration());
}

bool CallBook::MayBeUnreachable(uint32_t agent, Duration from) const {
  const Duration before = agents_[agent].stream ? tolerance_.connecting : Duration();
  return Trouble(agent, from - before) > Duration();
}

Duration CallBook::TroubleOf(uint32_t call, Duration from) const {
  return Outages(from) + TroubleBeside(call, from);
}

// Other than times without service.
Duration CallBook::TroubleBeside(uint32_t call, Duration from) const {
  const CallRecord& record = *Find(call);
  Duration sum = HasLostTime(from) ? tolerance_.fatal : Duration();
  for (const CallSide& side : record.side) {
    if (side.agent == CallPlan::kNobody) continue;
    const bool stream = agents_[side.agent].stream;
    sum = sum + (stream ? BreaksOf(record, side.agent, from) : OffTimes(side.agent, from));
    sum = sum + tolerance_.a_loss * side.losses;
  }
  return sum;
}

bool CallBook::HasLeft(uint32_t call, uint8_t side) const {
  const CallRecord& record = *Find(call);
  const CallSide& own = record.side[side];
  const CallSide& other = record.side[1 - side];
  if (other.hung_up || other.cancelled || other.gave_up || other.gone || other.status != 0) return true;
  return own.gave_up || own.gone || own.denied || other.denied;
}

bool CallBook::MayEnd(uint32_t call, uint8_t side) const {
  if (HasLeft(call, side)) return true;
  const CallRecord& record = *Find(call);
  const CallSide& own = record.side[side];
  const CallSide& other = record.side[1 - side];
  if (now() >= std::min(own.lapses_at, other.lapses_at) - kSecond) return true;
  const Duration patience = record.plan.no_answer;
  const bool answered = record.side[0].accepted && record.side[1].accepted;
  if (!answered && patience > Duration() && now() >= record.side[0].begun_at + patience - kSecond) return true;
  return IsFatal(TroubleOf(call, record.side[0].begun_at));
}

Duration CallBook::Unserved(Duration from) const {
  const Duration now_down = down_since_ == FarFuture() ? Duration() : now() - std::max(from, down_since_);
  return Sum(outages_, from, Duration()) + now_down;
}

Duration CallBook::ServedSince() const {
  if (down_since_ != FarFuture()) return now();
  return outages_.empty() ? serving_at_ : std::max(serving_at_, outages_.back().to);
}

// The servers' clock may not have run while nobody served. Whoever does not hear the other may be waited for.
Duration CallBook::MayGoOnUntil(uint32_t call, Duration since, Duration due) const {
  const Duration beside = TroubleBeside(call, since);
  if (IsFatal(beside)) return FarFuture();
  return std::max(due + Unserved(since), ServedSince() + tolerance_.grace) + beside;
}

// A refresh waits for what is under way, which a party that is off does not end for so long.
bool CallBook::MayRefreshLate(uint32_t call, Duration since, Duration due) const {
  if (IsFatal(Unserved(since)) || TroubleBeside(call, due - kGiveUp) > Duration()) return true;
  return Outages(due - tolerance_.message_age) > Duration() || serving_at_ >= due - tolerance_.message_age;
}

void CallBook::Over(uint32_t call, uint8_t side) {
  CallSide& own = Find(call)->side[side];
  if (own.over) return;
  own.over = true;
  own.over_at = now();
  if (Find(call)->side[1 - side].agent == CallPlan::kNobody) return;
  events_->After(tolerance_.settle, [this, call, side] { CheckSettled(call, side, false); });
  events_->After(tolerance_.settle_late, [this, call, side] { CheckSettled(call, side, true); });
}

void CallBook::CheckSettled(uint32_t call, uint8_t side, bool late) {
  const CallRecord& record = *Find(call);
  const CallSide& own = record.side[side];
  const CallSide& other = record.side[1 - side];
  if (!other.begun || other.over || own.gone || other.gone) return;
  const Duration trouble = TroubleOf(call, record.side[0].begun_at);
  if (late ? IsFatal(trouble) : trouble > Duration()) return;
  Violated(other.agent, call,
           absl::StrCat("stuck: the ", SideName(side), " has been through with the call since ",
                        own.over_at.milliseconds(), " ms, and the ", SideName(1 - side), " does not know"),
           {});
}

bool CallBook::IsAbandoned(uint32_t call) const {
  const CallSide& caller = Find(call)->side[0];
  const CallSide& callee = Find(call)->side[1];
  const bool left = caller.gone || caller.gave_up;
  return left && (callee.gone || callee.gave_up || !callee.begun);
}

uint32_t CallBook::CallOf(absl::string_view caller_call_id) const {
  const auto found = call_of_.find(caller_call_id);
  return found == call_of_.end() ? 0 : found->second;
}

void CallBook::NoteCallId(uint32_t call, absl::string_view caller_call_id) {
  call_of_.emplace(caller_call_id, call);
}

void CallBook::NoteRegistered(uint32_t agent, Duration since, Duration until) {
  agents_[agent].registered_since = since;
  agents_[agent].registered_until = until;
}

bool CallBook::RegisteredSince(uint32_t agent, Duration since) const {
  const AgentRow& row = agents_[agent];
  return row.registered_since <= since && row.registered_until > now() && !HasLostTime(row.registered_since);
}

void CallBook::Violated(uint32_t agent, uint32_t call, absl::string_view what, absl::string_view message) {
  ++counts_.violations;
  std::string text = absl::StrCat(now().milliseconds(), " ms: ", AgentName(agent));
  if (call != 0) absl::StrAppend(&text, ", call ", call);
  absl::StrAppend(&text, ": ", what);
  if (!message.empty()) absl::StrAppend(&text, "\n", message);
  on_violated_(text);
}

}  // namespace understudy::sim
