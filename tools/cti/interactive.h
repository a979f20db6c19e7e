// Commands one by one, with history and completion, and events between them.
#ifndef UNDERSTUDY_TOOLS_CTI_INTERACTIVE_H_
#define UNDERSTUDY_TOOLS_CTI_INTERACTIVE_H_

#include "tools/cti/cti_connection.h"
#include "tools/cti/cti_executor.h"
#include "tools/tool_io.h"

namespace understudy::tools {

// Until "quit", the end of the input, or `io.wait`. One at a time in a process: libedit keeps its state in globals.
void Interactive(CtiConnection* connection, CtiExecutor* executor, const ToolIo& io, int input);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_INTERACTIVE_H_
