#include "tools/journal_dump.h"
#include "tools/tool_io.h"

int main(int argc, char** argv) {
  return understudy::tools::JournalDump(understudy::tools::Arguments(argc, argv), understudy::tools::StandardIo());
}
