#include "tests/sim/sim_witness.h"

#include <utility>

#include "absl/status/status.h"
#include "base/check.h"

namespace understudy::sim {
namespace {

constexpr Duration kShortestWay = Duration::Microseconds(200);
constexpr Duration kLongestWay = Duration::Milliseconds(15);
constexpr Duration kLatestCopy = Duration::Seconds(6);

}  // namespace

Duration SimRegister::Way() { return chance_.Skewed(kShortestWay, kLongestWay) * trouble_.slowness; }

replication::RegisterAnswer SimRegister::Decided(const Request& request, bool* granted) {
  *granted = false;
  if (!request) {
    if (!value_) return {replication::RegisterVerdict::kBlank, absl::nullopt, "blank"};
    return {replication::RegisterVerdict::kDone, value_, ""};
  }
  const replication::RegisterAnswer answer = replication::Decide(value_, *request);
  if (answer.verdict != replication::RegisterVerdict::kDone || answer.now == value_) return answer;
  *granted = true;
  value_ = answer.now;
  history_.push_back(*value_);
  return answer;
}

uint64_t SimRegister::Depart(const Request& request) {
  if (!request) return 0;
  on_their_way_[++last_on_its_way_] = *request;
  return last_on_its_way_;
}

std::vector<replication::Register> SimRegister::Possible() const {
  std::vector<replication::Register> possible;
  if (value_) possible.push_back(*value_);
  for (const auto& [name, request] : on_their_way_) {
    const replication::RegisterAnswer answer = replication::Decide(value_, request);
    if (answer.verdict == replication::RegisterVerdict::kDone) possible.push_back(*answer.now);
  }
  return possible;
}

// The way there and the way back are drawn at once: what else happens meanwhile does not change what is drawn.
void SimRegister::Take(size_t machine, const Request& request, Answered answered) {
  const Duration there = Way();
  const Duration back = Way();
  WitnessFate fate = WitnessFate::kAnswered;
  if (chance_.Percent(trouble_.lose_request)) {
    fate = WitnessFate::kRequestLost;
  } else if (chance_.Percent(trouble_.lose_answer)) {
    fate = WitnessFate::kAnswerLost;
  } else if (request && chance_.Percent(trouble_.late_copy)) {
    fate = WitnessFate::kLateCopy;
  }
  const Duration copy = chance_.Between(kShortestWay, kLatestCopy);
  const bool arrives = fate != WitnessFate::kRequestLost;
  const uint64_t departed = Depart(request);
  events_->After(there, [this, machine, request, fate, arrives, back, copy, departed, answered = std::move(answered)] {
    on_their_way_.erase(departed);
    const bool reachable = this->reachable(machine);
    bool granted = false;
    replication::RegisterAnswer answer;
    if (arrives && reachable) answer = Decided(request, &granted);
    if (seen_) seen_(machine, request ? &*request : nullptr, reachable ? fate : WitnessFate::kUnreachable, granted);
    if (!arrives || !reachable) return;
    if (fate == WitnessFate::kLateCopy) {
      const uint64_t again_departed = Depart(request);
      events_->After(copy, [this, machine, request, again_departed] {
        on_their_way_.erase(again_departed);
        bool again = false;
        Decided(request, &again);
        if (seen_) seen_(machine, &*request, WitnessFate::kCopyCame, again);
      });
    }
    if (fate == WitnessFate::kAnswerLost) return;
    events_->After(back, [this, machine, answer, answered] {
      if (this->reachable(machine)) answered(answer);
    });
  });
}

SimWitness::SimWitness(net::Scheduler* loop, SimRegister* reg, size_t machine)
    : loop_(loop), register_(reg), machine_(machine), deadline_(loop, [this] {
        End(absl::DeadlineExceededError("the witness does not answer"));
      }) {}

void SimWitness::Begin(const SimRegister::Request& request, Done done) {
  US_CHECK(done_ == nullptr);
  done_ = std::move(done);
  at_hand_ = request;
  const uint64_t mine = ++question_;
  deadline_.SetAfter(SimRegister::kDeadline);
  register_->Take(machine_, request, [this, mine, alive = std::weak_ptr<bool>(alive_)](const auto& answer) {
    if (alive.expired()) return;
    loop_->Post([this, mine, alive, answer] {
      if (!alive.expired() && mine == question_) End(answer);
    });
  });
}

// A process that was stopped may find the answer and the deadline together: whichever comes first counts.
void SimWitness::End(const absl::StatusOr<replication::RegisterAnswer>& answer) {
  if (done_ == nullptr) return;
  ++question_;
  deadline_.Clear();
  at_hand_.reset();
  const Done done = std::exchange(done_, nullptr);
  done(answer);
}

}  // namespace understudy::sim
