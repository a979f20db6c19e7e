#include "engine/events/registration_info.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/events/xml_text.h"
#include "engine/leg_message.h"

namespace understudy::engine {
namespace {

std::string Contact(const State& state, const Binding& binding) {
  const int64_t left = ((binding.expires - state.engine_time).milliseconds() + 999) / 1000;
  return absl::StrCat("<contact id=\"", binding.id.value(), "\" state=\"active\" event=\"registered\" expires=\"", left,
                      "\"><uri>", XmlText(binding.contact), "</uri></contact>\r\n");
}

absl::string_view EndName(ContactEnd end) {
  switch (end) {
    case ContactEnd::kExpired:
      return "expired";
    case ContactEnd::kUnregistered:
      return "unregistered";
    case ContactEnd::kDeactivated:
      return "deactivated";
    case ContactEnd::kRejected:
      return "rejected";
  }
  return "?";
}

std::string Ended(const EndedContact& ended) {
  return absl::StrCat("<contact id=\"", ended.id.value(), "\" state=\"terminated\" event=\"", EndName(ended.end),
                      "\"><uri>", XmlText(ended.contact), "</uri></contact>\r\n");
}

// One that ends with its last contact is told to be over, once.
absl::string_view StateOf(bool has_contacts, bool has_lost_some) {
  if (has_contacts) return "active";
  return has_lost_some ? "terminated" : "init";
}

}  // namespace

std::string RegistrationInfo(const State& state, const Subscription& subscription) {
  const std::string aor = UriHere(state, subscription.number);
  const std::vector<const Binding*> bindings = state.registrar.BindingsOf(subscription.number);
  std::string text = absl::StrCat(
      "<?xml version=\"1.0\"?>\r\n<reginfo xmlns=\"urn:ietf:params:xml:ns:reginfo\" version=\"", subscription.version,
      "\" state=\"full\">\r\n<registration aor=\"", XmlText(aor), "\" id=\"", XmlText(subscription.number),
      "\" state=\"", StateOf(!bindings.empty(), !subscription.ended.empty()), "\">\r\n");
  for (const EndedContact& ended : subscription.ended) text += Ended(ended);
  for (const Binding* binding : bindings) text += Contact(state, *binding);
  return absl::StrCat(text, "</registration>\r\n</reginfo>\r\n");
}

}  // namespace understudy::engine
