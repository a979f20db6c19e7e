// The pair's part of the configuration: what the primary puts into the state, as plain values.
//
// Both nodes of a pair hold the same. No secret is in here: a password is a verifier by now.
#ifndef UNDERSTUDY_DAEMON_CONFIG_PAIR_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_PAIR_CONFIG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/source_address.h"
#include "base/time.h"
#include "base/transport.h"
#include "daemon/config/client_config.h"
#include "daemon/config/contact.h"
#include "daemon/config/dn_type.h"
#include "daemon/config/password_verifier.h"

namespace understudy::daemon {

// Section to option name to value, as the file has them: validated text, no passwords, no defaults filled in. One
// spelling for `contact`: an Extension without one has "*", and what is more than host and port begins with "sip:".
using Options = absl::btree_map<std::string, absl::btree_map<std::string, std::string>>;

// The value, or nullopt when the file does not give it.
absl::optional<absl::string_view> FindValue(const Options& options, absl::string_view section, absl::string_view name);

struct DnConfig {
  std::string number;  // 1 to 64 letters, digits and + - _ . * #
  DnType type = DnType::kExtension;
  Options options;
  absl::optional<PasswordVerifier> password;

  // Whose password it is: sip-username, else the number.
  std::string user() const;

  // Where the device is reached. Without the option: by registration.
  Contact contact() const;

  // A Trunk's, never empty; nullopt: no call is sent here by its number's beginning.
  absl::optional<std::string> prefix() const;

  // What takes the place of the prefix in the number sent out; may be empty; nullopt: the number stays as it is.
  absl::optional<std::string> replace_prefix() const;
};

struct PairConfig {
  Options options;
  std::string switch_name;
  std::vector<DnConfig> dns;          // ordered by number, each number once
  std::vector<ClientConfig> clients;  // T-Library; none: anybody. They do not enter the state
  uint64_t clients_digest = 0;        // of them and of the DNs' verifiers (clients_digest.h)

  // The service address: IP and port that phones send to and that Via, Contact and Record-Route carry.
  Endpoint service_address() const;
  // The same of another transport; port 0: it is not served.
  Endpoint service_address(Transport transport) const;
  // sip-address-v6 likewise; port 0: there is none, or it is not served.
  Endpoint service_address_v6(Transport transport) const;
  // Valid once the pair's part has been checked.
  std::vector<SourceAddress> addresses_by_network() const;
  // Whether a certificate is shown anywhere.
  bool ServesSecurely() const;
  // sip-ip-tos; -1: the system's.
  int tos() const;

  // How long `dn` may ring: its own no-answer-timeout, else the pair's. 1 s to 1 h.
  Duration NoAnswerTimeout(const DnConfig& dn) const;

  // The value of an option that the pair may have, too: the DN's own, else the pair's, else its default.
  std::string TextFor(const DnConfig& dn, absl::string_view name) const;

  // What `dn` is asked for, strongest first: of authenticate-algorithms, those it has a verifier of.
  std::vector<auth::DigestAlgorithm> AlgorithmsFor(const DnConfig& dn) const;

  // Lifetimes of a registration, 1 s to 24 h, min <= default <= max.
  Duration registrar_min_timeout() const;
  Duration registrar_default_timeout() const;
  Duration registrar_max_timeout() const;

  // The realm of the verifiers: sip-realm, else the switch's name.
  std::string realm() const;

  // The DN with this number, or nullptr.
  const DnConfig* FindDn(absl::string_view number) const;

 private:
  std::string ApplicationText(absl::string_view name) const;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_PAIR_CONFIG_H_
