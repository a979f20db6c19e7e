// Values as they stand in the file, checked and read by the rule of their row.
#ifndef UNDERSTUDY_DAEMON_CONFIG_OPTION_VALUE_H_
#define UNDERSTUDY_DAEMON_CONFIG_OPTION_VALUE_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "daemon/config/option_table.h"

namespace understudy::daemon {

// Whether `value` obeys the rule. Total: any bytes may be asked about.
bool IsAllowed(const ValueRule& rule, absl::string_view value);

// What the rule allows, for people: "a whole number from 15 to 3600 (seconds)".
std::string AllowedText(const ValueRule& rule);

// Decimal digits only, no sign, no leading zero, at most 18 digits.
absl::optional<int64_t> ParseWhole(absl::string_view text);

// A whole number with one of ms, s, m, h, d: "250ms", "7d". At most 100 years.
absl::optional<Duration> ParseSpan(absl::string_view text);

// Seconds as a decimal number with at most three decimals, no sign: "5", "0.25". At most 100 years.
absl::optional<Duration> ParseSeconds(absl::string_view text);

// A whole number of bytes, or with one of KiB, MiB, GiB, TiB: "512MiB". At most 2^50 bytes.
absl::optional<int64_t> ParseSize(absl::string_view text);

// The shortest of the forms above that says the same exactly. `span` is a whole number of milliseconds.
std::string SpanText(Duration span);
std::string SizeText(int64_t bytes);
// As ParseSeconds reads it.
std::string SecondsText(Duration span);

// 1 to 64 letters, digits and + - _ . * #: what a phone dials. Also the form of a DN's number.
bool IsUserPart(absl::string_view text);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_OPTION_VALUE_H_
