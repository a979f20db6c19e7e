#include "engine/locating.h"

#include <algorithm>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/client_transactions.h"
#include "engine/leg_message.h"
#include "engine/locate/names.h"
#include "engine/sip_ids.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

constexpr size_t kMostWaiting = 1'000;  // for one name
constexpr Duration kPatience = Duration::Seconds(5);
constexpr Duration kAtOnce = Duration::Milliseconds(1);  // in a later entry: whoever sends goes on with the row
constexpr int kUnlocated = 503;                          // RFC 3261 16.6: as if it had been answered

// Inside a dialog the server that has it is the one to ask, as long as the name leads there at all.
void KeepToServer(const ClientTransaction& row, std::vector<Target>* targets) {
  std::stable_partition(targets->begin(), targets->end(),
                        [&](const Target& target) { return target.remote == row.attempt.last_place.remote; });
}

// `context.text` has the request.
void GoTo(Context& context, ClientTransaction& row, const Hop& hop) {
  row.hop = hop;
  Leg* leg = context.state.legs.Find(row.leg);
  if (leg != nullptr && row.purpose == Purpose::kInvite) leg->hop = row.hop;
  PointMessageAt(context, row.hop, MakeBranch(row.id, row.branch_mac));
}

// False: the name leads nowhere.
bool TakeTargets(Context& context, ClientTransaction& row, const LocatedName& name) {
  std::vector<Target> targets = TargetsNow(context, name);
  if (targets.empty()) return false;
  if (context.now() >= name.fresh_until) ++context.state.names.counts().stale;
  KeepToServer(row, &targets);
  GoTo(context, row, HopTo(targets.front(), SharedBytes(name.query.host)));
  row.attempt.rest.assign(targets.begin() + 1, targets.end());
  return true;
}

bool TakeLastPlace(Context& context, ClientTransaction& row) {
  if (row.attempt.last_place.remote.empty()) return false;
  Hop hop = HopTo(row.attempt.last_place, row.hop.domain);
  hop.local = row.hop.local;
  GoTo(context, row, hop);
  return true;
}

void Resume(Context& context, ClientTransaction& row, const LocatedName* name) {
  context.state.timers.Cancel(&row.timeout);
  TouchLeg(context, row.leg, row.call);
  if (row.cancel_pending) return EndUnsent(context, row, 487);
  context.text.assign(row.request.view().data(), row.request.size());
  const bool goes =
      (name != nullptr && name->known() && TakeTargets(context, row, *name)) || TakeLastPlace(context, row);
  if (!goes) {
    ++context.state.names.counts().unlocated;
    return EndUnsent(context, row, kUnlocated);
  }
  row.attempt.waits = false;
  StartRequest(context, row);
}

// What it waits for may end the rows of others, and begin new ones.
void ResumeAll(Context& context, LocatedName& name) {
  const NameId id = name.id;
  for (const TransactionId waiting : std::exchange(name.waiting, {})) {
    ClientTransaction* row = context.state.transactions.FindClient(waiting);
    if (row != nullptr && row->attempt.waits) Resume(context, *row, context.state.names.Find(id));
  }
}

// The name that the contact of a called device is, which its Request-URI need not be (request-uri); otherwise that of
// the request's next hop.
absl::optional<LocateQuery> QueryFor(const Context& context, const ClientTransaction& row) {
  const Leg* leg = row.purpose == Purpose::kInvite ? context.state.legs.Find(row.leg) : nullptr;
  const Dn* dn = leg == nullptr ? nullptr : DeviceOf(context.state, *leg);
  if (dn != nullptr && dn->profile.contact && dn->profile.contact->query) return dn->profile.contact->query;
  sip::Uri uri;
  if (!sip::ParseUri(NextHopOf(context.text), &uri)) return absl::nullopt;
  return QueryOf(uri, context.state.configuration.locates_by_service());
}

LocatedName* FindNameFor(Context& context, const ClientTransaction& row) {
  if (!row.attempt.name.empty()) return context.state.names.Find(row.attempt.name);
  const absl::optional<LocateQuery> query = QueryFor(context, row);
  return query ? UseName(context, *query) : nullptr;
}

}  // namespace

const Dn* DeviceOf(const State& state, const Leg& leg) {
  const bool through = leg.trunk_use.has_value() && !(*leg.trunk_use)->device.empty();
  return state.configuration.FindDn(through ? (*leg.trunk_use)->device : leg.number);
}

void NameDevice(Context& context, ClientTransaction& row, absl::string_view number) {
  const Dn* dn = context.state.configuration.FindDn(number);
  const bool named = row.hop.remote.empty() && dn != nullptr && dn->profile.contact && dn->profile.contact->query;
  const LocatedName* name = named ? UseName(context, *dn->profile.contact->query) : nullptr;
  if (name != nullptr) row.attempt.name = name->id;
}

bool LocateNextHop(Context& context, ClientTransaction& row) {
  LocatedName* name = FindNameFor(context, row);
  if (name != nullptr) row.attempt.name = name->id;
  const Leg* leg = row.purpose == Purpose::kInvite ? nullptr : context.state.legs.Find(row.leg);
  if (leg != nullptr) row.attempt.last_place = Target{leg->hop.transport, leg->hop.remote};
  if (name != nullptr && name->known() && TakeTargets(context, row, *name)) return true;
  const bool asked = name != nullptr && name->asked && name->waiting.size() < kMostWaiting;
  if (asked) name->waiting.push_back(row.id);
  if (!asked && name != nullptr && name->asked) ++context.state.names.counts().refused;
  row.request = TakeText(context);
  row.attempt.waits = true;
  row.timeout = StartTimer(context, asked ? kPatience : kAtOnce, TimerKind::kLocating, row.id.value());
  return false;
}

void OnNamesResolved(Context& context, const NamesResolved& input) {
  if (LocatedName* name = TakeAnswer(context, input)) ResumeAll(context, *name);
}

void OnNameDue(Context& context, const Timer& timer) {
  if (LocatedName* name = OnNameTimer(context, timer)) ResumeAll(context, *name);
}

void OnLocatingTimer(Context& context, const Timer& timer) {
  ClientTransaction* row = context.state.transactions.FindClient(TransactionId(timer.row));
  US_CHECK(row != nullptr);
  row->timeout = TimerHandle();
  Resume(context, *row, context.state.names.Find(row->attempt.name));
}

std::string UnlocatedWarning(const State& state, const ClientTransaction& ended) {
  if (!ended.attempt.waits || ended.cancel_pending) return {};
  const LocatedName* name = state.names.Find(ended.attempt.name);
  if (name == nullptr) return absl::StrCat("399 understudy \"", FailureText(LocateFailure::kTooMany), "\"");
  const bool silent = name->asked || name->failure == LocateFailure::kNone;
  const LocateFailure failure = name->known() ? LocateFailure::kNoAddress
                                : silent      ? LocateFailure::kSilence
                                              : name->failure;
  return absl::StrCat("399 understudy \"", name->query.host, ": ", FailureText(failure), "\"");
}

}  // namespace understudy::engine
