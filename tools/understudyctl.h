// understudyctl: looks at a running node of a pair and tells it what an operator decides.
//
//   status                          -> {"command":"status"}
//   switchover                      -> {"command":"switchover"}
//   resync                          -> {"command":"resync"}
//   force-promote --i-accept-loss   -> {"command":"force-promote","accept_loss":true}
//   raise-feature-level N           -> {"command":"raise-feature-level","level":N}
//
// Answers: {"ok":true,...}, or {"ok":false,"why":TEXT,"do":TEXT}. Of a switchover "pause_ms" (how long calls waited)
// and "primary" (the node's name) are printed; of the others "text", when it is there.
#ifndef UNDERSTUDY_TOOLS_UNDERSTUDYCTL_H_
#define UNDERSTUDY_TOOLS_UNDERSTUDYCTL_H_

#include <string>
#include <vector>

#include "tools/tool_io.h"

namespace understudy::tools {

// The program. Returns its exit code: 0 done, 1 refused or failed, 2 the command line or the configuration is wrong, 3
// no server is there. With --watch it ends when `io.wait` says so.
int Understudyctl(const std::vector<std::string>& args, const ToolIo& io);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_UNDERSTUDYCTL_H_
