// Whether a request is signed with the password of the DN that must sign it: digest authentication, RFC 3261 22, RFC
// 7616, RFC 8760.
//
//   Authenticator authenticator(fresh_key, options);
//   authenticator.Adopt(AccountsOf(config.pair));
//   Judgement judgement = authenticator.Judge(message, "1001", remote, clock.SinceBoot());
//
// We are the user agent that answers, registrar or back to back, never a proxy: the challenge is 401 with
// WWW-Authenticate, and what is read is Authorization (22.2, 22.3). The digest's uri is not compared with the
// Request-URI: proxies change that, phones and testers sign their registrar's name instead, and what the comparison
// would prevent, a signature taken for another request, the nonce-count prevents. Other realms, schemes and algorithms
// are passed over.
#ifndef UNDERSTUDY_DAEMON_AUTH_AUTHENTICATOR_H_
#define UNDERSTUDY_DAEMON_AUTH_AUTHENTICATOR_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <utility>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/siphash.h"
#include "base/time.h"
#include "daemon/auth/accounts.h"
#include "daemon/auth/digest.h"
#include "daemon/auth/nonce_counts.h"
#include "daemon/auth/nonces.h"
#include "sip/credentials.h"
#include "sip/message.h"

namespace understudy::auth {

struct AuthenticatorOptions {
  Duration nonce_lifetime = Duration::Seconds(300);
  size_t most_nonces = 100'000;  // whose counts are remembered
};

// In order: of several credentials, the last of these is what counts.
enum class Outcome : uint8_t {
  kUnsigned = 0,   // no credentials for us: 401
  kMalformed = 1,  // 400
  kWrong = 2,      // not that user's password: 401 again (22.1)
  // With a nonce that is none of ours, or none any more, whoever has signed (RFC 7616 3.3): what is said of a password
  // is said only where it is counted. Or signed with a count that was used. 401 with stale=true.
  kStale = 3,
  kForbidden = 4,  // signed by another DN: 403 (10.3 step 4)
  kSigned = 5,
};
inline constexpr size_t kOutcomes = 6;
absl::string_view OutcomeName(Outcome outcome);

struct Judgement {
  Outcome outcome = Outcome::kUnsigned;
  absl::string_view reason;  // phrase of the answer; empty: the usual one. Static
  // Of its credentials, how many are wrong. Each answers a nonce of ours: its source reads what is sent there, and is
  // nobody whose address was forged. 0 where others of them are right.
  int guesses = 0;
};

class Authenticator {
 public:
  Authenticator(HashKey key, const AuthenticatorOptions& options)
      : nonces_(key, options.nonce_lifetime), counts_(options.most_nonces) {}

  // From now on; who has signed has signed.
  void Adopt(Accounts accounts) { accounts_ = std::move(accounts); }

  // `message` as it came, nothing overwritten. `number`: the DN that must have signed it.
  Judgement Judge(const sip::Message& message, absl::string_view number, const Endpoint& remote, Duration now);

  // WWW-Authenticate lines, each with its end; empty: that DN has no password, and nobody can sign for it.
  std::string Challenges(const sip::Message& message, absl::string_view number, const Endpoint& remote, bool stale,
                         Duration now) const;

  uint64_t judged(Outcome outcome) const { return judged_[static_cast<size_t>(outcome)]; }
  size_t nonces() const { return counts_.size(); }

 private:
  // One Authorization field.
  struct Claim {
    sip::Credentials credentials;
    DigestVariant variant;
    std::string nonce;
  };

  Judgement JudgeField(absl::string_view method, absl::string_view value, const Account& account,
                       const Endpoint& remote, Duration now);
  // Null: nobody we know.
  const Account* ClaimedAccount(const Claim& claim, const Account& account) const;
  bool IsRight(absl::string_view method, const Claim& claim, const Account& account) const;

  const Nonces nonces_;
  NonceCounts counts_;
  Accounts accounts_;
  uint64_t judged_[kOutcomes] = {};
};

}  // namespace understudy::auth

#endif  // UNDERSTUDY_DAEMON_AUTH_AUTHENTICATOR_H_
