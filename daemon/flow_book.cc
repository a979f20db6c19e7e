#include "daemon/flow_book.h"

namespace understudy::daemon {

void FlowBook::Opened(engine::FlowId flow, Transport transport, const Endpoint& remote) {
  unknown_[flow] = Peer{transport, remote};
}

void FlowBook::Introduce(engine::FlowId flow, Core* core) {
  const auto it = unknown_.find(flow);
  if (it == unknown_.end()) return;
  core->Append(engine::FlowOpened{flow, it->second.transport, it->second.remote});
  unknown_.erase(it);
}

void FlowBook::Closed(engine::FlowId flow, Core* core) {
  if (unknown_.erase(flow) == 0) core->Append(engine::FlowClosed{flow});
}

}  // namespace understudy::daemon
