// Every option and key that the configuration file may hold: one literal row each.
//
// The pair's options have the names and sections of the SIP server that this one follows (SIP Server High-Availability
// Deployment Guide); the node's keys are our own. docs/configuration.md is printed from this table.
#ifndef UNDERSTUDY_DAEMON_CONFIG_OPTION_TABLE_H_
#define UNDERSTUDY_DAEMON_CONFIG_OPTION_TABLE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "daemon/config/dn_type.h"

namespace understudy::daemon {

// Where an option may stand: a set of bits.
using Levels = uint32_t;
constexpr Levels LevelOf(DnType type) {
  return Levels{1} << static_cast<uint8_t>(type);
}
inline constexpr Levels kApplicationLevel = Levels{1} << 30;  // pair: options:
inline constexpr Levels kNodeLevel = Levels{1} << 31;         // node:

// "pair", "Trunk DNs", "pair, Extension and ACD Position DNs".
std::string LevelsText(Levels levels);

enum class ValueKind : uint8_t {
  kBoolean,        // true, false
  kWhole,          // a whole number; `words` is its unit
  kOneOf,          // one of `words`, which '|' separates
  kSomeOf,         // one or more of `words`, with commas between them
  kText,           // 1 to 256 printable bytes
  kIpAddress,      // IPv4 or IPv6, not 0.0.0.0 or ::
  kListenAddress,  // the same, 0.0.0.0 and :: allowed
  kHost,           // an IP address or a host name
  kHostPort,       // the same with an optional :port
  kContact,        // "*", a SIP URI, or host[:port]
  kUserPart,       // the beginning of a number: `min` to 64 letters, digits and + - _ . * #
  kErrorCodes,     // "487,50X"
  kSipUri,         // "sip:gw@192.0.2.1"
  kPath,           // a file or directory
  kSocketPath,     // a Unix socket: at most 107 bytes
  kSpan,           // "250ms", "30s", "10m", "24h", "7d"; min and max in milliseconds
  kSeconds,        // "1", "0.25": up to three decimals; min and max in milliseconds
  kUrls,           // a list of `min` to `max` different "http://host:port" or "https://host:port"
  kSize,           // "64KiB", "512MiB", "20GiB", "1TiB"; min and max in bytes
  kSecret,         // 1 to 128 bytes, never shown
  kHexSecret,      // `min` hexadecimal digits in lower case, never shown
};

constexpr bool IsSecret(ValueKind kind) {
  return kind == ValueKind::kSecret || kind == ValueKind::kHexSecret;
}

enum class Effect : uint8_t { kNow, kNotYet };

// Who named the option: the guide, the T-Library's vocabulary, or we.
enum class Source : uint8_t { kGuide, kTLibrary, kOwn };

struct ValueRule {
  ValueKind kind = ValueKind::kText;
  int64_t min = 0;
  int64_t max = 0;
  absl::string_view words;
  absl::string_view default_value;  // empty: none
  bool required = false;            // when the section is there
  bool zero_too = false;            // kWhole: 0 is allowed, too
};

struct OptionRow {
  absl::string_view section;  // "TServer"; the node's keys: "node", "node.journal"
  absl::string_view name;
  Levels levels = 0;
  ValueRule rule;
  Effect effect = Effect::kNotYet;
  Source source = Source::kGuide;
  absl::string_view summary;

  // "TServer/sip-port".
  std::string FullName() const;
};

// All rows, ordered by section and name; a pair of these is there once.
absl::Span<const OptionRow> OptionTable();

// The row, or nullptr.
const OptionRow* FindOption(absl::string_view section, absl::string_view name);

// The names of a section's rows that may stand on one of `levels`, in order.
std::vector<absl::string_view> OptionNames(absl::string_view section, Levels levels);

// The sections with at least one row that may stand on one of `levels`, in order.
std::vector<absl::string_view> SectionNames(Levels levels);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_OPTION_TABLE_H_
