// A leg: our side of a SIP dialog with a DN, and what is in progress on it.
//
// The originator's leg begins as a UAS, a destination's as a UAC. Once both are confirmed the two are alike.
#ifndef UNDERSTUDY_ENGINE_LEG_H_
#define UNDERSTUDY_ENGINE_LEG_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "base/shared_bytes.h"
#include "base/time.h"
#include "engine/box.h"
#include "engine/branches/branching.h"
#include "engine/early/early_dialog.h"
#include "engine/hop.h"
#include "engine/ids.h"
#include "engine/session/agreement.h"
#include "engine/timer_table.h"
#include "engine/trunks/trunk_use.h"
#include "sip/dialog.h"

namespace understudy::engine {

// A 2xx to an INVITE that we sent and whose ACK has not come (13.3.1.4).
struct AwaitedAck {
  SharedBytes answer;
  Hop hop;
  uint32_t cseq = 0;
  Duration interval;
  TimerHandle retransmit;
  TimerHandle timeout;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, answer);
    a.Field(2, hop);
    a.Field(3, cseq);
    a.Field(4, interval);
    a.Field(5, retransmit);
    a.Field(6, timeout);
  }
  friend bool operator==(const AwaitedAck&, const AwaitedAck&) = default;
};

// A 2xx to an INVITE that we received and have not acknowledged yet (13.2.2.4).
struct DueAck {
  TransactionId invite;
  uint32_t cseq = 0;
  bool answers = false;  // the 2xx offers a session: the ACK must answer it (13.2.2.4)

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, invite);
    a.Field(2, cseq);
    a.Field(3, answers);
  }
  friend bool operator==(const DueAck&, const DueAck&) = default;
};

// What engine/leg_commands.h was asked for, and what came of it. Stored in the state.
enum class LegCommand : uint8_t { kTalk = 0, kHold = 1, kRetrieve = 2, kJoin = 3, kDtmf = 4, kRedirect = 5 };

// How far a leg is on the way to a session that we bring about ourselves (engine/negotiation.h). The one that leads
// makes the offer; its peer answers.
enum class Negotiation : uint8_t {
  kNone = 0,
  kWanted = 1,    // leads: begins as soon as both are confirmed and no other INVITE is in progress
  kAsked = 2,     // leads: has got an INVITE without a session
  kOffering = 3,  // leads: the ACK to its 2xx, which offers one, waits for the answer
  kAgain = 4,     // was busy, or has said 491 to the offer: it is made, or made once more
};

// The dialog that a REFER outside of the leg's own has made (RFC 4538): its NOTIFYs go there.
struct ReferralDialog {
  sip::Dialog dialog;
  Hop hop;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, dialog);
    a.Field(2, hop);
  }
  friend bool operator==(const ReferralDialog&, const ReferralDialog&) = default;
};

// What a party has asked for by REFER (RFC 3515), and how far that is (engine/refer.h).
struct Referral {
  enum class Step : uint8_t {
    kNone = 0,
    kTrying = 1,  // the outcome is still to come
    kDone = 2,    // its call has been handed over, and it is to hang up
  };

  Step step = Step::kNone;
  uint32_t cseq = 0;       // of the REFER
  bool subscribed = true;  // false: it wants to hear nothing of it (RFC 4488)
  uint32_t count = 0;      // of those accepted in this dialog
  TimerHandle bye;         // kDone: then we do
  absl::optional<Box<ReferralDialog>> apart;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, step);
    a.Field(2, cseq);
    a.Field(3, subscribed);
    a.Field(4, count);
    a.Field(5, bye);
    a.LaterField(6, apart);
  }
  friend bool operator==(const Referral&, const Referral&) = default;
};

// One side of a SIP dialog with a DN: ours. Legs are rows of their own, for they move from call to call in transfers
// and conferences; our tag names the row (engine/sip_ids.h).
struct Leg {
  enum class Phase : uint8_t {
    kNone = 0,       // not begun
    kInviting = 1,   // INVITE received or sent, nothing heard
    kAlerting = 2,   // 101 to 199 sent or received
    kConfirmed = 3,  // 2xx sent or received
    kReleased = 4,   // BYE sent or received, or the INVITE failed
  };

  LegId id;
  CallId call;
  LegId peer;  // the other side of its conversation, in the same call; none: nobody is joined with it
  Phase phase = Phase::kNone;
  sip::Dialog dialog;
  std::string number;           // DN of the party
  Hop hop;                      // where the party was last heard or reached
  bool invited = false;         // we have called the party: the dialog's Call-ID is ours
  TransactionId server_invite;  // INVITE received on this leg, not answered yet
  TransactionId client_invite;  // INVITE sent on this leg, not answered yet
  TransactionId server_update;  // likewise UPDATE (RFC 3311)
  TransactionId client_update;
  uint32_t invite_cseq = 0;  // of the INVITE in progress on this leg, for RAck
  uint32_t rseq = 0;         // last RSeq received on this leg
  uint32_t sent_rseq = 0;    // last RSeq sent on this leg
  absl::optional<AwaitedAck> awaited_ack;
  absl::optional<DueAck> due_ack;
  absl::optional<AwaitedPrack> awaited_prack;
  bool bye_due = false;  // released, but the ACK must come first (15)
  SharedBytes session;   // the party's description of its side, as it has said it last (RFC 3264); empty: not known
  bool on_hold = false;  // the party has put its peer on hold
  Negotiation negotiation = Negotiation::kNone;
  TimerHandle patience;                // of a negotiation, or of a further leg that is called
  uint32_t refusals = 0;               // 491 in this negotiation
  uint32_t rewrites = 0;               // of `session`, sent to the peer: each has a version of its own
  absl::optional<LegCommand> command;  // in progress
  TransactionId command_request;       // of ours, whose final response ends it
  std::string digits;                  // kDtmf: those that are not sent yet
  Referral referral;
  absl::optional<SessionAgreement> agreement;  // RFC 4028; none: the parties agree from end to end, or not at all
  Branching branching;
  BindingId binding;  // the contact of its DN that it is called at; none: it has called us, or is called otherwise

  // While its INVITE is not answered: the leg that has given the early dialog that it is in, and what it keeps of
  // others.
  LegId giver;
  absl::optional<Box<EarlyDialogs>> early;
  bool hears_199 = false;  // RFC 6228

  // It takes a place of a Trunk or softswitch: LegTable::Occupy.
  absl::optional<Box<TrunkUse>> trunk_use;

  SharedBytes diversion;  // by whom the call has come here, until its INVITE says so: engine/diversion.h

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, phase);
    a.Field(2, dialog);
    a.Field(3, number);
    a.Field(4, hop);
    a.Field(5, server_invite);
    a.Field(6, client_invite);
    a.Field(7, invite_cseq);
    a.Field(8, rseq);
    a.Field(9, awaited_ack);
    a.Field(10, due_ack);
    a.Field(11, awaited_prack);
    a.Field(12, bye_due);
    a.Field(13, sent_rseq);
    a.Field(14, server_update);
    a.Field(15, client_update);
    a.Field(16, id);
    a.Field(17, call);
    a.Field(18, peer);
    a.Field(19, session);
    a.Field(20, on_hold);
    a.Field(21, negotiation);
    a.Field(22, patience);
    a.Field(23, refusals);
    a.Field(24, rewrites);
    a.Field(25, command);
    a.Field(26, digits);
    a.Field(27, invited);
    a.Field(28, command_request);
    a.LaterField(29, referral);
    a.LaterField(30, agreement);
    a.LaterField(31, branching);
    a.LaterField(36, trunk_use);
    a.LaterField(40, giver);
    a.LaterField(41, early);
    a.LaterField(42, hears_199);
    a.LaterField(43, binding);
    a.LaterField(45, diversion);
  }
  friend bool operator==(const Leg&, const Leg&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LEG_H_
