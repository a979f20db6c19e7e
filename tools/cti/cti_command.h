// The commands of tlib that are requests: what a user types, and the message that it becomes.
#ifndef UNDERSTUDY_TOOLS_CTI_CTI_COMMAND_H_
#define UNDERSTUDY_TOOLS_CTI_CTI_COMMAND_H_

#include <cstddef>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tlib/attribute.h"
#include "tlib/message.h"

namespace understudy::tools {

// Which call of the DN a command is about, when --call does not say.
enum class WantedCall : uint8_t { kNone = 0, kAny = 1, kAlerting = 2, kTalking = 3, kHeld = 4, kTwo = 5 };

struct CtiCommand {
  absl::string_view name;
  absl::string_view operands;  // as the help shows them
  size_t least;                // operands
  size_t most;                 // 0: any number
  WantedCall call;
  absl::string_view about;
  absl::string_view example;                                                      // what follows "tlib"
  absl::StatusOr<tlib::Message> (*make)(absl::Span<const std::string> operands);  // nullptr: no single request
};

absl::Span<const CtiCommand> CtiCommands();

// InvalidArgument names the nearest.
absl::StatusOr<const CtiCommand*> FindCtiCommand(absl::string_view name);

// The request, without its ConnIDs; the DN is ThisDN. InvalidArgument: what the operands should be.
absl::StatusOr<tlib::Message> MakeRequest(const CtiCommand& command, absl::Span<const std::string> operands);

// What can be said of the operands without a server; `calls`: the command has --calls.
absl::Status CheckOperands(const CtiCommand& command, absl::Span<const std::string> operands, bool calls);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_CTI_COMMAND_H_
