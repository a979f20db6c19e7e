#include "tests/sim/sim_witness.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "daemon/witness/register_json.h"

namespace understudy::sim {

using replication::Register;
using replication::RegisterAnswer;
using replication::RegisterVerdict;

namespace {

constexpr Duration kShortestWay = Duration::Microseconds(200);
constexpr Duration kLongestWay = Duration::Milliseconds(15);
constexpr Duration kLatestCopy = Duration::Seconds(6);

}  // namespace

Duration SimRegister::Way() { return chance_.Skewed(kShortestWay, kLongestWay) * trouble_.slowness; }

uint64_t SimRegister::Depart(size_t machine, const Request& request) {
  if (!request) return 0;
  on_their_way_[++last_on_its_way_] = {machine, *request};
  return last_on_its_way_;
}

std::vector<Register> SimRegister::Possible() const {
  std::vector<Register> possible;
  if (value_) possible.push_back(*value_);
  for (const auto& [name, departed] : on_their_way_) {
    const RegisterAnswer answer = replication::Decide(value_, departed.request);
    if (answer.verdict == RegisterVerdict::kDone) possible.push_back(*answer.now);
  }
  return possible;
}

void SimRegister::Wrong(const std::string& what) const {
  if (wrong_) wrong_(what);
}

// What it keeps by now, and whether `request` brought that about. Nothing else may have.
bool SimRegister::Follow(const Request& request) {
  const absl::optional<Register>& now = machine_.value();
  if (now == value_) return false;
  const absl::optional<Register> before = std::exchange(value_, now);
  if (now) history_.push_back(*now);
  if (request) {
    const RegisterAnswer decided = replication::Decide(before, *request);
    if (decided.verdict == RegisterVerdict::kDone && decided.now == now) return true;
  }
  Wrong(absl::StrCat("the witness had \"", before ? ToText(*before) : "blank", "\" and has \"",
                     now ? ToText(*now) : "blank", "\", which nobody has asked for"));
  return true;
}

// Most are reads of a register that has not changed: the same words mean the same.
const SimRegister::Answer& SimRegister::Understood(const std::string& said) {
  if (said != said_last_) {
    understood_last_ = witness::ParseAnswer(absl::StripSuffix(said, "\n"));
    said_last_ = said;
  }
  return understood_last_;
}

SimRegister::Outcome SimRegister::Arrive(const Request& request, uint64_t departed, WitnessFate fate) {
  const bool was_up = machine_.up();
  absl::optional<std::string> said;
  if (was_up) said = machine_.Ask(request ? absl::make_optional(witness::RequestJson(*request)) : absl::nullopt);
  if (!machine_.up()) {
    Outcome outcome;
    if (!machine_.dark()) outcome.answer = absl::UnavailableError("nobody listens there");
    if (!was_up) {
      on_their_way_.erase(departed);
      return outcome;
    }
    outcome.fate = WitnessFate::kDied;
    died_over_ = departed;
    if (died_) died_();
    return outcome;
  }
  on_their_way_.erase(departed);
  const bool granted = Follow(request);
  const Answer& answer = said ? Understood(*said) : failed_;
  if (!answer.ok() || answer->now != value_ || (request && granted != (answer->verdict == RegisterVerdict::kDone))) {
    Wrong(absl::StrCat("the witness says \"", said.value_or("that it failed"), "\" and has \"",
                       value_ ? ToText(*value_) : "blank", "\""));
  }
  return {answer, granted, fate};
}

void SimRegister::Die(const WitnessDeath& death) {
  machine_.Die(death);
  if (died_) died_();
}

// A request that it died over may turn out to be granted.
void SimRegister::Start() {
  const absl::Status started = machine_.Start();
  if (!started.ok()) Wrong(absl::StrCat("the witness does not start: ", started.message()));
  if (!machine_.up()) {
    if (started.ok() && died_) died_();
    return;
  }
  const auto found = on_their_way_.find(std::exchange(died_over_, 0));
  if (found == on_their_way_.end()) {
    Follow(absl::nullopt);
    return;
  }
  const Departed over = found->second;
  on_their_way_.erase(found);
  const bool granted = Follow(over.request);
  if (granted && seen_) seen_(over.machine, &over.request, WitnessFate::kDied, true);
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
  const uint64_t departed = Depart(machine, request);
  events_->After(there, [this, machine, request, fate, back, copy, departed, answered = std::move(answered)] {
    Outcome outcome;
    if (!reachable(machine) || fate == WitnessFate::kRequestLost) {
      on_their_way_.erase(departed);
      if (reachable(machine)) outcome.fate = fate;
    } else {
      outcome = Arrive(request, departed, fate);
    }
    if (seen_) seen_(machine, request ? &*request : nullptr, outcome.fate, outcome.granted);
    if (outcome.fate == WitnessFate::kLateCopy) {
      const uint64_t again_departed = Depart(machine, request);
      events_->After(copy, [this, machine, request, again_departed] {
        const Outcome again = Arrive(request, again_departed, WitnessFate::kCopyCame);
        if (seen_) seen_(machine, &*request, again.fate, again.granted);
      });
    }
    if (!outcome.answer || outcome.fate == WitnessFate::kAnswerLost) return;
    events_->After(back, [this, machine, answer = *std::move(outcome.answer), answered] {
      if (reachable(machine)) answered(answer);
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
