#include "daemon/link/frame_port.h"

#include <utility>

#include "base/check.h"

namespace understudy::link {

FramePort::FramePort(net::IoLoop* loop, const FramePortOptions& options)
    : loop_(loop), options_(options), dialer_(loop, options.link) {}

absl::Status FramePort::Listen(Events events) {
  US_CHECK(listener_ == nullptr);
  listener_ = std::make_unique<FrameListener>(
      loop_, options_.link, FrameListener::Options{.only_from = {options_.remote}, .setting = options_.setting},
      FrameListener::Events{.accepted = std::move(events.accepted), .failed = std::move(events.failed)});
  const absl::Status listening = listener_->Listen(options_.listen).status();
  if (!listening.ok()) listener_.reset();
  return listening;
}

void FramePort::Dial(Done done) {
  dialer_.Dial(options_.remote, options_.listen,
               [done = std::move(done)](absl::StatusOr<std::shared_ptr<FrameLink>> link) { done(std::move(link)); });
}

void FramePort::Close() {
  dialer_.Cancel();
  listener_.reset();
}

}  // namespace understudy::link
