// One UDP listener: a bound socket and what waits to be sent from it.
//
// Sends are gathered and leave with sendmmsg at Flush. What the kernel does not take stays, in order, up to a
// bound. An ICMP error never closes anything.
#ifndef UNDERSTUDY_DAEMON_NET_UDP_SOCKET_H_
#define UNDERSTUDY_DAEMON_NET_UDP_SOCKET_H_

#include <memory>
#include <vector>

#include "daemon/net/datagram_batch.h"
#include "daemon/net/owned_fd.h"
#include "daemon/net/traffic.h"

namespace understudy::net {

class UdpSocket {
 public:
  // `fd`: bound, from OpenUdpSocket or AdoptSocket. `counters`, `failures` and `unreachable` outlive the socket.
  UdpSocket(OwnedFd fd, size_t queue_limit, TrafficCounters* counters, std::vector<FailedSend>* failures,
            std::vector<Endpoint>* unreachable);
  ~UdpSocket();

  int fd() const { return fd_.get(); }
  const Endpoint& local() const { return local_; }
  bool Reaches(const Endpoint& remote) const;

  // Bound to `local`, or to its port on every address.
  bool IsAt(const Endpoint& local) const;

  // Reads a round into `batch`; it may be empty. True: the kernel may have more. Pending ICMP errors go to
  // `unreachable`.
  bool Read(DatagramBatch* batch);

  void Send(const Outgoing& outgoing);

  // True when everything that could be sent has left; false when the kernel takes no more for now: call again
  // when the descriptor is writable.
  bool Flush();

  bool has_queued() const { return !queue_.empty(); }
  size_t queued() const { return queue_.size(); }

  // Since the last call datagrams were dropped while there was little room or none. Where much is free, what the kernel
  // has dropped had a wrong checksum. To be asked before a round is read, which makes room.
  bool Overflowed();

  // Datagrams that the kernel dropped, for want of room or for their checksum, since this object has the socket.
  uint64_t KernelDrops() const;

 private:
  struct Vector;

  int SendSome(size_t first);
  bool Pass(size_t* first, int error, int* retries);
  void Fail(const Outgoing& outgoing, SendFailure why);
  int TakeErrors();

  OwnedFd fd_;
  Endpoint local_;
  int family_;
  bool any_;
  size_t queue_limit_;
  uint32_t drops_before_;
  uint32_t drops_seen_;  // by Overflowed
  TrafficCounters* counters_;
  std::vector<FailedSend>* failures_;
  std::vector<Endpoint>* unreachable_;
  std::vector<Outgoing> queue_;
  std::unique_ptr<Vector> vector_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_UDP_SOCKET_H_
