#include "tools/replay.h"
#include "tools/tool_io.h"

int main(int argc, char** argv) {
  return understudy::tools::Replay(understudy::tools::Arguments(argc, argv), understudy::tools::StandardIo());
}
