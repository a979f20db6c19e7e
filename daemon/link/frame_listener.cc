#include "daemon/link/frame_listener.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "daemon/net/open_socket.h"

namespace understudy::link {

FrameListener::FrameListener(net::IoLoop* loop, const LinkOptions& link, const Options& options, Events events)
    : loop_(loop), link_options_(link), options_(options), events_(std::make_shared<const Events>(std::move(events))) {}

absl::StatusOr<Endpoint> FrameListener::Listen(const Endpoint& local) {
  US_CHECK(listener_ == nullptr);
  absl::StatusOr<net::OwnedFd> fd = net::OpenTcpListener(local, {options_.setting, options_.setting});
  if (!fd.ok()) return fd.status();
  listener_ = std::make_unique<net::TcpListener>(
      loop_, *std::move(fd),
      [this](net::OwnedFd accepted, const Endpoint& remote) { Accept(std::move(accepted), remote); });
  return listener_->local();
}

bool FrameListener::IsExpected(const Endpoint& remote) const {
  const auto& hosts = options_.only_from;
  return hosts.empty() ||
         std::any_of(hosts.begin(), hosts.end(), [&](const Endpoint& h) { return h.SameHost(remote); });
}

void FrameListener::Accept(net::OwnedFd fd, const Endpoint& remote) {
  if (!IsExpected(remote)) {
    ++counters_.strangers;
    return;
  }
  if (opening_.size() >= options_.max_unfinished) {
    ++counters_.too_many;
    return;
  }
  const uint64_t id = ++last_id_;
  opening_[id] = FrameLink::Open(loop_, std::move(fd), remote, /*connecting=*/false, link_options_,
                                 [this, id](const absl::Status& status) { Opened(id, status); });
}

void FrameListener::Opened(uint64_t id, const absl::Status& status) {
  const auto it = opening_.find(id);
  std::shared_ptr<FrameLink> link = std::move(it->second);
  opening_.erase(it);
  ++(status.ok() ? counters_.accepted : counters_.failed);
  const std::shared_ptr<const Events> events = events_;
  if (status.ok()) {
    events->accepted(std::move(link));
  } else if (events->failed) {
    events->failed(status);
  }
}

}  // namespace understudy::link
