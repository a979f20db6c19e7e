// The pair part of the configuration, as the state holds it: options by section, DNs and the dial plan.
//
// It changes only by a ConfigurationChanged entry. Raw options are kept as text, so that an option that a later
// feature reads is already there; `Profile` is what the engine reads of them today.
#ifndef UNDERSTUDY_ENGINE_CONFIGURATION_H_
#define UNDERSTUDY_ENGINE_CONFIGURATION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "base/endpoint.h"
#include "base/source_address.h"
#include "base/time.h"
#include "base/transport.h"
#include "engine/locate/query.h"
#include "engine/trunks/trunk_profile.h"
#include "sip/method.h"

namespace understudy::engine {

// section -> option -> value, for example TServer -> contact -> "*".
using OptionSections = absl::btree_map<std::string, absl::btree_map<std::string, std::string>>;

// The value of an option, or "" when it is not set.
absl::string_view OptionValue(const OptionSections& sections, absl::string_view section, absl::string_view option);

// Named as the T-Library names them; stored as numbers.
enum class DnType : uint8_t { kExtension = 0, kTrunk = 1, kOther = 2 };
// "Extension", "Trunk", "other".
absl::string_view DnTypeName(DnType type);

// A static or registered place to send requests to.
struct ContactAddress {
  Transport transport = Transport::kUdp;
  Endpoint endpoint;
  bool secure = false;                // a sips URI
  std::string uri;                    // as written, for the Request-URI; "" when only host and port are known
  absl::optional<LocateQuery> query;  // the host is a name: `endpoint` is empty, and `transport` a guess

  // Host and port as a URI has them.
  std::string HostText() const;

  friend bool operator==(const ContactAddress&, const ContactAddress&) = default;
};

// "sip:gw@192.0.2.1:5080;transport=tcp", "sips:gw.example.com", "192.0.2.1:5080" or "gw.example.com". nullopt when it
// is no place. `by_service`: as LocateQuery.
absl::optional<ContactAddress> ParseContactAddress(absl::string_view text, bool by_service = false);

struct Dn {
  // What the engine reads of the options. Derived, never saved.
  struct Profile {
    bool registers = false;                      // contact: "*"
    absl::optional<ContactAddress> contact;      // static contact
    std::string prefix;                          // Trunk: numbers that begin so go there
    absl::optional<std::string> replace_prefix;  // what goes out in place of the prefix
    bool takes_talk = false;                     // sip-cti-control: NOTIFY Event: talk, hold
    bool takes_hold = false;
    bool is_mailbox = false;     // voicemail-server: its NOTIFYs say what messages wait (RFC 3842)
    bool takes_refer = false;    // refer-enabled: calls when a REFER tells it to
    bool trusted = false;        // enforce-trusted: what it asserts of identities is believed (RFC 3325)
    uint32_t authenticated = 0;  // authenticate-requests: a bit for each sip::Method
    uint32_t session_timer = 0;  // sip-session-timer: the interval of our own agreements, seconds; 0: none
    uint32_t least_session = 0;  // sip-min-se, seconds
    size_t most_rung = 0;        // contacts-rung: of its contacts, at a time
    bool rings_by_q = false;     // contacts-order: the most wanted first
    std::string service_route;   // sip-service-route: a loose route (RFC 3608); "": none
    TrunkProfile trunk;
    bool resolves = false;  // resolve-external-contact: names in its Contacts and Routes are looked up
    Duration no_answer_timeout;
    Duration min_expires;
    Duration default_expires;
    Duration max_expires;

    bool Authenticates(sip::Method method) const { return (authenticated >> static_cast<int>(method) & 1) != 0; }
    friend bool operator==(const Profile&, const Profile&) = default;
  };

  std::string number;
  DnType type = DnType::kExtension;
  OptionSections options;
  Profile profile;

  // `application`: the pair's options, which stand where the DN has none of its own.
  void DeriveProfile(const OptionSections& application);

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, number);
    a.Field(2, type);
    a.Field(3, options);
  }
  friend bool operator==(const Dn&, const Dn&) = default;
};

// What a reload changes. DNs in `upserts` replace those of the same number.
struct ConfigurationChange {
  absl::optional<std::string> switch_name;
  absl::optional<OptionSections> options;
  std::vector<Dn> upserts;
  std::vector<std::string> removals;

  bool empty() const { return !switch_name && !options && upserts.empty() && removals.empty(); }

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, switch_name);
    a.Field(2, options);
    a.Field(3, upserts);
    a.Field(4, removals);
  }
};

class Configuration {
 public:
  // What the sessions of T-Library clients may take. Derived, never saved.
  struct Clients {
    Duration session_timeout;  // how long a session waits for its client to come back
    size_t most_events = 0;    // not acknowledged, of one session
    size_t most_octets = 0;    // of those
    size_t most_sessions = 0;

    friend bool operator==(const Clients&, const Clients&) = default;
  };

  Configuration() { Derive(); }

  void Apply(const ConfigurationChange& change);

  // What would turn this configuration into `wanted`; empty when they are equal.
  ConfigurationChange DifferenceTo(const Configuration& wanted) const;

  const Dn* FindDn(absl::string_view number) const;

  // The Trunk with the longest prefix of `number`, the first of several; or nullptr.
  const Dn* FindTrunkByPrefix(absl::string_view number) const;
  // All whose prefix `number` begins with, those of the longest first, and of one prefix by their number.
  std::vector<const Dn*> FindTrunks(absl::string_view number) const;
  // The DNs of that capacity-group.
  absl::Span<const std::string> CapacityGroup(absl::string_view group) const;
  // The pair's sip-error-codes-overflow, or the device's own.
  const StatusPatterns& OverflowOf(const Dn& device) const;

  // The Trunk whose static contact is `remote`, or whose host is remote's and whose port is `sent_by_port`
  // (a connection arrives from a port of its own). nullptr: not from a Trunk.
  const Dn* FindTrunkByContact(const Endpoint& remote, uint16_t sent_by_port) const;

  const absl::btree_map<Endpoint, std::string>& trunks_by_contact() const { return trunk_by_contact_; }

  // The Trunk whose contact is that name, or nullptr; and all of them.
  const Dn* FindTrunkByName(const LocateQuery& query) const;
  const absl::btree_map<LocateQuery, std::string>& trunks_by_name() const { return trunk_by_name_; }

  // The address that Contact, Via and Record-Route carry (options sip-address and sip-port), over UDP and TCP.
  const Endpoint& service_address() const { return service_address_; }
  // The same as `peer` sees it, by that transport: over IPv6 sip-address-v6, if there is one, or that of
  // its network (sip-address-by-network); sip-tls-port and so
  // forth, if that is served.
  Endpoint service_address(Transport transport, const Endpoint& peer) const;
  // Whether it is one of them, whoever sees it.
  bool IsServiceAddress(Transport transport, const Endpoint& endpoint) const;
  bool Serves(Transport transport) const { return ports_[static_cast<size_t>(transport)] != 0; }
  // The largest request that goes by UDP where the transport is ours to choose (sip-udp-max-size); larger ones by TCP.
  size_t most_by_udp() const { return most_by_udp_; }
  // Whether NAPTR and SRV records say where the servers of a name are (sip-enable-rfc3263).
  bool locates_by_service() const { return locates_by_service_; }
  // How long one of several servers may say nothing (sip-next-server-timeout).
  Duration next_server_timeout() const { return next_server_timeout_; }
  const Clients& clients() const { return clients_; }
  absl::string_view switch_name() const { return switch_name_; }
  const OptionSections& options() const { return options_; }
  const absl::btree_map<std::string, Dn>& dns() const { return dns_; }

  // Rebuilds what is derived after the fields were loaded.
  void Derive();

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, switch_name_);
    a.Field(2, options_);
  }
  // DNs are rows of their own.
  void PutDn(Dn dn);

  friend bool operator==(const Configuration&, const Configuration&) = default;

 private:
  void DeriveClients();
  bool IsTrunk(const std::string& number) const;
  void IndexTrunks();

  std::string switch_name_;
  OptionSections options_;
  absl::btree_map<std::string, Dn> dns_;

  // Derived.
  Endpoint service_address_;
  Endpoint service_address_v6_;  // beside an IPv4 one; empty: none
  std::vector<SourceAddress> addresses_by_network_;
  std::array<uint16_t, kTransportCount> ports_{};  // of the service address, by transport; 0: not served
  size_t most_by_udp_ = 0;
  bool locates_by_service_ = false;
  Duration next_server_timeout_;
  Clients clients_;
  absl::btree_map<LocateQuery, std::string> trunk_by_name_;  // contact -> number
  StatusPatterns overflow_;
  absl::btree_map<std::string, std::vector<std::string>> trunks_by_prefix_;  // prefix -> numbers
  absl::btree_map<std::string, std::vector<std::string>> capacity_groups_;   // name -> numbers
  absl::btree_map<Endpoint, std::string> trunk_by_contact_;                  // contact -> number
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CONFIGURATION_H_
