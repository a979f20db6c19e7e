// understudyd: the server's main program.

#include "daemon/run.h"

int main(int argc, char** argv) { return understudy::daemon::RunDaemon(argc, argv, {}); }
