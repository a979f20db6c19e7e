// What a request begins: what an overload is kept small by refusing. Everything else belongs to something that is here
// already, and a call that is up is worth more than one that is not.
#ifndef UNDERSTUDY_DAEMON_OVERLOAD_WORK_H_
#define UNDERSTUDY_DAEMON_OVERLOAD_WORK_H_

#include <cstddef>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "sip/message.h"

namespace understudy::daemon {

enum class Work : uint8_t {
  kInvite = 0,
  kRegister = 1,
  kSubscribe = 2,
  kMessage = 3,
  kOptions = 4,
  kOther = 5,     // methods that are rare outside a dialog
  kMakeCall = 6,  // of a T-Library client
};
inline constexpr size_t kWorks = 7;
absl::string_view WorkName(Work work);

// nullopt: nothing new. In a dialog (a To tag), an ACK, a CANCEL, a response, and an INVITE with Replaces, which is of
// a call that is up (RFC 3891).
absl::optional<Work> WorkOf(const sip::Message& message);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_OVERLOAD_WORK_H_
