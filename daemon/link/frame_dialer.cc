#include "daemon/link/frame_dialer.h"

#include <utility>

#include "daemon/net/open_socket.h"

namespace understudy::link {

void FrameDialer::Dial(const Endpoint& remote, const Endpoint& source, Done done) {
  attempt_ = std::make_shared<Attempt>(Attempt{std::move(done), nullptr});
  absl::StatusOr<net::OwnedFd> fd = net::StartConnect(source, remote);
  if (fd.ok()) {
    attempt_->link = FrameLink::Open(loop_, *std::move(fd), remote, /*connecting=*/true, options_,
                                     [this](const absl::Status& status) { Finish(status); });
    return;
  }
  loop_->Post([this, weak = std::weak_ptr<Attempt>(attempt_), status = fd.status()] {
    if (!weak.expired()) Finish(status);
  });
}

void FrameDialer::Finish(const absl::Status& status) {
  const std::shared_ptr<Attempt> attempt = std::exchange(attempt_, nullptr);
  if (status.ok()) {
    attempt->done(std::move(attempt->link));
  } else {
    attempt->done(status);
  }
}

}  // namespace understudy::link
