// A call whose INVITE a Trunk or softswitch refuses goes to the next one (option sip-error-codes-overflow).
//
//   caller                      first Trunk        second Trunk
//     INVITE  ----------------->  INVITE
//     180     <-----------------  180
//                                 503
//                                                    INVITE      a dialog of its own
//     180     <------------------------------------  180
//
// The leg stays, with its party, its peer and its number in the call: neither the caller nor clients hear of the
// change. It begins a new dialog, for what the first Trunk may still say is of another. Which one is next:
// engine/trunks/trunk_choice.h. Where the servers of one Trunk are several, those come first.
#ifndef UNDERSTUDY_ENGINE_OVERFLOW_H_
#define UNDERSTUDY_ENGINE_OVERFLOW_H_

#include "base/shared_bytes.h"
#include "engine/context.h"
#include "engine/input.h"
#include "engine/leg.h"

namespace understudy::engine {

// Trunks or softswitches of one call.
inline constexpr size_t kMostWays = 8;

// `ended`, the INVITE of `leg`, has failed as OnTransactionUserFinal says. True: it is on its way elsewhere, and this
// failure is nobody's business.
bool TryAlternativeTrunk(Context& context, Leg& leg, const ClientTransaction& ended, int status,
                         const SipReceived* response);

// What the caller hears of such a call: the best of its answers (RFC 3261 16.7 step 6), the last one or one before.
class BestAnswer {
 public:
  BestAnswer(const Leg& leg, const ClientTransaction& ended, int status, const SipReceived* response);
  BestAnswer(const BestAnswer&) = delete;
  BestAnswer& operator=(const BestAnswer&) = delete;

  int status() const { return status_; }
  const SipReceived* response() const { return response_; }

 private:
  int status_;
  const SipReceived* response_;
  SharedBytes bytes_;
  SipReceived kept_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_OVERFLOW_H_
