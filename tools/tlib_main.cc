#include <signal.h>
#include <unistd.h>

#include "tools/cti/tlib_tool.h"
#include "tools/tool_io.h"

namespace {

volatile sig_atomic_t interrupted = 0;

void Interrupt(int) {
  interrupted = 1;
}

}  // namespace

int main(int argc, char** argv) {
  signal(SIGINT, Interrupt);
  signal(SIGTERM, Interrupt);
  signal(SIGPIPE, SIG_IGN);
  const understudy::tools::ToolIo standard = understudy::tools::StandardIo();
  const understudy::tools::TlibIo io = {{standard.out, standard.err, [] { return interrupted == 0; }},
                                        STDIN_FILENO,
                                        isatty(STDIN_FILENO) == 1 && isatty(STDOUT_FILENO) == 1};
  return understudy::tools::Tlib(understudy::tools::Arguments(argc, argv), io);
}
