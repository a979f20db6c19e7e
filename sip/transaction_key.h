// Which transaction a message belongs to, as a 128 bit keyed hash of what RFC 3261 compares (17.1.3, 17.2.3).
//
//   TransactionKey key = ServerTransactionKey(state.hash_key, request);
//   if (ServerTransaction* row = state.server_transactions.Find(key)) ...
//
// Equal keys mean the same transaction: a collision takes 2^64 messages, and whoever does not know the hash
// key cannot look for one. Kinds never collide: a server key is never equal to a client key.
// Text that compares without case (branch, host, tags; 7.3.1) is hashed in lower case, Call-ID and methods
// as they stand.
#ifndef UNDERSTUDY_SIP_TRANSACTION_KEY_H_
#define UNDERSTUDY_SIP_TRANSACTION_KEY_H_

#include <compare>
#include <cstdint>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/siphash.h"
#include "sip/message.h"

namespace understudy::sip {

struct TransactionKey {
  uint64_t hi = 0;
  uint64_t lo = 0;

  friend constexpr auto operator<=>(const TransactionKey&, const TransactionKey&) = default;

  template <class H>
  friend H AbslHashValue(H h, const TransactionKey& key) {
    return H::combine(std::move(h), key.hi, key.lo);
  }
};

// 17.2.3. With the cookie in the top Via's branch: branch, sent-by and method, where an ACK counts as INVITE.
// Without it (RFC 2543): Request-URI, From tag, Call-ID, CSeq number, top Via and method (ACK as INVITE), and
// the To tag unless the method is INVITE or ACK: the ACK carries the To tag of the response, the INVITE does
// not, and 17.2.3 wants both in one transaction. `request` was parsed without error.
TransactionKey ServerTransactionKey(HashKey key, const Message& request);

// The INVITE that a CANCEL is for (9.2): the CANCEL's own key with INVITE as the method.
TransactionKey CancelledTransactionKey(HashKey key, const Message& cancel);

// 17.1.3: the branch of the request's (only) Via, and the method in CSeq. `branch` is one that we made.
TransactionKey ClientTransactionKey(HashKey key, absl::string_view branch, absl::string_view method);
TransactionKey ClientTransactionKey(HashKey key, const Message& response);

// 8.2.2.2: a request without To tag that has the same key as one in progress, but another server transaction
// key, has come over two paths and is answered 482. From tag, Call-ID, CSeq number and method, and the user of the
// Request-URI: a proxy that tries two numbers, at once or one after the other, sends two requests, not one twice. (The
// host does not count: it may change on one of the paths.)
TransactionKey MergedRequestKey(HashKey key, const Message& request);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_TRANSACTION_KEY_H_
