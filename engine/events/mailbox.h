// A voicemail server says by itself what messages wait for a DN (RFC 3842 without a subscription; option
// voicemail-server): its NOTIFY sets the lamp of the DN's phones, as a T-Library client's request does.
#ifndef UNDERSTUDY_ENGINE_EVENTS_MAILBOX_H_
#define UNDERSTUDY_ENGINE_EVENTS_MAILBOX_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

// A body of application/simple-message-summary (RFC 3842 5.2).
struct MailboxState {
  bool waiting = false;
  std::string counts;  // its lines of "Voice-Message: 2/8 (0/2)", each with its end; others are left out
};
// False: it does not say whether messages wait.
bool ParseMailboxState(absl::string_view body, MailboxState* out);

// A NOTIFY outside of any dialog, from a DN that is such a server.
void OnMailboxNotify(Context& context, const SipReceived& request);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_MAILBOX_H_
