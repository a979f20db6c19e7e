#include "engine/locate/names.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "engine/locate/targets.h"

namespace understudy::engine {
namespace {

constexpr size_t kMostNames = 10'000;
constexpr size_t kMostTargets = 10;
constexpr Duration kShortestLife = Duration::Seconds(5);
constexpr Duration kLongestLife = Duration::Seconds(86'400);
constexpr Duration kDeniedLife = Duration::Seconds(30);
constexpr Duration kAskAgainAfter = Duration::Seconds(10);  // when nobody has answered
constexpr Duration kLongestWait = Duration::Seconds(30);    // the front end gives up after 20

void StartNameTimer(Context& context, LocatedName& name, Duration after) {
  context.state.timers.Cancel(&name.timer);
  name.timer = StartTimer(context, after, TimerKind::kName, name.id.value());
}

void Ask(Context& context, LocatedName& name) {
  name.asked = true;
  name.used = false;
  ++context.state.names.counts().asked;
  context.effects.list.push_back(Locate{name.id, name.query});
  StartNameTimer(context, name, kLongestWait);
}

Duration LifeOf(const LocateAnswer& answer) {
  return std::clamp(Duration::Seconds(answer.ttl), kShortestLife, kLongestLife);
}

bool IsTooLong(const LocateAnswer& answer) {
  return answer.naptr.size() > kMostNaptrRecords || answer.srv.size() > kMostSrvRecords ||
         answer.addresses.size() > kMostAddressRecords;
}

void TakeGood(Context& context, LocatedName& name, const LocateAnswer& answer) {
  ++context.state.names.counts().answered;
  const Duration life = LifeOf(answer);
  context.state.names.SetAnswer(name, answer);
  name.failure = LocateFailure::kNone;
  name.fresh_until = context.now() + life;
  StartNameTimer(context, name, Duration::Nanoseconds(life.nanoseconds() / 5 * 4));
}

void TakeFailure(Context& context, LocatedName& name, LocateFailure failure) {
  ++context.state.names.counts().failed;
  if (IsDefinite(failure)) context.state.names.SetAnswer(name, {});
  const Duration quiet = IsDefinite(failure) ? kDeniedLife : kAskAgainAfter;
  name.failure = failure;
  name.quiet_until = context.now() + quiet;
  StartNameTimer(context, name, quiet);
}

bool IsOfTrunk(const State& state, const LocatedName& name) {
  return state.configuration.FindTrunkByName(name.query) != nullptr;
}

// Whether a message of ours can go there: the family of its address is ours, the transport is served, and it is not we.
bool IsReachable(const Configuration& configuration, const Target& target) {
  const Endpoint ours = configuration.service_address(target.transport, target.remote);
  if (ours.is_v4() != target.remote.is_v4() || ours == target.remote || target.remote.is_any()) return false;
  return target.remote.port() != 0 && configuration.Serves(target.transport);
}

}  // namespace

LocatedName* UseName(Context& context, const LocateQuery& query) {
  NameTable& names = context.state.names;
  LocatedName* name = names.FindByQuery(query);
  if (name == nullptr && names.size() >= kMostNames) {
    ++names.counts().refused;
    return nullptr;
  }
  if (name == nullptr) name = &names.Add(query);
  const bool ask = !name->asked && !name->known() && name->quiet_until <= context.now();
  if (ask) Ask(context, *name);
  name->used = true;
  return name;
}

std::vector<Target> TargetsNow(Context& context, const LocatedName& name) {
  const State& state = context.state;
  std::vector<Target> targets = TargetsOf(
      name.query, name.answer, [&](Transport transport) { return state.configuration.Serves(transport); },
      [&] { return NextMac(context); });
  const auto out_of_reach = [&](const Target& target) { return !IsReachable(state.configuration, target); };
  targets.erase(std::remove_if(targets.begin(), targets.end(), out_of_reach), targets.end());
  std::stable_partition(targets.begin(), targets.end(),
                        [&](const Target& target) { return !state.avoided_targets.Contains(target, context.now()); });
  if (targets.size() > kMostTargets) targets.resize(kMostTargets);
  return targets;
}

LocatedName* TakeAnswer(Context& context, const NamesResolved& input) {
  LocatedName* name = context.state.names.Find(input.name);
  if (name == nullptr || !name->asked) return nullptr;
  name->asked = false;
  const LocateAnswer& answer = input.answer;
  if (IsTooLong(answer)) {
    ++context.state.names.counts().refused;
    TakeFailure(context, *name, LocateFailure::kServerFailure);
  } else if (answer.failure != LocateFailure::kNone || answer.addresses.empty()) {
    const bool silent = answer.failure == LocateFailure::kNone;
    TakeFailure(context, *name, silent ? LocateFailure::kNoAddress : answer.failure);
  } else {
    TakeGood(context, *name, answer);
  }
  return name;
}

LocatedName* OnNameTimer(Context& context, const Timer& timer) {
  LocatedName* name = context.state.names.Find(NameId(timer.row));
  US_CHECK(name != nullptr);
  name->timer = TimerHandle();
  if (name->asked) {
    name->asked = false;
    TakeFailure(context, *name, LocateFailure::kSilence);
    return name;
  }
  if (name->used || IsOfTrunk(context.state, *name)) {
    Ask(context, *name);
  } else if (name->known() && context.now() < name->fresh_until) {
    StartNameTimer(context, *name, name->fresh_until - context.now());
  } else {
    context.state.names.Remove(name->id);
  }
  return nullptr;
}

void AskForTrunks(Context& context) {
  for (const auto& [query, number] : context.state.configuration.trunks_by_name()) {
    if (context.state.names.FindByQuery(query) == nullptr) UseName(context, query);
  }
}

void AskAgain(Context& context) {
  for (const auto& [id, row] : context.state.names.rows()) {
    if (!row.asked) continue;
    ++context.state.names.counts().asked;
    context.effects.list.push_back(Locate{id, row.query});
  }
}

}  // namespace understudy::engine
