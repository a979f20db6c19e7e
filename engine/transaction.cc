#include "engine/transaction.h"

#include "sip/invite_client_transaction.h"
#include "sip/non_invite_client_transaction.h"

namespace understudy::engine {

bool IsUnanswered(const ClientTransaction& row) {
  using Invite = sip::InviteClientTransaction::State;
  using NonInvite = sip::NonInviteClientTransaction::State;
  return row.method == sip::Method::kInvite ? static_cast<Invite>(row.state) == Invite::kCalling
                                            : static_cast<NonInvite>(row.state) == NonInvite::kTrying;
}

}  // namespace understudy::engine
