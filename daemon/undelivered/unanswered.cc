#include "daemon/undelivered/unanswered.h"

#include "sip/invite_client_transaction.h"
#include "sip/non_invite_client_transaction.h"

namespace understudy::daemon {

bool IsUnanswered(const engine::ClientTransaction& row) {
  if (row.method == sip::Method::kInvite) {
    return row.state == static_cast<uint8_t>(sip::InviteClientTransaction::State::kCalling);
  }
  return row.state == static_cast<uint8_t>(sip::NonInviteClientTransaction::State::kTrying);
}

}  // namespace understudy::daemon
