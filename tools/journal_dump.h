// journal-dump: shows what a journal holds. The whole program, so that a test can run it.
#ifndef UNDERSTUDY_TOOLS_JOURNAL_DUMP_H_
#define UNDERSTUDY_TOOLS_JOURNAL_DUMP_H_

#include <string>
#include <vector>

#include "tools/tool_io.h"

namespace understudy::tools {

// `args` without the program's name. Returns an ExitCode. Never changes a byte of the journal.
int JournalDump(const std::vector<std::string>& args, const ToolIo& io);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_JOURNAL_DUMP_H_
