#include "tools/tool_io.h"
#include "tools/understudyctl.h"

int main(int argc, char** argv) {
  return understudy::tools::Understudyctl(understudy::tools::Arguments(argc, argv), understudy::tools::StandardIo());
}
