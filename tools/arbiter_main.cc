#include <sys/stat.h>

#include "tools/arbiter.h"
#include "tools/tool_io.h"

// The register is told over HTTP; its file is the owner's alone.
int main(int argc, char** argv) {
  umask(0077);
  return understudy::tools::Arbiter(understudy::tools::Arguments(argc, argv), understudy::tools::StandardIo());
}
