// replay: gives a journal to the engine again. The whole program, so that a test can run it.
#ifndef UNDERSTUDY_TOOLS_REPLAY_H_
#define UNDERSTUDY_TOOLS_REPLAY_H_

#include <string>
#include <vector>

#include "tools/tool_io.h"

namespace understudy::tools {

// `args` without the program's name. Returns an ExitCode. Never changes a byte of the journal.
int Replay(const std::vector<std::string>& args, const ToolIo& io);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_REPLAY_H_
