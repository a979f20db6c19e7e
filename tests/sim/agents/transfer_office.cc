#include "tests/sim/agents/transfer_office.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using Answer = DeskPhone::Manners::Answer;

constexpr Duration kTick = Duration::Milliseconds(50);
constexpr Duration kPause = Duration::Seconds(3);       // between two rounds: what is late arrives
constexpr Duration kNoAnswer = Duration::Seconds(12);   // of the numbers
constexpr Duration kRegistered = Duration::Seconds(2);  // since then
constexpr Duration kServersBye = Duration::Seconds(4);  // to a transferor that does not hang up

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

}  // namespace

const DeskPhone::Call* TransferOffice::CallOf(Role role, uint32_t row) const {
  const auto& calls = phone(role).all_calls();
  return row < calls.size() ? &calls[row] : nullptr;
}

bool TransferOffice::IsUp(Role role, uint32_t row) const {
  const DeskPhone::Call* const call = CallOf(role, row);
  return call != nullptr && call->state == State::kEstablished;
}

uint32_t TransferOffice::Live(Role role) const {
  uint32_t live = 0;
  for (const DeskPhone::Call& call : phone(role).all_calls()) live += call.state != State::kOver ? 1 : 0;
  return live;
}

bool TransferOffice::TalksTo(Role one, Role other) const {
  for (const DeskPhone::Call& call : phone(one).all_calls()) {
    if (call.state == State::kEstablished) return call.talks_to == phone(other).index();
  }
  return false;
}

Duration TransferOffice::Trouble() const {
  uint32_t losses = 0;
  for (const DeskPhone* phone : phones_) losses += phone->losses();
  return book_->Trouble(phones_[0]->index(), begun_) + book_->tolerance().a_loss * (losses - losses_);
}

// When all is about to end phones take no more calls, and a server whose disk is low takes none either.
bool TransferOffice::MayFail() const {
  return stopped_ || book_->DiskWasLow(begun_) || Trouble() > Duration();
}

// Without trouble a step is over soon; where all repetitions may be lost it may never be.
bool TransferOffice::IsLate(Duration more) const {
  const Duration trouble = Trouble();
  if (book_->IsFatal(trouble)) return false;
  const Tolerance& tolerance = book_->tolerance();
  return book_->now() > since_ + more + (trouble > Duration() ? tolerance.settle_late : tolerance.settle);
}

void TransferOffice::Start() {
  not_before_ = book_->now() + chance_.Between(Ms(1500), Ms(6000));
  Tick();
}

void TransferOffice::WindDown() {
  stopped_ = true;
  if (step_ != Step::kRest) Enter(Step::kEnding, {});
}

void TransferOffice::Enter(Step step, Duration wait) {
  step_ = step;
  since_ = book_->now();
  not_before_ = since_ + wait;
}

void TransferOffice::Tick() {
  events_->After(kTick, [this] { Tick(); });
  if (book_->now() < not_before_) return;
  switch (step_) {
    case Step::kRest:
      return Begin();
    case Step::kDialling:
      return Dialled();
    case Step::kTalking:
    case Step::kHolding:
      return Talk();
    case Step::kConsulting:
      return Consult();
    case Step::kReferred:
    case Step::kTold:
      return Told();
    case Step::kJoined:
      return Join();
    case Step::kBack:
      return GoBack();
    case Step::kEnding:
      return End();
  }
}

void TransferOffice::Begin() {
  if (stopped_) return;
  const Duration now = book_->now();
  for (const DeskPhone* phone : phones_) {
    if (!book_->RegisteredSince(phone->index(), now - kRegistered)) return;
  }
  begun_ = now;
  losses_ = 0;
  for (const DeskPhone* phone : phones_) losses_ += phone->losses();
  for (uint32_t i = 2; i > 0; --i) std::swap(roles_[i], roles_[chance_.Below(i + 1)]);
  for (Role role : {kTransferee, kTransferor, kTarget}) {
    first_[role] = static_cast<uint32_t>(phone(role).all_calls().size());
  }
  transferee_calls_ = chance_.OneIn(2);
  attended_ = chance_.OneIn(2);
  early_ = attended_ && chance_.Percent(30);
  holds_ = chance_.Percent(60);
  hangs_up_ = chance_.Percent(70);
  target_.answer = chance_.Percent(70) ? Answer::kAccept : chance_.OneIn(2) ? Answer::kRefuse : Answer::kRingAndRefuse;
  target_.ring = chance_.Skewed(Ms(20), Ms(3000));
  phone(kTransferee).Script({Answer::kAccept, Ms(200)});
  phone(kTransferor).Script({Answer::kAccept, Ms(200)});
  phone(kTarget).Script(target_);
  main_[0] = first_[kTransferee];
  main_[1] = first_[kTransferor];
  if (transferee_calls_) {
    phone(kTransferee).Dial(phone(kTransferor).number());
  } else {
    phone(kTransferor).Dial(phone(kTransferee).number());
  }
  Enter(Step::kDialling, {});
}

void TransferOffice::Dialled() {
  if (IsUp(kTransferee, main_[0]) && IsUp(kTransferor, main_[1])) {
    return Enter(Step::kTalking, chance_.Skewed(Ms(300), Ms(4000)));
  }
  const DeskPhone::Call& caller = transferee_calls_ ? *CallOf(kTransferee, main_[0]) : *CallOf(kTransferor, main_[1]);
  if (caller.state == State::kOver)
    Abort(absl::StrCat("a call is refused with ", caller.status), MayFail());
  if (step_ == Step::kDialling && IsLate(kNoAnswer)) Abort("a call is not set up", false);
}

void TransferOffice::Talk() {
  if (!IsUp(kTransferee, main_[0]) || !IsUp(kTransferor, main_[1])) return Abort("a call is lost", false);
  if (!holds_ || step_ == Step::kHolding) return HandOver();
  phone(kTransferor).Hold(main_[1]);
  Enter(Step::kHolding, chance_.Skewed(Ms(10), Ms(2500)));
}

void TransferOffice::HandOver() {
  if (!attended_) return Refer(kNoRow);
  consult_ = phone(kTransferor).Dial(phone(kTarget).number());
  Enter(Step::kConsulting, {});
}

void TransferOffice::Consult() {
  const DeskPhone::Call& consult = *CallOf(kTransferor, consult_);
  const DeskPhone::Call* const there = CallOf(kTarget, first_[kTarget]);
  const bool up = consult.state == State::kEstablished && there != nullptr && there->state == State::kEstablished;
  const bool rings = consult.state == State::kCalling && consult.rung && there != nullptr;
  if (up || (early_ && rings && there->state == State::kRinging)) return Refer(consult_);
  if (consult.state == State::kOver) {
    const bool meant = target_.answer != Answer::kAccept;
    if (!meant) return Abort(absl::StrCat("a call is refused with ", consult.status), MayFail());
    return Enter(Step::kBack, Ms(500));
  }
  if (IsLate(kNoAnswer)) Abort("a call is not set up", false);
}

void TransferOffice::Refer(uint32_t replaced) {
  phone(kTransferor).Refer(main_[1], phone(kTarget).number(), replaced);
  Enter(Step::kReferred, {});
}

void TransferOffice::Told() {
  const DeskPhone::Call& call = *CallOf(kTransferor, main_[1]);
  const bool has_refused = early_ && target_.answer != Answer::kAccept;  // before the REFER came: nothing to replace
  if (step_ == Step::kReferred && call.refer_status == 481 && has_refused) return Enter(Step::kBack, Ms(500));
  if (step_ == Step::kReferred && call.refer_status >= 300) {
    return Abort(absl::StrCat("a REFER is refused with ", call.refer_status), MayFail());
  }
  if (step_ == Step::kReferred && call.refer_status != 0) Enter(Step::kTold, {});
  if (call.last_notice) {
    const int status = call.notices.back();
    if (status >= 300) {
      const bool meant = target_.answer != Answer::kAccept;
      if (!meant && !MayFail()) Abort(absl::StrCat("a transfer fails with ", status), false);
      return Enter(Step::kBack, Ms(500));
    }
    if (hangs_up_) phone(kTransferor).HangUpCall(main_[1]);
    return Enter(Step::kJoined, {});
  }
  if (call.state != State::kEstablished) {
    return Abort("who hands a call over is not told what has come of it", Trouble() > Duration());
  }
  if (IsLate(kNoAnswer)) Abort("what has come of a REFER is not told", false);
}

void TransferOffice::Join() {
  const bool left = Live(kTransferor) == 0;
  const bool joined = left && Live(kTransferee) == 1 && Live(kTarget) == 1 && TalksTo(kTransferee, kTarget) &&
                      TalksTo(kTarget, kTransferee);
  if (joined) {
    ++(attended_ ? counts_.attended : counts_.blind);
    HangUp(&phone(chance_.OneIn(2) ? kTarget : kTransferee));
    return Enter(Step::kEnding, {});
  }
  const bool over = left && Live(kTransferee) == 0 && Live(kTarget) == 0;
  if (over && target_.answer != Answer::kAccept) return Enter(Step::kEnding, {});
  if (over) return Abort("a call that was handed over is lost", Trouble() > Duration());
  if (IsLate(kServersBye)) {
    Abort(absl::StrCat("a call was handed over, and the transferor is in ", Live(kTransferor),
                       " calls, the transferee in ", Live(kTransferee), ", the target in ", Live(kTarget)),
          false);
  }
}

void TransferOffice::GoBack() {
  if (!IsUp(kTransferee, main_[0]) || !IsUp(kTransferor, main_[1])) {
    return Abort("a call that was not handed over is lost", false);
  }
  ++counts_.failed;
  HangUp(&phone(chance_.OneIn(2) ? kTransferor : kTransferee));
  Enter(Step::kEnding, {});
}

void TransferOffice::End() {
  if (Live(kTransferee) + Live(kTransferor) + Live(kTarget) == 0) {
    return Enter(Step::kRest, kPause + chance_.Skewed(Ms(10), Ms(3000)));
  }
  if (IsLate({})) Abort("stuck: a call of three phones does not end", false);
}

void TransferOffice::HangUp(DeskPhone* phone) {
  for (uint32_t row = 0; row < phone->all_calls().size(); ++row) phone->HangUpCall(row);
}

// What is still there is ended; what must not be is said, unless trouble may be why.
void TransferOffice::Abort(absl::string_view wrong, bool excused) {
  ++counts_.given_up;
  if (!excused && !book_->IsFatal(Trouble())) book_->Violated(phone(kTransferor).index(), 0, wrong, {});
  for (DeskPhone* phone : phones_) HangUp(phone);
  Enter(Step::kEnding, {});
}

}  // namespace understudy::sim
