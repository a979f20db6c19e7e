// Where tests look into a server, or make it fail. Empty in the server itself.
#ifndef UNDERSTUDY_DAEMON_TEST_HOOKS_H_
#define UNDERSTUDY_DAEMON_TEST_HOOKS_H_

#include <functional>

#include "engine/input.h"
#include "sip/message.h"

namespace understudy::daemon {

struct TestHooks {
  // Runs before each SIP message is applied.
  std::function<void(const sip::Message&)> before_apply = nullptr;
  // Runs before each input of a T-Library client is.
  std::function<void(const engine::Input&)> before_client = nullptr;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_TEST_HOOKS_H_
