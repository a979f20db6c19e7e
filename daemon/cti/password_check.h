// Whether a client may use the name that it says.
#ifndef UNDERSTUDY_DAEMON_CTI_PASSWORD_CHECK_H_
#define UNDERSTUDY_DAEMON_CTI_PASSWORD_CHECK_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

namespace understudy::daemon {

enum class PasswordVerdict : uint8_t {
  kRight = 0,
  kWrong = 1,
  kOverload = 2,  // nobody has looked: too many are being checked
};

class PasswordCheck {
 public:
  using Done = std::function<void(PasswordVerdict verdict)>;

  virtual ~PasswordCheck() = default;

  // `done` from within the call, or later on the same thread. Once `asker` has gone nobody waits for the verdict: the
  // check need not be made, and `done` need not come.
  virtual void Check(const std::string& application, std::string password, std::weak_ptr<const void> asker,
                     Done done) = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_PASSWORD_CHECK_H_
