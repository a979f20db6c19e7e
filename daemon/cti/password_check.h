// Whether a client may use the name that it says.
#ifndef UNDERSTUDY_DAEMON_CTI_PASSWORD_CHECK_H_
#define UNDERSTUDY_DAEMON_CTI_PASSWORD_CHECK_H_

#include <functional>
#include <string>

namespace understudy::daemon {

class PasswordCheck {
 public:
  virtual ~PasswordCheck() = default;

  // `done` from within the call, or later on the same thread.
  virtual void Check(const std::string& application, std::string password, std::function<void(bool)> done) = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_PASSWORD_CHECK_H_
