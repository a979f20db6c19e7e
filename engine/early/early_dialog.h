// One of several early dialogs that an INVITE has made (RFC 3261 12.1, 13.2.2.4). The one that a leg is in stands in
// the leg itself; here is what a leg keeps of the others (engine/early/early_dialogs.h).
#ifndef UNDERSTUDY_ENGINE_EARLY_EARLY_DIALOG_H_
#define UNDERSTUDY_ENGINE_EARLY_EARLY_DIALOG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "base/shared_bytes.h"
#include "base/time.h"
#include "engine/hop.h"
#include "engine/ids.h"
#include "engine/timer_table.h"
#include "sip/dialog.h"

namespace understudy::engine {

// A reliable provisional response that we sent and whose PRACK has not come (RFC 3262 section 3).
struct AwaitedPrack {
  SharedBytes response;
  Hop hop;
  uint32_t rseq = 0;        // ours, towards this leg
  uint32_t other_rseq = 0;  // the one it stands for on the leg that it came by
  LegId giver;              // which is that one
  Duration interval;
  TimerHandle retransmit;
  TimerHandle timeout;

  // Numbers 8 to 10 were the dialog there, before it was selected with ours.
  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, response);
    a.Field(2, hop);
    a.Field(3, rseq);
    a.Field(4, other_rseq);
    a.Field(5, interval);
    a.Field(6, retransmit);
    a.Field(7, timeout);
    a.LaterField(11, giver);
  }
  friend bool operator==(const AwaitedPrack&, const AwaitedPrack&) = default;
};

struct EarlyDialog {
  sip::Dialog dialog;
  // Of the one who calls: whose it is, by the leg that its responses came by and the remote tag there.
  LegId giver;
  std::string giver_tag;
  uint32_t rseq = 0;
  uint32_t sent_rseq = 0;
  absl::optional<AwaitedPrack> awaited_prack;
  TransactionId server_update;
  TransactionId client_update;
  SharedBytes session;
  SharedBytes told;   // likewise SessionAgreement::told
  bool lost = false;  // nobody is there any more; only a PRACK may still come

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, dialog);
    a.Field(2, giver);
    a.Field(3, giver_tag);
    a.Field(4, rseq);
    a.Field(5, sent_rseq);
    a.Field(6, awaited_prack);
    a.Field(7, server_update);
    a.Field(8, client_update);
    a.Field(9, session);
    a.Field(10, lost);
    a.LaterField(11, told);
  }
  friend bool operator==(const EarlyDialog&, const EarlyDialog&) = default;
};

// In the order in which the leg has left them.
struct EarlyDialogs {
  std::vector<EarlyDialog> others;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, others);
  }
  friend bool operator==(const EarlyDialogs&, const EarlyDialogs&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EARLY_EARLY_DIALOG_H_
