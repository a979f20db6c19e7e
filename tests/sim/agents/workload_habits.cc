// What calls have beyond ringing, talking and hanging up.
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/agents/workload.h"

namespace understudy::sim {
namespace {

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

void DrawPracks(Chance& chance, CallPlan* plan) {
  plan->rings = plan->reliable = true;
  plan->misses_reliable = chance.OneIn(2);
  plan->reliable_twice = !plan->misses_reliable || chance.OneIn(2);
}

// One session a call: what two phones say one after the other overtakes each other.
void DrawFork(Chance& chance, CallPlan* plan) {
  plan->fork.rings = true;
  plan->fork.early_media = !plan->early_media && chance.Percent(30);
  plan->fork.rings_after = chance.Skewed(Ms(1), Ms(1500));
  plan->fork.answers = chance.Percent(60);
  plan->fork.answers_after = chance.OneIn(2) ? chance.Between(Ms(0), Ms(10)) : chance.Skewed(Ms(1), Ms(3000));
}

}  // namespace

// With the server an interval is of 90 s at least (RFC 4028 section 4), so some calls last until all is hung up.
void Workload::DrawTimer(Chance& chance, CallPlan* plan) const {
  CallPlan::Timer& timer = plan->timer;
  timer.with_server[0] = timed_[plan->caller];
  timer.with_server[1] = timed_[plan->callee];
  const bool with_server = !timer.end_to_end();
  if (!chance.Percent(options_.timer_percent) && !with_server) return;
  constexpr std::array<char, 3> kRefreshers = {'c', 's', 0};
  timer.asked = with_server && chance.Percent(75) ? 90 : static_cast<uint32_t>(chance.Between(24, 60));
  if (with_server && chance.Percent(20)) timer.asked = 0;
  timer.refresher = chance.Pick(kRefreshers);
  timer.chosen = chance.OneIn(2) ? 'c' : 's';
  timer.supported = !chance.Percent(15);
  timer.pace = chance.Between(Ms(2000), Ms(9000));
  for (bool& by_update : timer.by_update) by_update = chance.OneIn(2);
  const bool lazy = chance.Percent(15);
  timer.lazy[0] = timer.lazy[1] = lazy;
  if (!chance.Percent(with_server ? 30 : 10)) return;
  plan->answer = CallPlan::Answer::kAccept;
  plan->begin = chance.Between(Ms(2000), Ms(4000));
  plan->ring = chance.Skewed(Ms(10), Ms(1000));
  plan->patience = Duration::Seconds(45);
  plan->talk = Duration::Seconds(200);
}

void Workload::AddOffices(const Chance& chance) {
  for (uint32_t i = 0; i < options_.transfer_offices; ++i) {
    TransferOffice::Phones phones;
    for (uint32_t n = 0; n < phones.size(); ++n) {
      const uint32_t number = 3 * i + n + 1;
      const Endpoint address = Endpoint::V4(10, 5, 0, static_cast<uint8_t>(number), 5060);
      auto phone =
          std::make_unique<DeskPhone>(absl::StrCat("t", number), absl::StrCat(3000 + number), address, options_.service,
                                      Transport::kUdp, events_, port_, &book_, chance.Fork("phone", number));
      phones[n] = phone.get();
      office_phones_.push_back(phone.get());
      agents_.push_back(std::move(phone));
    }
    offices_.push_back(std::make_unique<TransferOffice>(events_, &book_, phones, chance.Fork("office", i)));
  }
}

void Workload::AddTwins(const Chance& chance) {
  for (uint32_t i = 0; i < options_.twins && i < options_.phones; ++i) {
    const Endpoint address = Endpoint::V4(10, 6, 0, static_cast<uint8_t>(i + 1), 5060);
    auto twin =
        std::make_unique<TwinPhone>(parties_[i]->index(), absl::StrCat("b", i + 1), parties_[i]->number(), address,
                                    options_.service, Transport::kUdp, events_, port_, &book_, chance.Fork("phone", i));
    twins_.push_back(twin.get());
    agents_.push_back(std::move(twin));
  }
}

void Workload::AddLampPhones(const Chance& chance) {
  for (uint32_t i = 0; i < options_.lamp_phones; ++i) {
    const Endpoint address = Endpoint::V4(10, 7, 0, static_cast<uint8_t>(i + 1), 5060);
    Chance watched = chance.Fork("watched", i);
    auto phone =
        std::make_unique<LampPhone>(absl::StrCat("l", i + 1), absl::StrCat(5001 + i), address, options_.service,
                                    Transport::kUdp, events_, port_, &book_, chance.Fork("phone", i));
    std::vector<std::string> numbers;
    for (uint32_t n = 0; n < options_.phones; ++n) {
      if (watched.OneIn(3)) numbers.push_back(parties_[n]->number());
    }
    phone->Watch(numbers);
    lamp_phones_.push_back(phone.get());
    agents_.push_back(std::move(phone));
  }
}

void Workload::DrawHabits(const Chance& chance) {
  Chance timers = chance.Fork("timers");
  for (size_t i = 0; i < parties_.size(); ++i) timed_.push_back(timers.Percent(options_.timed_percent));
  Chance pracks = chance.Fork("pracks");
  Chance forks = chance.Fork("forks");
  for (uint32_t call = 1; call <= book_.size(); ++call) {
    CallPlan& plan = book_.Find(call)->plan;
    if (plan.kind != CallPlan::Kind::kCall || plan.callee == CallPlan::kNobody) continue;
    if (pracks.Percent(options_.prack_percent)) DrawPracks(pracks, &plan);
    const bool to_gateway = plan.callee >= options_.phones;
    if (to_gateway && forks.Percent(options_.fork_percent)) DrawFork(forks, &plan);
    DrawTimer(timers, &plan);
  }
}

}  // namespace understudy::sim
