// Holds the sockets of a service address for two nodes on one host, so that what waits in them outlives either node: a
// datagram that comes while the primary dies is read by the next one.
//
//   absl::StatusOr<std::unique_ptr<SocketHolder>> holder = SocketHolder::Start(&loop, {service, path});
//
// Whoever connects to the Unix socket at `path` (mode 0600) gets both descriptors (daemon/net/handed_sockets.h) and is
// closed. The sockets are read by nobody here. Belongs to the loop's thread.
#ifndef UNDERSTUDY_TOOLS_HOLDER_SOCKET_HOLDER_H_
#define UNDERSTUDY_TOOLS_HOLDER_SOCKET_HOLDER_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "base/endpoint.h"
#include "daemon/net/handed_sockets.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/unix_listener.h"
#include "tools/tool_io.h"

namespace understudy::tools {

struct SocketHolderOptions {
  Endpoint sip;  // port 0: one that is free for UDP and TCP
  std::string path;
  std::vector<net::ServedStream> streams = {};  // listeners of other transports
};

class SocketHolder {
 public:
  // Binds and listens. An error says what the operator can do; AlreadyExists: somebody has the address, or the path.
  static absl::StatusOr<std::unique_ptr<SocketHolder>> Start(net::IoLoop* loop, const SocketHolderOptions& options);

  const Endpoint& sip() const { return sip_; }
  uint64_t handed() const { return handed_; }  // times that somebody got them
  uint64_t failed() const { return failed_; }  // times that somebody left before

 private:
  SocketHolder(net::IoLoop* loop, const Endpoint& sip, net::HandedSockets sockets, net::UnixListener listener);
  void Accept();

  const Endpoint sip_;
  net::HandedSockets sockets_;
  net::UnixListener listener_;
  uint64_t handed_ = 0;
  uint64_t failed_ = 0;
  net::FdWatch watch_;
  net::Alarm again_;
};

// The program: holds until SIGTERM or SIGINT. Returns its exit code.
int HoldSockets(const std::vector<std::string>& args, const ToolIo& io);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_HOLDER_SOCKET_HOLDER_H_
