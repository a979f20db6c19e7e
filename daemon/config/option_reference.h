// The tables of docs/configuration.md, printed from the option table so that they cannot go stale.
#ifndef UNDERSTUDY_DAEMON_CONFIG_OPTION_REFERENCE_H_
#define UNDERSTUDY_DAEMON_CONFIG_OPTION_REFERENCE_H_

#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace understudy::daemon {

// Markdown: one table a section, the options that have an effect before those that have none yet.
std::string OptionReference();

// `document` with what stands between its two marker lines replaced by OptionReference(). InvalidArgument when the
// markers are not there, each once and in order.
absl::StatusOr<std::string> WithOptionReference(absl::string_view document);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_OPTION_REFERENCE_H_
