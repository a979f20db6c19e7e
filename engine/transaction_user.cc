// What the transaction layer's client side tells the call: by the purpose of the transaction.
#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/events/subscribe.h"
#include "engine/next_target.h"
#include "engine/phone_commands.h"
#include "engine/refer_call.h"
#include "engine/service_check.h"
#include "engine/session/session_refresh.h"

namespace understudy::engine {

void OnTransactionUserProvisional(Context& context, ClientTransaction& row, const SipReceived& response) {
  switch (row.purpose) {
    case Purpose::kInvite:
    case Purpose::kReInvite:
      return OnInviteProvisional(context, row, response);
    case Purpose::kOffer:  // once carried, it may ask for what its originator supports
      if (Leg* leg = context.state.legs.Find(row.leg)) AcknowledgeProvisional(context, *leg, response.message);
      return;
    case Purpose::kAskOffer:
    case Purpose::kNotify:
    case Purpose::kDtmf:
    case Purpose::kNone:
    case Purpose::kRelay:  // none but 100 may go on (RFC 4320 4.1), and that is of one hop
    case Purpose::kBye:
    case Purpose::kMessage:
    case Purpose::kRefer:
    case Purpose::kEventNotify:
    case Purpose::kRefreshInvite:
    case Purpose::kRefreshUpdate:
    case Purpose::kServiceCheck:
    case Purpose::kAbandoned:
      return;
  }
}

void OnTransactionUserFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  if (status == 422 && AskLonger(context, ended, response)) return;
  if (status == 422 && IsOfOwnTimer(context.state, ended)) {
    status = 500;
    response = nullptr;
  }
  if (TryNextTarget(context, ended, status, response)) return;
  switch (ended.purpose) {
    case Purpose::kInvite:
    case Purpose::kReInvite:
    case Purpose::kAskOffer:
    case Purpose::kOffer:
    case Purpose::kRefreshInvite:
      return OnInviteFinal(context, ended, status, response);
    case Purpose::kRefreshUpdate:
      if (Leg* leg = context.state.legs.Find(ended.leg)) OnRefreshFinal(context, *leg, ended, status, response);
      return;
    case Purpose::kNotify:
      return OnNotifyFinal(context, ended, status);
    case Purpose::kDtmf:
      return OnDtmfFinal(context, ended, status);
    case Purpose::kRelay:
      return OnRelayFinal(context, ended, status, response);
    case Purpose::kMessage:
      return OnMessageFinal(context, ended, status, response);
    case Purpose::kRefer:
      return OnReferFinal(context, ended, status);
    case Purpose::kEventNotify:
      return OnEventNotifyFinal(context, ended, status, response);
    case Purpose::kServiceCheck:
      return OnServiceCheckFinal(context, ended, status, response);
    case Purpose::kAbandoned:
      return OnAbandonedFinal(context, ended, status, response);
    case Purpose::kNone:
    case Purpose::kBye:
      return;  // whatever the answer, that leg is over (15.1.1)
  }
}

}  // namespace understudy::engine
