// Room for one round of datagrams, read with as few system calls as there are full batches in the kernel's queue.
//
//   DatagramBatch batch(limits);
//   batch.Read(fd, local, &counters);
//   sink->OnRound(batch.received());
#ifndef UNDERSTUDY_DAEMON_NET_DATAGRAM_BATCH_H_
#define UNDERSTUDY_DAEMON_NET_DATAGRAM_BATCH_H_

#include <memory>
#include <vector>

#include "absl/types/span.h"
#include "daemon/net/traffic.h"

namespace understudy::net {

class DatagramBatch {
 public:
  enum class Outcome {
    kDrained,  // the kernel has no more
    kFull,     // there may be more
    kNothing,  // no datagram at all: perhaps an error woke us (TakeIcmpErrors)
  };

  // Largest datagram there is, and room for a round of them (memory is touched as it is used).
  static constexpr size_t kSlotBytes = 65536;
  explicit DatagramBatch(const TrafficLimits& limits);
  ~DatagramBatch();

  // Forgets the last round and reads the next. `local` is where the socket is bound; when it is the "any"
  // address the datagram's own destination takes its place. Keep-alives (only CR, LF and NUL) and what is older than
  // `datagram_age` by the wall clock are counted, not given. STUN is given apart.
  Outcome Read(int fd, const Endpoint& local, TrafficCounters* counters);

  absl::Span<const Received> received() const;
  absl::Span<const Received> stun() const;

 private:
  struct Rep;
  std::unique_ptr<Rep> rep_;
};

// Takes what errors wait at a socket with IP_RECVERR, up to 16 at once; returns how many. The destinations that an
// ICMP message says cannot be reached are appended to `unreachable`, up to 64 altogether.
int TakeIcmpErrors(int fd, std::vector<Endpoint>* unreachable);

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_DATAGRAM_BATCH_H_
