// Which connections the engine knows. It hears of one with the first message that it is given from there, so that
// connections over which nothing is said, or nothing that counts, leave no entry: whoever can connect could fill the
// journal otherwise.
//
//   book.Opened(flow, Transport::kTcp, remote);
//   book.Introduce(flow, &core);                 // before its first message: appends FlowOpened, once
//   book.Closed(flow, &core);                    // appends FlowClosed if the engine knows it
#ifndef UNDERSTUDY_DAEMON_FLOW_BOOK_H_
#define UNDERSTUDY_DAEMON_FLOW_BOOK_H_

#include <cstddef>

#include "absl/container/flat_hash_map.h"
#include "base/endpoint.h"
#include "base/transport.h"
#include "daemon/core/core.h"
#include "engine/ids.h"

namespace understudy::daemon {

class FlowBook {
 public:
  void Opened(engine::FlowId flow, Transport transport, const Endpoint& remote);
  void Introduce(engine::FlowId flow, Core* core);
  void Closed(engine::FlowId flow, Core* core);

  size_t unknown() const { return unknown_.size(); }

 private:
  struct Peer {
    Transport transport;
    Endpoint remote;
  };
  absl::flat_hash_map<engine::FlowId, Peer> unknown_;  // open, and the engine has not heard of them
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_FLOW_BOOK_H_
