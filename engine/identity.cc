#include "engine/identity.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_split.h"
#include "engine/leg_message.h"
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

bool MayHear(const State& state, const sip::Message& message, absl::string_view to) {
  return IsTrusted(state, to) || !AsksForPrivacyOfId(message);
}

// The cpn of the Trunk by which we have called; "": none. Who calls us by it sees our own numbers.
absl::string_view CpnOf(const State& state, const Leg& leg) {
  const bool through = leg.invited && leg.trunk_use.has_value();
  const Dn* device = through ? state.configuration.FindDn((*leg.trunk_use)->device) : nullptr;
  return device == nullptr ? absl::string_view() : absl::string_view(device->profile.trunk.cpn);
}

void WriteAsserted(Context& context, absl::string_view cpn, sip::MessageWriter* writer) {
  writer->Header(sip::HeaderName::kPAssertedIdentity, "<", UriHere(context.state, cpn), ">");
}

}  // namespace

Asserted AssertedBetween(const State& state, const sip::Message& message, absl::string_view from,
                         absl::string_view to) {
  if (!ChecksIdentity(state.feature_level)) return Asserted::kCarry;
  if (!message.Has(sip::HeaderName::kPAssertedIdentity) || !IsTrusted(state, from)) return Asserted::kEnd;
  return MayHear(state, message, to) ? Asserted::kCarry : Asserted::kEnd;
}

Asserted AssertOf(Context& context, const sip::Message& message, absl::string_view from, absl::string_view to,
                  absl::string_view cpn, sip::MessageWriter* writer) {
  if (cpn.empty()) return AssertedBetween(context.state, message, from, to);
  if (MayHear(context.state, message, to)) WriteAsserted(context, cpn, writer);
  return Asserted::kEnd;
}

Asserted AssertWithin(Context& context, const sip::Message& message, absl::string_view from, const Leg& to,
                      sip::MessageWriter* writer) {
  const Asserted asserted = AssertedBetween(context.state, message, from, to.number);
  const absl::string_view cpn = CpnOf(context.state, to);
  const bool says = asserted == Asserted::kCarry && message.Has(sip::HeaderName::kPAssertedIdentity);
  if (cpn.empty() || !says) return asserted;
  WriteAsserted(context, cpn, writer);
  return Asserted::kEnd;
}

void AssertCpn(Context& context, const Leg& to, sip::MessageWriter* writer) {
  const absl::string_view cpn = CpnOf(context.state, to);
  if (!cpn.empty()) WriteAsserted(context, cpn, writer);
}

std::string AssertedBy(const State& state, const sip::Message& message, absl::string_view from) {
  const bool believed = !ChecksIdentity(state.feature_level) || IsTrusted(state, from);
  return believed ? ValuesOf(message, sip::HeaderName::kPAssertedIdentity) : std::string();
}

void AssertAgain(Context& context, const sip::Message& invite, const Leg& to, sip::MessageWriter* writer) {
  if (!to.trunk_use.has_value()) return;
  const State& state = context.state;
  const absl::string_view cpn = CpnOf(state, to);
  const std::string& asserted = (*to.trunk_use)->asserted;
  const bool may_hear = MayHear(state, invite, to.number);
  if (!cpn.empty()) return may_hear ? WriteAsserted(context, cpn, writer) : void();
  const bool hears = may_hear || !ChecksIdentity(state.feature_level);
  if (hears && !asserted.empty()) writer->Header(sip::HeaderName::kPAssertedIdentity, asserted);
}

}  // namespace understudy::engine
