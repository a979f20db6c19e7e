// What the transaction layer's client side tells the call: by the purpose of the transaction.
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"

namespace understudy::engine {

void OnTransactionUserProvisional(Context& context, ClientTransaction& row, const SipReceived& response) {
  switch (row.purpose) {
    case Purpose::kInvite:
    case Purpose::kReInvite:
      return OnInviteProvisional(context, row, response);
    case Purpose::kNone:
    case Purpose::kRelay:  // none but 100 may go on (RFC 4320 4.1), and that is of one hop
    case Purpose::kBye:
    case Purpose::kMessage:
      return;
  }
}

void OnTransactionUserFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  switch (ended.purpose) {
    case Purpose::kInvite:
    case Purpose::kReInvite:
      return OnInviteFinal(context, ended, status, response);
    case Purpose::kRelay:
      return OnRelayFinal(context, ended, status, response);
    case Purpose::kMessage:
      return OnMessageFinal(context, ended, status, response);
    case Purpose::kNone:
    case Purpose::kBye:
      return;  // whatever the answer, that leg is over (15.1.1)
  }
}

}  // namespace understudy::engine
