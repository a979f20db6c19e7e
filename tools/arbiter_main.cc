#include "tools/arbiter.h"
#include "tools/tool_io.h"

int main(int argc, char** argv) {
  return understudy::tools::Arbiter(understudy::tools::Arguments(argc, argv), understudy::tools::StandardIo());
}
