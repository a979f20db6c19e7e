// What a person is told about tlib's commands: a line each, and everything about one.
#ifndef UNDERSTUDY_TOOLS_CTI_COMMAND_HELP_H_
#define UNDERSTUDY_TOOLS_CTI_COMMAND_HELP_H_

#include <string>

#include "tools/cti/cti_command.h"

namespace understudy::tools {

// For the end of the tool's help and of each command's.
inline constexpr char kTlibExitCodes[] =
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused: the server answered EventError\n"
    "  2  the command line, a file or a request cannot be understood\n"
    "  3  no server is there, none is the primary, or it does not let this client in\n"
    "  4  no answer in time, or run was interrupted; the request may be done all the same\n";

// What `tlib COMMAND --help` says: arguments, what to expect, an example, exit codes.
std::string CommandHelp(const CtiCommand& command);
// A line a command.
std::string CommandList();

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_COMMAND_HELP_H_
