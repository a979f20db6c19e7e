// Rows of the transaction layer. RFC 3261 section 17 with RFC 6026; the state names and the decisions are those
// of the tables in sip/.
//
// A live row holds what its machine still needs. A finished one, which only absorbs repetitions for a fixed time,
// shrinks to a FinishedTransaction: at high rates these are the bulk of the memory.
#ifndef UNDERSTUDY_ENGINE_TRANSACTION_H_
#define UNDERSTUDY_ENGINE_TRANSACTION_H_

#include <cstdint>
#include <string>

#include "base/ids.h"
#include "base/shared_bytes.h"
#include "base/time.h"
#include "engine/hop.h"
#include "engine/ids.h"
#include "engine/locate/target.h"
#include "engine/timer_table.h"
#include "sip/method.h"
#include "sip/transaction_key.h"

namespace understudy::engine {

// What a transaction is to the call that owns it. Stored.
enum class Purpose : uint8_t {
  kNone = 0,    // nobody waits for it: answered at once, or sent without interest in the answer
  kInvite = 1,  // the INVITE that makes the leg
  kReInvite = 2,
  kRelay = 3,  // any other request inside the call, carried from leg to leg
  kBye = 4,
  kMessage = 5,  // request outside a dialog, carried to a DN
  // Requests of our own in a dialog, whose answer nobody waits for but we:
  kAskOffer = 6,      // re-INVITE without a session
  kOffer = 7,         // re-INVITE with one
  kNotify = 8,        // NOTIFY Event: talk or hold
  kDtmf = 9,          // INFO with a digit
  kRefer = 10,        // REFER outside of any dialog, engine/refer_call.h
  kEventNotify = 11,  // NOTIFY of a subscription, engine/events/notifier.h
  // Of the session alone, RFC 4028: engine/session/session_refresh.h
  kRefreshInvite = 12,
  kRefreshUpdate = 13,
  kAbandoned = 14,  // a request whose answer nobody waits for any more: another server has it, engine/next_target.h
  // OPTIONS to a device, engine/service_check.h
  kServiceCheck = 16,
};

// INVITEs in a dialog.
constexpr bool IsReInvite(Purpose purpose) {
  return purpose == Purpose::kReInvite || purpose == Purpose::kAskOffer || purpose == Purpose::kOffer ||
         purpose == Purpose::kRefreshInvite;
}

struct ServerTransaction {
  TransactionId id;
  sip::TransactionKey key;
  sip::TransactionKey merge_key;  // 8.2.2.2; zero: the request had a To tag
  sip::Method method = sip::Method::kUnknown;
  uint8_t state = 0;  // of the INVITE or the non-INVITE server table, by method
  Purpose purpose = Purpose::kNone;
  Hop hop;  // where responses go (18.2.2)
  uint32_t cseq = 0;
  std::string head;    // header fields that every response repeats, as text: Via, From, To, Call-ID, CSeq, Record-Route
  std::string target;  // the Contact of a target refresh request, which counts when its 2xx comes (14.1, RFC 3311 5.2)
  SharedBytes offer;   // likewise its session
  SharedBytes response;
  Lsn response_lsn;  // entry that made it: until that entry is released, a repetition is not answered
  Duration interval;
  TimerHandle retransmit;
  TimerHandle timeout;
  CallId call;  // of the leg when it began
  LegId leg;
  TransactionId relay;  // client transaction that carries this request on

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, key.hi);
    a.Field(3, key.lo);
    a.Field(4, merge_key.hi);
    a.Field(5, merge_key.lo);
    a.Field(6, method);
    a.Field(7, state);
    a.Field(8, purpose);
    a.Field(9, hop);
    a.Field(10, cseq);
    a.Field(11, head);
    a.Field(12, response);
    a.Field(13, response_lsn);
    a.Field(14, interval);
    a.Field(15, retransmit);
    a.Field(16, timeout);
    a.Field(17, call);
    a.Field(19, relay);
    a.Field(20, target);
    a.Field(21, leg);
    a.Field(22, offer);
  }
  friend bool operator==(const ServerTransaction&, const ServerTransaction&) = default;
};

struct ClientTransaction {
  TransactionId id;
  uint64_t branch_mac = 0;  // the unpredictable half of the branch
  sip::Method method = sip::Method::kUnknown;
  uint8_t state = 0;  // of the INVITE or the non-INVITE client table, by method
  Purpose purpose = Purpose::kNone;
  bool cancelled = false;       // a CANCEL has been sent
  bool cancel_pending = false;  // a CANCEL is wanted; it waits for the first provisional response (9.1)
  std::string cancel_reason;    // value of its Reason (RFC 3326)
  Hop hop;
  uint32_t cseq = 0;
  SharedBytes request;
  Duration interval;
  TimerHandle retransmit;
  TimerHandle timeout;
  CallId call;  // of the leg when it began
  LegId leg;
  TransactionId relay;    // server transaction to answer
  TransactionId cancels;  // a CANCEL: the INVITE, whose branch it shares (9.1)
  // Over TCP for its size alone, and by UDP where TCP is not spoken (18.1.1): how often it was tried, less the failures
  // that have been heard of. Each reign tries once more.
  uint32_t tries_by_tcp = 0;
  Attempt attempt;         // where the next hop is a name
  bool lost_once = false;  // with the connection over which it had left

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, branch_mac);
    a.Field(3, method);
    a.Field(4, state);
    a.Field(5, purpose);
    a.Field(6, cancelled);
    a.Field(7, cancel_pending);
    a.Field(8, hop);
    a.Field(9, cseq);
    a.Field(10, request);
    a.Field(11, interval);
    a.Field(12, retransmit);
    a.Field(13, timeout);
    a.Field(14, call);
    a.Field(16, relay);
    a.Field(17, cancels);
    a.Field(18, cancel_reason);
    a.Field(19, leg);
    a.Field(20, tries_by_tcp);
    a.LaterField(21, attempt);
    a.LaterField(22, lost_once);
  }
  friend bool operator==(const ClientTransaction&, const ClientTransaction&) = default;
};

// Nothing has come back yet: Calling or Trying (17.1).
bool IsUnanswered(const ClientTransaction& row);

// What is left of a transaction that has had its final response.
struct FinishedTransaction {
  sip::TransactionKey key;        // server's; of an INVITE of ours the dialog that its 2xx made; zero: none
  sip::TransactionKey merge_key;  // server's; of an INVITE of ours what every answer to it repeats
  TransactionId client;           // client's; 0 for a server's
  uint64_t branch_mac = 0;
  EngineTime deadline;  // transaction clock
  SharedBytes answer;   // to a repeated request its response, to a repeated response its ACK; may be empty
  Lsn answer_lsn;
  LegId leg;                // of an INVITE that we received
  Hop hop;                  // for the ACK
  uint32_t cseq = 0;        // of an INVITE of ours, the highest that a dialog begun by it may have seen
  bool asks_offer = false;  // likewise: it had no session, so that each 2xx offers one
  uint8_t forks = 0;        // likewise: those whose 2xx came after the one that counted

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, key.hi);
    a.Field(2, key.lo);
    a.Field(3, merge_key.hi);
    a.Field(4, merge_key.lo);
    a.Field(5, client);
    a.Field(6, branch_mac);
    a.Field(7, deadline);
    a.Field(8, answer);
    a.Field(9, answer_lsn);
    a.Field(10, hop);
    a.Field(11, cseq);
    a.Field(13, leg);
    a.LaterField(14, asks_offer);
    a.LaterField(15, forks);
  }
  friend bool operator==(const FinishedTransaction&, const FinishedTransaction&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRANSACTION_H_
