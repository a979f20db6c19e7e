#include "tests/sim/network/link_end.h"

#include <algorithm>
#include <cstring>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace understudy::sim {
namespace {

constexpr size_t kMostReason = 300;

// Owns its bytes, and they begin where a payload must: on a boundary of eight.
SimFrame CopyOf(uint16_t type, absl::string_view payload) {
  if (payload.empty()) return {type, nullptr, {}};
  auto words = std::make_shared<std::vector<uint64_t>>((payload.size() + 7) / 8);
  char* const bytes = reinterpret_cast<char*>(words->data());
  std::memcpy(bytes, payload.data(), payload.size());
  return {type, std::move(words), absl::string_view(bytes, payload.size())};
}

bool IsAligned(absl::string_view payload) { return reinterpret_cast<uintptr_t>(payload.data()) % 8 == 0; }

}  // namespace

std::shared_ptr<SimLink> SimLink::Open(net::Scheduler* loop, std::shared_ptr<SimConnection> connection, size_t machine,
                                       const Endpoint& remote, const link::LinkOptions& options, uint64_t* newest,
                                       std::function<void(const absl::Status&)> opened) {
  std::shared_ptr<SimLink> link(new SimLink(loop, std::move(connection), machine, remote, options, newest));
  link->opened_ = std::move(opened);
  link->deadline_.SetAfter(options.opening);
  link->Enqueue(CopyOf(link::kGreetingType, link::kGreeting));
  link->connection_->Attach(machine, link.get());
  return link;
}

SimLink::SimLink(net::Scheduler* loop, std::shared_ptr<SimConnection> connection, size_t machine,
                 const Endpoint& remote, const link::LinkOptions& options, uint64_t* newest)
    : loop_(loop),
      connection_(std::move(connection)),
      machine_(machine),
      remote_(remote),
      options_(options),
      newest_(newest),
      deadline_(loop, [this] { Fail(absl::DeadlineExceededError("connected, but the peer did not greet")); }) {}

SimLink::~SimLink() { connection_->CloseSocket(machine_); }

void SimLink::SetEvents(Events events) {
  events_ = std::make_shared<const Events>(std::move(events));
  if (untold_.has_value()) return Later(&SimLink::TellEnd);
  ReadSoon();
}

void SimLink::ResumeReading() {
  paused_ = false;
  ReadSoon();
}

bool SimLink::MayRead() const {
  if (state_ == State::kOpening) return true;
  return state_ == State::kOpen && !paused_ && events_ != nullptr;
}

void SimLink::ReadSoon() {
  if (MayRead() && !std::exchange(read_asked_, true)) Later(&SimLink::Readable);
}

void SimLink::FlushSoon() {
  if (!std::exchange(flush_asked_, true)) Later(&SimLink::Flush);
}

void SimLink::Later(void (SimLink::*step)()) {
  loop_->Post([weak = weak_from_this(), step] {
    if (const std::shared_ptr<SimLink> self = weak.lock(); self != nullptr) (self.get()->*step)();
  });
}

// The caller has one reference, so that callbacks may let go of the link.
void SimLink::Readable() {
  read_asked_ = false;
  if (std::exchange(reading_, true)) return;
  ++counters_.reads;
  size_t taken = 0;
  while (MayRead() && IsWanted()) {
    if (taken >= kMostReadAtOnce) {
      ReadSoon();
      break;
    }
    const absl::optional<SimFrame> frame = connection_->Read(machine_);
    if (!frame) {
      const absl::Status ended = connection_->ended(machine_);
      if (!ended.ok()) Fail(ended);
      break;
    }
    taken += frame->bytes();
    ++counters_.frames_in;
    counters_.bytes_in += frame->bytes();
    Take(*frame);
  }
  reading_ = false;
}

void SimLink::Take(const SimFrame& frame) {
  if (state_ == State::kOpening) return TakeGreeting();
  if (frame.type == link::kGoodbyeType) {
    return End(absl::AbortedError(absl::StrCat("the peer closed the link: ", frame.payload)));
  }
  const std::shared_ptr<const Events> events = events_;
  if (!events->frame) return;
  if (IsAligned(frame.payload)) return events->frame(frame.type, frame.payload);
  const SimFrame aligned = CopyOf(frame.type, frame.payload);
  events->frame(aligned.type, aligned.payload);
}

void SimLink::TakeGreeting() {
  state_ = State::kOpen;
  deadline_.Clear();
  *newest_ = std::max(*newest_, connection_->number());
  const std::function<void(const absl::Status&)> opened = std::exchange(opened_, nullptr);
  opened(absl::OkStatus());
}

void SimLink::Send(uint16_t type, absl::string_view payload) {
  US_CHECK_LT(type, link::kFirstReservedType);
  if (state_ == State::kOpen) Enqueue(CopyOf(type, payload));
}

void SimLink::SendShared(uint16_t type, std::shared_ptr<const void> owner, absl::string_view payload) {
  US_CHECK_LT(type, link::kFirstReservedType);
  if (state_ == State::kOpen) Enqueue({type, std::move(owner), payload});
}

void SimLink::Enqueue(SimFrame frame) {
  US_CHECK(frame.payload.size() <= link::kMaxFramePayload);
  ++counters_.frames_out;
  counters_.bytes_out += frame.bytes();
  queued_bytes_ += frame.bytes();
  queue_.push_back(std::move(frame));
  if (queued_bytes_ > options_.max_queued_bytes) {
    return End(absl::ResourceExhaustedError(absl::StrCat("the peer does not read: ", queued_bytes_, " bytes wait")));
  }
  FlushSoon();
}

void SimLink::Flush() {
  flush_asked_ = false;
  if (state_ == State::kClosed || queue_.empty()) return;
  if (connection_->broken(machine_)) return Later(&SimLink::WriteFailed);
  ++counters_.writes;
  connection_->Write(machine_, &queue_);
  queued_bytes_ = 0;
  for (const SimFrame& frame : queue_) queued_bytes_ += frame.bytes();
}

// What the peer sent before may say why.
void SimLink::WriteFailed() {
  Readable();
  if (state_ == State::kClosed) return;
  const absl::Status why = connection_->ended(machine_);
  Fail(why.ok() ? absl::UnavailableError("the peer reset the connection") : why);
}

void SimLink::Close(const absl::Status& why) {
  if (state_ == State::kClosed) return;
  if (!connection_->broken(machine_)) Flush();
  if (state_ == State::kOpen && queue_.empty()) {
    queue_.push_back(CopyOf(link::kGoodbyeType, why.message().substr(0, kMostReason)));
    connection_->Write(machine_, &queue_);
  }
  End(why);
}

// From within the callbacks of others, so nobody hears of it before the next turn.
void SimLink::End(const absl::Status& why) {
  if (state_ == State::kClosed) return;
  state_ = State::kClosed;
  connection_->CloseSocket(machine_);
  queue_.clear();
  queued_bytes_ = 0;
  deadline_.Clear();
  untold_ = why;
  Later(&SimLink::TellEnd);
}

void SimLink::TellEnd() {
  if (!untold_.has_value()) return;
  if (opened_ != nullptr) {
    const absl::Status why = *std::exchange(untold_, absl::nullopt);
    return std::exchange(opened_, nullptr)(why);
  }
  if (events_ == nullptr) return;
  const absl::Status why = *std::exchange(untold_, absl::nullopt);
  const std::shared_ptr<const Events> events = std::exchange(events_, nullptr);
  if (events->closed) events->closed(why);
}

}  // namespace understudy::sim
