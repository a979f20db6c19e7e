#include "daemon/pair/last_words.h"

#include <unistd.h>

#include <atomic>
#include <cstring>

#include "daemon/link/frame.h"
#include "replication/messages.h"

namespace understudy::daemon {
namespace {

std::atomic<const link::PeerLink*> watched{nullptr};

}  // namespace

void WatchLink(const link::PeerLink* link) { watched.store(link, std::memory_order_release); }

void SayLastWords(uint64_t fingerprint) {
  const link::PeerLink* const link = watched.load(std::memory_order_acquire);
  const int fd = link == nullptr ? -1 : link->fd_for_crash();
  if (fd < 0) return;
  char payload[sizeof fingerprint];
  std::memcpy(payload, &fingerprint, sizeof payload);
  const link::FrameHeaderBytes header = link::EncodeFrameHeader(
      static_cast<uint16_t>(replication::FrameType::kCondemned), absl::string_view(payload, sizeof payload));
  char frame[link::kFrameHeaderBytes + sizeof payload];
  std::memcpy(frame, header.data(), header.size());
  std::memcpy(frame + header.size(), payload, sizeof payload);
  const ssize_t written = write(fd, frame, sizeof frame);
  (void)written;  // there is nobody left to hear of it
}

absl::optional<uint64_t> ReadLastWords(absl::string_view payload) {
  uint64_t fingerprint = 0;
  if (payload.size() != sizeof fingerprint) return absl::nullopt;
  std::memcpy(&fingerprint, payload.data(), sizeof fingerprint);
  return fingerprint;
}

}  // namespace understudy::daemon
