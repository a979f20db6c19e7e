// The engine's name of a link is unique for the life of the journal: the node's handle under its epoch.
#ifndef UNDERSTUDY_DAEMON_CTI_LINK_NAME_H_
#define UNDERSTUDY_DAEMON_CTI_LINK_NAME_H_

#include <cstdint>

#include "base/ids.h"
#include "engine/ids.h"

namespace understudy::daemon {

inline constexpr int kLinkHandleBits = 40;
inline constexpr uint64_t kLinkHandleMask = (uint64_t{1} << kLinkHandleBits) - 1;

inline engine::LinkId EngineLink(Epoch epoch, uint64_t handle) {
  return engine::LinkId(epoch.value() << kLinkHandleBits | (handle & kLinkHandleMask));
}

// The node's handle; 0 when the link is of another epoch.
inline uint64_t NodeLink(Epoch epoch, engine::LinkId link) {
  return link.value() >> kLinkHandleBits == epoch.value() ? link.value() & kLinkHandleMask : 0;
}

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_LINK_NAME_H_
