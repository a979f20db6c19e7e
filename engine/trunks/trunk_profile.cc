#include "engine/trunks/trunk_profile.h"

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

using Options = absl::btree_map<std::string, std::string>;

std::string TextOf(const Options& options, const std::string& name) {
  auto it = options.find(name);
  return it == options.end() ? std::string() : it->second;
}

uint32_t NumberOf(const Options& options, const std::string& name) {
  uint32_t number = 0;
  return absl::SimpleAtoi(TextOf(options, name), &number) ? number : 0;
}

std::string SipUriOf(const Options& options, const std::string& name) {
  const std::string text = TextOf(options, name);
  sip::Uri uri;
  return sip::ParseUri(text, &uri) && uri.is_sip ? text : std::string();
}

}  // namespace

TrunkProfile ReadTrunkProfile(const Options& options) {
  TrunkProfile profile;
  profile.priority = NumberOf(options, "priority");
  profile.capacity = NumberOf(options, "capacity");
  profile.capacity_group = TextOf(options, "capacity-group");
  profile.recovery_timeout = Duration::Seconds(NumberOf(options, "recovery-timeout"));
  profile.request_uri = SipUriOf(options, "request-uri");
  profile.cpn = TextOf(options, "cpn");
  if (options.contains("sip-error-codes-overflow")) {
    profile.overflow = StatusPatterns(TextOf(options, "sip-error-codes-overflow"));
  }
  for (absl::string_view name : absl::StrSplit(TextOf(options, "softswitch"), ',', absl::SkipWhitespace())) {
    profile.softswitches.emplace_back(absl::StripAsciiWhitespace(name));
  }
  profile.check = Duration::Seconds(NumberOf(options, "oos-check"));
  profile.force = Duration::Seconds(NumberOf(options, "oos-force"));
  return profile;
}

}  // namespace understudy::engine
