// Nonces that need no memory: each says when it was made and carries a MAC over that and the host it was given to.
// RFC 7616 3.3, 5.4.
//
//   Nonces nonces(fresh_key, Duration::Seconds(300));
//   std::string nonce = nonces.Make(remote, call_id, from_tag, now);
//   absl::optional<Nonces::Mark> mark = nonces.Read(said, remote, now);     // whose nonce-counts are NonceCounts'
//   matter
//
// One key, one process: what another has given is nobody's nonce here, whoever answers it rightly is asked once more
// (stale=true), and no nonce-count that another has seen can be said again. `now` is of a clock that never steps.
#ifndef UNDERSTUDY_DAEMON_AUTH_NONCES_H_
#define UNDERSTUDY_DAEMON_AUTH_NONCES_H_

#include <compare>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/siphash.h"
#include "base/time.h"

namespace understudy::auth {

class Nonces {
 public:
  // Which nonce it is: no two requests get the same one, and a repetition within a second does.
  struct Mark {
    uint64_t second = 0;
    uint64_t salt = 0;
    friend auto operator<=>(const Mark&, const Mark&) = default;
  };

  Nonces(HashKey key, Duration lifetime) : key_(key), lifetime_(lifetime) {}

  // 40 hexadecimal digits.
  std::string Make(const Endpoint& remote, absl::string_view call_id, absl::string_view from_tag, Duration now) const;

  // nullopt: it is none of ours, was given to another host, or is too old. The port may have changed (NAT).
  absl::optional<Mark> Read(absl::string_view nonce, const Endpoint& remote, Duration now) const;

  // Older ones are not read any more.
  uint64_t OldestSecond(Duration now) const;

 private:
  uint64_t MacOf(const Mark& mark, const Endpoint& remote) const;

  const HashKey key_;
  const Duration lifetime_;
};

}  // namespace understudy::auth

#endif  // UNDERSTUDY_DAEMON_AUTH_NONCES_H_
