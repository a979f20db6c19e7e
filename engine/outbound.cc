#include "engine/outbound.h"

#include "absl/strings/str_cat.h"
#include "sip/header_values.h"
#include "sip/number.h"
#include "sip/uri.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;

constexpr uint32_t kMostRegId = 0x7FFFFFFF;
constexpr size_t kLongestInstance = 128;  // a URN of a UUID has 49 octets with what encloses it

bool Speaks(const sip::Message& request, absl::string_view option) {
  return sip::HasToken(request, HeaderName::kSupported, option) || sip::HasToken(request, HeaderName::kRequire, option);
}

size_t CountVias(const sip::Message& request) {
  size_t count = 0;
  for (absl::string_view via : sip::HeaderValues(request, HeaderName::kVia)) count += via.empty() ? 0 : 1;
  return count;
}

// The first hop is the last Path (RFC 3327 5.1).
bool HasOutboundPath(const sip::Message& request) {
  bool has = false;
  for (absl::string_view element : sip::HeaderValues(request, HeaderName::kPath)) {
    sip::NameAddr address;
    sip::Uri uri;
    has = sip::ParseNameAddr(element, &address) && sip::ParseUri(address.uri, &uri) && uri.Param("ob").has_value();
  }
  return has;
}

}  // namespace

RegisteredFlow ReadFlow(const sip::Message& request, const sip::NameAddr& contact) {
  RegisteredFlow flow;
  const absl::string_view instance = contact.Param("+sip.instance").value_or("");
  const absl::string_view reg_id = contact.Param("reg-id").value_or("");
  if (instance.empty() || instance.size() > kLongestInstance) return flow;
  if (Speaks(request, "outbound")) sip::ParseNumber(reg_id, kMostRegId, &flow.reg_id);
  if (flow.reg_id != 0 || Speaks(request, "gruu")) flow.instance = std::string(instance);
  return flow;
}

bool LacksFirstHop(const sip::Message& request) {
  return CountVias(request) > 1 && !HasOutboundPath(request);
}

Binding* FindFlow(Registrar& registrar, absl::string_view number, const RegisteredFlow& flow) {
  if (flow.reg_id == 0) return nullptr;
  for (const Binding* binding : registrar.BindingsOf(number)) {
    if (binding->reg_id == flow.reg_id && binding->instance == flow.instance) return registrar.Find(binding->id);
  }
  return nullptr;
}

std::string FlowParams(const Binding& binding) {
  if (binding.instance.empty()) return {};
  const std::string reg_id = binding.reg_id == 0 ? "" : absl::StrCat(";reg-id=", binding.reg_id);
  return absl::StrCat(reg_id, ";+sip.instance=", binding.instance);
}

}  // namespace understudy::engine
