// What a tool has of the world, so that a test can give it another one; and what a tool's exit code means.
#ifndef UNDERSTUDY_TOOLS_TOOL_IO_H_
#define UNDERSTUDY_TOOLS_TOOL_IO_H_

#include <functional>
#include <ostream>
#include <string>
#include <vector>

#include "absl/status/status.h"

namespace understudy::tools {

// The numbers are part of each tool's documentation.
enum ExitCode : int {
  kDone = 0,
  kDifferent = 1,   // damage, or a difference between journal and replay: named by lsn
  kWrongUsage = 2,  // the command line cannot be understood
  kUnreadable = 3,  // there is no journal, it cannot be read or replayed, or the output cannot be written
  kNothingFound = 4,
};

// For the end of a tool's help.
inline constexpr char kExitCodeHelp[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  damaged, or different from what was recorded; the message names the lsn\n"
    "  2  the command line was not understood\n"
    "  3  no journal there, or it cannot be read, replayed or written out\n"
    "  4  nothing in the journal matches\n";

struct ToolIo {
  std::ostream& out;
  std::ostream& err;
  // Waits a moment for a live journal to grow; false: enough, end.
  std::function<bool()> wait;
};

// The program's own: standard output and error, a tenth of a second.
ToolIo StandardIo();
std::vector<std::string> Arguments(int argc, char** argv);

// Says what is wrong, and which exit code that is: kWrongUsage for InvalidArgument, kNothingFound for NotFound,
// kDifferent for DataLoss, else kUnreadable.
int Fail(const ToolIo& io, const absl::Status& status, const char* tool);

// kDone, or kUnreadable when the output did not take everything.
int Finish(const ToolIo& io, const char* tool, int code = kDone);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_TOOL_IO_H_
