// What a primary tells its backup while it dies of an input: which one, so that the backup does not die of it as well.
//
//   WatchLink(link.get());                         // while there is a session
//   quarantine->OnCrash(&SayLastWords);            // from the handler of the crash
//
// Over TLS nothing can be said from there; the quarantine's list goes over with the next Hello.
#ifndef UNDERSTUDY_DAEMON_PAIR_LAST_WORDS_H_
#define UNDERSTUDY_DAEMON_PAIR_LAST_WORDS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "daemon/link/peer_link.h"

namespace understudy::daemon {

// nullptr: nobody listens. The link outlives being watched. The thread that may crash.
void WatchLink(const link::PeerLink* link);

// Async-signal-safe: one write, of a frame of type kCondemned.
void SayLastWords(uint64_t fingerprint);

// The payload of such a frame; nullopt: it is none.
absl::optional<uint64_t> ReadLastWords(absl::string_view payload);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_PAIR_LAST_WORDS_H_
