// The command line of the server.
#ifndef UNDERSTUDY_DAEMON_RUN_H_
#define UNDERSTUDY_DAEMON_RUN_H_

#include "daemon/test_hooks.h"

namespace understudy::daemon {

// Reads the arguments, serves, and returns the exit code: 0 ended as asked, 1 failed while serving (start it again),
// 2 the arguments or the configuration are wrong, 3 could not start.
int RunDaemon(int argc, char** argv, const TestHooks& hooks);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_RUN_H_
