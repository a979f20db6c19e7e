#include "tools/holder/socket_holder.h"
#include "tools/tool_io.h"

int main(int argc, char** argv) {
  return understudy::tools::HoldSockets(understudy::tools::Arguments(argc, argv), understudy::tools::StandardIo());
}
