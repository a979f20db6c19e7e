#include "engine/events/registration_info.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/events/xml_text.h"
#include "sip/escape.h"

namespace understudy::engine {
namespace {

std::string Contact(const State& state, const Binding& binding) {
  const int64_t left = ((binding.expires - state.engine_time).milliseconds() + 999) / 1000;
  return absl::StrCat("<contact id=\"", binding.id.value(), "\" state=\"active\" event=\"registered\" expires=\"", left,
                      "\"><uri>", XmlText(binding.contact), "</uri></contact>\r\n");
}

}  // namespace

std::string RegistrationInfo(const State& state, const Subscription& subscription) {
  std::string user;
  sip::EscapeUser(subscription.number, &user);
  const std::string aor = absl::StrCat("sip:", user, "@", state.configuration.service_address().ToText());
  const std::vector<const Binding*> bindings = state.registrar.BindingsOf(subscription.number);
  std::string text =
      absl::StrCat("<?xml version=\"1.0\"?>\r\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"",
                   subscription.version, "\" state=\"full\">\r\n<registration aor=\"", XmlText(aor), "\" id=\"",
                   XmlText(subscription.number), "\" state=\"", bindings.empty() ? "init" : "active", "\">\r\n");
  for (const Binding* binding : bindings) text += Contact(state, *binding);
  return absl::StrCat(text, "</registration>\r\n</reginfo>\r\n");
}

}  // namespace understudy::engine
