#include "engine/session/session_interval.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "sip/header_values.h"
#include "sip/params.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

constexpr uint32_t kLongest = 1u << 31;
constexpr int64_t kMostBeforeTheEnd = 32;  // seconds

// "uac" or "uas"; empty: it does not say.
absl::string_view RefresherOf(const sip::Message& message) {
  const absl::string_view value = message.ValueOf(HeaderName::kSessionExpires);
  return sip::FindParam(sip::ParamsOf(value), "refresher").value_or("");
}

bool Says(const sip::Message& message, absl::string_view role) {
  return absl::EqualsIgnoreCase(RefresherOf(message), role);
}

}  // namespace

uint32_t SecondsOf(const sip::Message& message, HeaderName name) {
  uint32_t seconds = 0;
  return sip::ParseNumber(sip::WithoutParams(message.ValueOf(name)), kLongest, &seconds) ? seconds : 0;
}

AskedSession ReadAsked(const sip::Message& request) {
  AskedSession asked;
  asked.interval = SecondsOf(request, HeaderName::kSessionExpires);
  asked.least = SecondsOf(request, HeaderName::kMinSe);
  asked.supported =
      sip::HasToken(request, HeaderName::kSupported, "timer") || sip::HasToken(request, HeaderName::kRequire, "timer");
  if (Says(request, "uac")) asked.refresher = Refresher::kParty;
  if (Says(request, "uas")) asked.refresher = Refresher::kUs;
  return asked;
}

uint32_t RefusedInterval(const AskedSession& asked, const SessionPolicy& policy) {
  const uint32_t least = std::max(policy.least, kShortestSession);
  return asked.supported && asked.interval != 0 && asked.interval < least ? least : 0;
}

uint32_t ChooseInterval(const AskedSession& asked, const SessionPolicy& policy) {
  const uint32_t wanted = asked.interval == 0 ? policy.interval : std::min(asked.interval, policy.interval);
  return std::max({wanted, asked.least, policy.least, kShortestSession});
}

Refresher ChooseRefresher(const AskedSession& asked, Refresher present) {
  if (!asked.supported) return Refresher::kUs;
  if (asked.refresher != Refresher::kNone) return asked.refresher;
  return present == Refresher::kNone ? Refresher::kParty : present;
}

Refresher ReadAgreed(const sip::Message& answer, uint32_t* interval) {
  const uint32_t said = SecondsOf(answer, HeaderName::kSessionExpires);
  if (said == 0) return Refresher::kUs;
  *interval = std::max(said, kShortestSession);
  return Says(answer, "uas") ? Refresher::kParty : Refresher::kUs;
}

Duration AfterWhich(Refresher refresher, uint32_t interval) {
  const int64_t seconds = interval;
  if (refresher == Refresher::kUs) return Duration::Seconds(seconds / 2);
  return Duration::Seconds(seconds - std::min(kMostBeforeTheEnd, seconds / 3));
}

}  // namespace understudy::engine
