// A REFER that we have sent to a phone, outside of any dialog, so that it calls for a client (RFC 3515). It is sent by
// engine/refer_call.cc.
#ifndef UNDERSTUDY_ENGINE_CTI_SENT_REFER_H_
#define UNDERSTUDY_ENGINE_CTI_SENT_REFER_H_

#include <string>

#include "absl/types/optional.h"
#include "engine/cti/party.h"
#include "engine/ids.h"
#include "engine/timer_table.h"
#include "sip/dialog.h"

namespace understudy::engine {

struct SentRefer {
  ReferId id;
  std::string number;  // DN whose phone is to call
  // Ours, of the REFER and of the subscription that it implies. Its tag is the token by which the phone's INVITE is
  // known (engine/sip_ids.h).
  sip::Dialog dialog;
  TransactionId refer;                     // not answered yet
  absl::optional<PendingRequest> request;  // its outcome is still to come; none: the phone has called, or never will
  LegId leg;                               // of the INVITE by which the phone has called
  TimerHandle patience;                    // with the phone: for its INVITE, or for what is left of the subscription

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, number);
    a.Field(3, dialog);
    a.Field(4, refer);
    a.Field(5, request);
    a.Field(6, patience);
    a.LaterField(7, leg);
  }
  friend bool operator==(const SentRefer&, const SentRefer&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_SENT_REFER_H_
