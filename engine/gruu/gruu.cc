#include "engine/gruu/gruu.h"

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "engine/leg_message.h"
#include "sip/escape.h"

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

const Binding* ContactOf(const State& state, const Dn& dn, absl::string_view gr) {
  const Binding* latest = nullptr;
  for (const Binding* binding : ContactsOf(state, dn)) {
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

Destination FindInstance(const State& state, const sip::Uri& uri) {
  std::string number;
  sip::Unescape(uri.user, &number);
  const Dn* dn = state.configuration.FindDn(number);
  if (dn == nullptr || dn->type != DnType::kExtension) return Nowhere(404);
  const Binding* binding = ContactOf(state, *dn, uri.Param("gr").value_or(""));
  if (binding == nullptr || IsOut(state, dn->number)) return Nowhere(480);
  Destination destination;
  destination.number = dn->number;
  sip::EscapeUser(dn->number, &destination.dialled);
  destination.no_answer_timeout = dn->profile.no_answer_timeout;
  destination.alone = true;
  ToBinding(state, *binding, &destination);
  return destination;
}

Destination FindCalled(const State& state, const sip::Message& request) {
  if (!IsGruu(request.request_uri())) return FindCallDestination(state, Dialled(request));
  const Destination destination = FindInstance(state, request.request_uri());
  return destination.status == 0 && WantsNoCalls(state, destination.number) ? Nowhere(486) : destination;
}

Destination FindAddressed(const State& state, const sip::Message& request) {
  return IsGruu(request.request_uri()) ? FindInstance(state, request.request_uri())
                                       : FindDestination(state, Dialled(request));
}

}  // namespace understudy::engine
