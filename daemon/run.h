// The command line of the server.
#ifndef UNDERSTUDY_DAEMON_RUN_H_
#define UNDERSTUDY_DAEMON_RUN_H_

#include <functional>

#include "sip/message.h"

namespace understudy::daemon {

// Reads the arguments, serves, and returns the exit code: 0 ended as asked, 1 failed while serving (start it again),
// 2 the arguments or the configuration are wrong, 3 could not start. `before_apply` is for tests: it runs before each
// SIP message is applied.
int RunDaemon(int argc, char** argv, std::function<void(const sip::Message&)> before_apply);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_RUN_H_
