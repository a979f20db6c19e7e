#include "daemon/cti/link_end.h"

#include <cstddef>
#include <iterator>

namespace understudy::daemon {
namespace {

using tlib::ErrorCode;

struct Row {
  LinkEnd end;
  absl::string_view name;
  ErrorCode code;
};

constexpr Row kRows[] = {
    {LinkEnd::kTooManyLinks, "too-many-links", ErrorCode::kServiceUnavailable},
    {LinkEnd::kTooManyOfHost, "too-many-links-of-host", ErrorCode::kServiceUnavailable},
    {LinkEnd::kNoHandshake, "no-handshake", ErrorCode::kTimeout},
    {LinkEnd::kWrongPassword, "wrong-password", ErrorCode::kInvalidPassword},
    {LinkEnd::kTooManyFailures, "too-many-wrong-passwords", ErrorCode::kTooManyRequests},
    {LinkEnd::kGarbage, "garbage", ErrorCode::kProtocolError},
    {LinkEnd::kTooLarge, "too-large", ErrorCode::kMessageTooLarge},
    {LinkEnd::kOutOfTurn, "out-of-turn", ErrorCode::kProtocolError},
    {LinkEnd::kVersion, "version", ErrorCode::kVersion},
    {LinkEnd::kFeatureLevel, "feature-level", ErrorCode::kVersion},
    {LinkEnd::kOverload, "overload", ErrorCode::kServiceUnavailable},
    {LinkEnd::kSilent, "silent", ErrorCode::kIdleTimeout},
    {LinkEnd::kSlow, "slow", ErrorCode::kSlowClient},
    {LinkEnd::kQuarantined, "quarantined", ErrorCode::kInternal},
    {LinkEnd::kSession, "session", ErrorCode::kNone},
    {LinkEnd::kStopping, "stopping", ErrorCode::kServiceUnavailable},
};
static_assert(std::size(kRows) == kLinkEnds);

}  // namespace

absl::string_view LinkEndName(LinkEnd end) {
  return kRows[static_cast<size_t>(end)].name;
}

tlib::ErrorCode CodeOf(LinkEnd end) {
  return kRows[static_cast<size_t>(end)].code;
}

}  // namespace understudy::daemon
