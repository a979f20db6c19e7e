#include "engine/identity.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "engine/levels/identity.h"

namespace understudy::engine {
namespace {

bool IsTrusted(const State& state, absl::string_view number) {
  const Dn* dn = state.configuration.FindDn(number);
  return dn != nullptr && dn->profile.trusted;
}

// RFC 3323 4.2: values are separated by semicolons.
bool AsksForPrivacyOfId(const sip::Message& message) {
  for (const sip::HeaderField& field : message.headers()) {
    if (field.id != sip::HeaderName::kPrivacy) continue;
    for (absl::string_view value : absl::StrSplit(field.value, absl::ByAnyChar(";,"))) {
      if (absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(value), "id")) return true;
    }
  }
  return false;
}

}  // namespace

Asserted AssertedBetween(const State& state, const sip::Message& message, absl::string_view from,
                         absl::string_view to) {
  if (!ChecksIdentity(state.feature_level)) return Asserted::kCarry;
  if (!message.Has(sip::HeaderName::kPAssertedIdentity) || !IsTrusted(state, from)) return Asserted::kEnd;
  return IsTrusted(state, to) || !AsksForPrivacyOfId(message) ? Asserted::kCarry : Asserted::kEnd;
}

}  // namespace understudy::engine
