// The command line of tlib.
#ifndef UNDERSTUDY_TOOLS_CTI_TLIB_OPTIONS_H_
#define UNDERSTUDY_TOOLS_CTI_TLIB_OPTIONS_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "base/time.h"
#include "client/client_options.h"
#include "tools/command_line.h"

namespace understudy::tools {

const ToolSpec& TlibSpec();

// About one command; in interactive mode each line may have its own.
struct CommandOptions {
  absl::optional<int64_t> call;  // ConnID
  absl::optional<int64_t> held;
  bool calls = false;  // watch
  bool as_is = false;  // request
  int64_t reference_id = 1;
};

struct TlibOptions {
  client::ClientOptions client;
  Duration patience;
  bool is_patience_given = false;
  bool json = false;
  CommandOptions command;
  std::vector<std::string> words;  // the command and its operands
};

// InvalidArgument: what is allowed, or which file cannot be read.
absl::StatusOr<TlibOptions> TlibOptionsOf(const CommandLine& line);
absl::StatusOr<CommandOptions> CommandOptionsOf(const CommandLine& line);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_TLIB_OPTIONS_H_
