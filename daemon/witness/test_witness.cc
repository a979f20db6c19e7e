#include "daemon/witness/test_witness.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"

namespace understudy::witness {

using replication::RegisterAnswer;
using replication::RegisterVerdict;

Fate TestRegister::FateOf(const replication::RegisterRequest* request) const {
  if (down) return Fate::kLoseRequest;
  return fate_ == nullptr ? Fate::kAnswer : fate_(request);
}

RegisterAnswer TestRegister::Read() const {
  return {value ? RegisterVerdict::kDone : RegisterVerdict::kBlank, value, ""};
}

RegisterAnswer TestRegister::Take(const replication::RegisterRequest& request) {
  RegisterAnswer answer = Decide(value, request);
  if (answer.verdict != RegisterVerdict::kDone) return answer;
  value = answer.now;
  history_.push_back(*value);
  return answer;
}

bool TestRegister::HasGrownSince(uint64_t version) const {
  return std::any_of(history_.begin(), history_.end(), [&](const replication::Register& r) {
    return r.version > version && r.in_sync.size() == 2;
  });
}

void TestRegister::Later(std::function<void()> what) {
  const uint64_t id = ++last_alarm_;
  const auto fire = [this, id, what = std::move(what)] {
    loop_->Post([this, id] { alarms_.erase(id); });
    what();
  };
  alarms_[id] = std::make_unique<net::Alarm>(loop_, fire);
  alarms_[id]->SetAfter(delay);
}

void TestWitness::Begin(const Request& request, Done done) {
  if (may_send_ != nullptr && !may_send_()) return;
  const Fate fate = register_->FateOf(request ? &*request : nullptr);
  const auto arrive = [value = register_, request, fate, done = std::move(done),
                       alive = std::weak_ptr<bool>(alive_)] {
    absl::StatusOr<RegisterAnswer> answer = absl::DeadlineExceededError("the witness does not answer");
    if (fate != Fate::kLoseRequest) {
      RegisterAnswer taken = Arrive(value, request);
      if (fate != Fate::kLoseAnswer) answer = std::move(taken);
    }
    if (!alive.expired()) done(answer);
  };
  if (fate == Fate::kTwice) {
    register_->Later([value = register_, request] { (void)Arrive(value, request); });
  }
  fate == Fate::kLate ? register_->Later(arrive) : loop_->Post(arrive);
}

}  // namespace understudy::witness
