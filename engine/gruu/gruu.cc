#include "engine/gruu/gruu.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/leg_message.h"
#include "sip/escape.h"
#include "sip/hop/uri_hop.h"

namespace understudy::engine {
namespace {

constexpr absl::string_view kHexDigits = "0123456789ABCDEF";

// Without the quotes and brackets that +sip.instance has.
absl::string_view InstanceId(absl::string_view instance) {
  absl::ConsumePrefix(&instance, "\"");
  absl::ConsumeSuffix(&instance, "\"");
  absl::ConsumePrefix(&instance, "<");
  absl::ConsumeSuffix(&instance, ">");
  return instance;
}

// What a parameter of a URI may hold as it is (25.1: paramchar).
bool MayStandInParam(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) ||
         absl::string_view("-_.!~*'()[]/:&+$").find(c) != absl::string_view::npos;
}

std::string EscapedParam(absl::string_view text) {
  std::string escaped;
  for (const char c : text) {
    if (MayStandInParam(c)) {
      escaped.push_back(c);
      continue;
    }
    const auto octet = static_cast<unsigned char>(c);
    escaped.push_back('%');
    escaped.push_back(kHexDigits[octet >> 4]);
    escaped.push_back(kHexDigits[octet & 15]);
  }
  return escaped;
}

const Binding* ContactOf(const State& state, const Dn& dn, absl::string_view gr, bool over_tls) {
  const Binding* latest = nullptr;
  for (const Binding* binding : ContactsOf(state, dn, over_tls)) {
    const absl::string_view id = InstanceId(binding->instance);
    if (id.empty() || !sip::EqualsUnescapedIgnoreCase(EscapedParam(id), gr)) continue;
    if (latest == nullptr || binding->refreshed > latest->refreshed) latest = binding;
  }
  return latest;
}

Destination Nowhere(int status) {
  Destination nowhere;
  nowhere.status = status;
  return nowhere;
}

std::string NumberOf(const sip::Uri& uri) {
  std::string number;
  sip::Unescape(uri.user, &number);
  return number;
}

bool LeadsHere(const State& state, const sip::Uri& uri, Transport usual) {
  const absl::optional<Transport> transport = sip::TransportOf(uri, usual);
  const absl::optional<Endpoint> endpoint = transport ? sip::EndpointOf(uri, *transport) : absl::nullopt;
  return endpoint && state.configuration.IsServiceAddress(*transport, *endpoint);
}

Destination ByItsScheme(const State& state, const sip::Uri& uri, Destination destination) {
  if (uri.is_sips) TurnToTls(state, &destination);
  return destination;
}

bool WantsNoCalls(const State& state, absl::string_view number) {
  const DnFeatures* features = state.dn_features.Find(number);
  return features != nullptr && features->do_not_disturb;
}

}  // namespace

std::string GruuParam(const State& state, const Binding& binding) {
  const absl::string_view id = InstanceId(binding.instance);
  if (id.empty()) return {};
  return absl::StrCat(";pub-gruu=\"", UriHere(state, binding.number), ";gr=", EscapedParam(id), "\"");
}

bool IsGruu(const sip::Uri& uri) {
  return !uri.Param("gr").value_or("").empty();
}

bool IsOwnGruu(const State& state, const sip::Uri& uri, Transport usual) {
  return IsGruu(uri) && (LeadsHere(state, uri, usual) || LeadsHere(state, uri, Transport::kUdp));
}

Destination FindInstance(const State& state, const sip::Uri& uri) {
  const Dn* dn = state.configuration.FindDn(NumberOf(uri));
  if (dn == nullptr || dn->type != DnType::kExtension) return Nowhere(404);
  const absl::string_view gr = uri.Param("gr").value_or("");
  const Binding* binding = ContactOf(state, *dn, gr, uri.is_sips);
  if (binding == nullptr && uri.is_sips) binding = ContactOf(state, *dn, gr, false);
  if (binding == nullptr || IsOut(state, dn->number)) return Nowhere(480);
  Destination destination = DestinationAt(state, *dn, *binding);
  destination.alone = true;
  return destination;
}

Destination FindCalled(const State& state, const sip::Uri& uri) {
  if (!IsGruu(uri)) return ByItsScheme(state, uri, FindCallDestination(state, NumberOf(uri)));
  const Destination destination = FindInstance(state, uri);
  return destination.status == 0 && WantsNoCalls(state, destination.number) ? Nowhere(486) : destination;
}

Destination FindAddressed(const State& state, const sip::Uri& uri) {
  return IsGruu(uri) ? FindInstance(state, uri) : ByItsScheme(state, uri, FindDestination(state, NumberOf(uri)));
}

Destination FindReferred(const State& state, const sip::Uri& uri) {
  const bool foreign = IsGruu(uri) && !IsOwnGruu(state, uri, Transport::kUdp);
  return foreign ? FindCallDestination(state, NumberOf(uri)) : FindCalled(state, uri);
}

}  // namespace understudy::engine
