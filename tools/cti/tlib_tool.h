// tlib: a client of the T-Library interface for people and scripts.
//
//   tlib --server sip-a:5070,sip-b:5070 make-call 1001 1002
#ifndef UNDERSTUDY_TOOLS_CTI_TLIB_TOOL_H_
#define UNDERSTUDY_TOOLS_CTI_TLIB_TOOL_H_

#include <string>
#include <vector>

#include "tools/tool_io.h"

namespace understudy::tools {

struct TlibIo {
  ToolIo tool;               // `wait` is asked ten times a second; false: end
  int input = 0;             // descriptor of `run -` and of interactive mode
  bool is_terminal = false;  // it, and the output, are somebody's
};

// The program. Returns its exit code: TlibExit (cti_executor.h).
int Tlib(const std::vector<std::string>& args, const TlibIo& io);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_TLIB_TOOL_H_
