#include "daemon/config/contact.h"

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/config/host_name.h"
#include "sip/hop/uri_hop.h"
#include "sip/uri.h"

namespace understudy::daemon {
namespace {

constexpr size_t kMaxUri = 256;

absl::Status Refuse(absl::string_view why) {
  return absl::InvalidArgumentError(why);
}

// "127.0.0.1:5080", "[::1]", "gw.example.com" become URIs; "::1" gets its brackets.
std::string AsUri(absl::string_view text) {
  if (absl::StartsWithIgnoreCase(text, "sip:")) return absl::StrCat("sip:", text.substr(4));
  if (absl::StartsWithIgnoreCase(text, "sips:")) return absl::StrCat("sips:", text.substr(5));
  if (!absl::StartsWith(text, "[") && Endpoint::Parse(text, uint16_t{0})) {
    bool v6 = absl::StrContains(text, ':');
    return v6 ? absl::StrCat("sip:[", text, "]") : absl::StrCat("sip:", text);
  }
  return absl::StrCat("sip:", text);
}

absl::Status CheckParts(const sip::Uri& uri) {
  if (!uri.password.empty()) return Refuse("a password has no place in a contact");
  if (!uri.headers.empty()) return Refuse("a contact carries no headers (?name=value)");
  if (uri.has_user && uri.user.empty()) return Refuse("nothing stands before the @");
  return absl::OkStatus();
}

absl::Status ReadHost(const sip::Uri& uri, Contact& contact) {
  contact.host = std::string(uri.host);
  contact.port = uri.port;
  contact.endpoint = sip::EndpointOf(uri, contact.transport);
  if (contact.endpoint && contact.endpoint->is_any()) return Refuse("the address stands for no device");
  if (!contact.endpoint && !IsHostName(uri.host)) return Refuse("the host is neither an IP address nor a name");
  return absl::OkStatus();
}

absl::Status ReadTransport(const sip::Uri& uri, Contact& contact) {
  const absl::optional<Transport> transport = sip::TransportOf(uri, Transport::kUdp);
  if (!transport && uri.is_sips) return Refuse("sips: is over TLS alone");
  if (!transport || IsWebSocket(*transport)) return Refuse("the transport is not udp, tcp or tls");
  contact.transport = *transport;
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<Contact> ParseContact(absl::string_view text) {
  Contact contact;
  if (text == "*") {
    contact.by_registration = true;
    return contact;
  }
  if (text.empty()) return Refuse("it is empty");
  if (text.size() > kMaxUri) return Refuse("it has more than 256 bytes");
  contact.uri = AsUri(text);
  sip::Uri uri;
  if (!sip::ParseUri(contact.uri, &uri) || !uri.is_sip) return Refuse("it is no SIP URI");
  for (const absl::Status& status : {CheckParts(uri), ReadTransport(uri, contact), ReadHost(uri, contact)}) {
    if (!status.ok()) return status;
  }
  contact.user = std::string(uri.user);
  return contact;
}

}  // namespace understudy::daemon
