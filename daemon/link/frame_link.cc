#include "daemon/link/frame_link.h"

#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "daemon/net/open_socket.h"

namespace understudy::link {
namespace {

// More is not read before others have had their turn.
constexpr size_t kMostReadAtOnce = 256 << 10;

// Copying less costs less than keeping it.
constexpr size_t kLeastShared = 2 << 10;
constexpr size_t kMostCopied = 16 << 10;

constexpr size_t kMostReason = 300;

std::string Readable(absl::string_view text) {
  std::string readable(text.substr(0, kMostReason));
  for (char& c : readable) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return readable;
}

std::string Milliseconds(Duration duration) {
  return absl::StrCat(duration.nanoseconds() / 1000000, " ms");
}

std::unique_ptr<tls::TlsSession> SessionFor(const LinkOptions& options, bool connecting) {
  if (options.tls == nullptr) return nullptr;
  const auto side = connecting ? tls::TlsSession::Side::kConnects : tls::TlsSession::Side::kAccepts;
  return std::make_unique<tls::TlsSession>(options.tls, side);
}

}  // namespace

std::shared_ptr<FrameLink> FrameLink::Open(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote, bool connecting,
                                           const LinkOptions& options,
                                           std::function<void(const absl::Status&)> opened) {
  std::shared_ptr<FrameLink> link(new FrameLink(loop, std::move(fd), remote, SessionFor(options, connecting), options));
  link->opened_ = std::move(opened);
  link->deadline_.SetAfter(options.opening);
  if (connecting) {
    link->watch_->AwaitWritable([raw = link.get()] { raw->Connected(); });
  } else {
    link->BeginOpening();
  }
  return link;
}

FrameLink::FrameLink(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote, std::unique_ptr<tls::TlsSession> tls,
                     const LinkOptions& options)
    : loop_(loop),
      socket_(std::move(fd), std::move(tls)),
      remote_(remote),
      options_(options),
      watch_(std::make_unique<net::FdWatch>(loop, socket_.fd())),
      turn_end_(loop, [this] { Flush(); }),
      deadline_(loop, [this] { Overdue(); }) {}

FrameLink::~FrameLink() = default;

void FrameLink::Connected() {
  if (const int error = socket_.TakeError(); error != 0) return End(net::ConnectError(error, remote_));
  BeginOpening();
}

void FrameLink::BeginOpening() {
  state_ = State::kOpening;
  socket_.SetOptions(options_.user_timeout);
  Enqueue(kGreetingType, kGreeting);
  turn_end_.Request();
  watch_->WatchReadable([this] {
    const std::shared_ptr<FrameLink> self = shared_from_this();
    Readable();
  });
}

void FrameLink::SetEvents(Events events) {
  events_ = std::make_shared<const Events>(std::move(events));
  if (untold_.has_value()) return Later(&FrameLink::TellEnd);
  ReadSoon();
}

void FrameLink::PauseReading() {
  paused_ = true;
  if (watch_ != nullptr) watch_->PauseReadable();
}

void FrameLink::ResumeReading() {
  paused_ = false;
  ReadSoon();
}

// Frames may wait in our own buffers, where no reactor sees them.
void FrameLink::ReadSoon() {
  if (!MayRead()) return;
  watch_->ResumeReadable();
  Later(&FrameLink::Readable);
}

void FrameLink::Later(void (FrameLink::*step)()) {
  loop_->Post([weak = weak_from_this(), step] {
    if (const std::shared_ptr<FrameLink> self = weak.lock(); self != nullptr) (self.get()->*step)();
  });
}

bool FrameLink::MayRead() const {
  if (state_ == State::kOpening) return true;
  return state_ == State::kOpen && !paused_ && events_ != nullptr;
}

bool FrameLink::IsWanted() const {
  return weak_from_this().use_count() > 1;
}

// The caller has one reference, so that callbacks may let go of the link.
void FrameLink::Readable() {
  GiveFrames();
  size_t taken = 0;
  bool more = true;
  while (more && MayRead() && IsWanted()) {
    if (taken >= kMostReadAtOnce) {
      Later(&FrameLink::Readable);
      break;
    }
    size_t n = 0;
    more = ReadOnce(&n) == LinkSocket::Outcome::kDone;
    taken += n;
  }
  if (state_ == State::kClosed || !IsWanted()) return;
  SetDeadline();
  if (state_ == State::kOpening || socket_.pending() > 0) turn_end_.Request();
}

// kDone: there may be more.
LinkSocket::Outcome FrameLink::ReadOnce(size_t* n) {
  const absl::Span<char> space = reader_.Space();
  const LinkSocket::Outcome outcome = socket_.Read(space, n);
  switch (outcome) {
    case LinkSocket::Outcome::kDone:
      break;
    case LinkSocket::Outcome::kBlocked:
      return outcome;
    case LinkSocket::Outcome::kEnded:
      PeerEnded();
      return outcome;
    case LinkSocket::Outcome::kBroken:
      Fail(socket_.error());
      return outcome;
  }
  reader_.Commit(*n);
  GiveFrames();
  const bool drained = *n < space.size() && !socket_.is_tls();
  return drained ? LinkSocket::Outcome::kBlocked : LinkSocket::Outcome::kDone;
}

void FrameLink::GiveFrames() {
  if (std::exchange(giving_, true)) return;
  FrameReader::Frame frame;
  bool more = true;
  while (more && MayRead() && IsWanted()) {
    switch (reader_.Next(&frame)) {
      case FrameReader::Outcome::kFrame:
        ++frames_in_;
        Take(frame);
        break;
      case FrameReader::Outcome::kNeedMore:
        more = false;
        break;
      case FrameReader::Outcome::kBroken:
        Fail(reader_.error());
        break;
    }
  }
  giving_ = false;
}

void FrameLink::Take(const FrameReader::Frame& frame) {
  if (state_ == State::kOpening) return TakeGreeting(frame);
  if (frame.type == kGoodbyeType) return TakeGoodbye(frame.payload);
  if (frame.type >= kFirstReservedType) {
    return Fail(absl::DataLossError(absl::StrCat("a frame of the reserved type ", frame.type)));
  }
  const std::shared_ptr<const Events> events = events_;
  if (events->frame) events->frame(frame.type, frame.payload);
}

void FrameLink::TakeGreeting(const FrameReader::Frame& frame) {
  if (frame.type != kGreetingType || frame.payload != kGreeting) {
    return Fail(absl::DataLossError(absl::StrCat("the peer does not begin with \"", kGreeting,
                                                 "\": another version of this program, or another program")));
  }
  state_ = State::kOpen;
  deadline_.Clear();
  turn_end_.Request();
  const std::function<void(const absl::Status&)> opened = std::exchange(opened_, nullptr);
  opened(absl::OkStatus());
  if (watch_ != nullptr && !MayRead()) watch_->PauseReadable();
}

void FrameLink::TakeGoodbye(absl::string_view reason) {
  End(Named(absl::AbortedError(absl::StrCat("the peer closed the link: ", link::Readable(reason)))));
}

void FrameLink::PeerEnded() {
  if (!write_error_.ok()) return Fail(write_error_);
  if (state_ == State::kOpening) {
    return Fail(absl::UnavailableError(absl::StrCat("the peer ended the connection before it greeted",
                                                    socket_.is_tls() ? "" : " (does it expect TLS?)")));
  }
  if (reader_.buffered() > 0) {
    return Fail(absl::DataLossError(
        absl::StrCat("the peer ended the connection within a frame, ", reader_.buffered(), " bytes of which came")));
  }
  Fail(absl::UnavailableError("the peer ended the connection"));
}

void FrameLink::Send(uint16_t type, absl::string_view payload) {
  if (payload.size() > kMostCopied) {
    auto copy = std::make_shared<const std::string>(payload);
    const absl::string_view bytes = *copy;
    return SendShared(type, std::move(copy), bytes);
  }
  US_CHECK_LT(type, kFirstReservedType);
  if (state_ != State::kOpen) return;
  Enqueue(type, payload);
  Queued();
}

void FrameLink::SendShared(uint16_t type, std::shared_ptr<const void> owner, absl::string_view payload) {
  US_CHECK_LT(type, kFirstReservedType);
  if (state_ != State::kOpen) return;
  if (payload.size() < kLeastShared) {
    Enqueue(type, payload);
  } else {
    const FrameHeaderBytes header = EncodeFrameHeader(type, payload);
    queue_.Append({header.data(), header.size()});
    queue_.AppendShared(std::move(owner), payload);
  }
  Queued();
}

void FrameLink::Enqueue(uint16_t type, absl::string_view payload) {
  const FrameHeaderBytes header = EncodeFrameHeader(type, payload);
  queue_.Append({header.data(), header.size()});
  queue_.Append(payload);
}

void FrameLink::Queued() {
  ++frames_out_;
  turn_end_.Request();
  if (queued_bytes() <= options_.max_queued_bytes) return;
  End(Named(absl::ResourceExhaustedError(absl::StrCat("the peer does not read: ", queued_bytes(),
                                                      " bytes wait for it, at most ", options_.max_queued_bytes))));
}

void FrameLink::Flush() {
  const bool connected = state_ == State::kOpening || state_ == State::kOpen;
  if (!connected || blocked_ || !write_error_.ok()) return;
  const LinkSocket::Outcome outcome = socket_.Write(&queue_);
  const bool whole = outcome == LinkSocket::Outcome::kDone && state_ == State::kOpen && !socket_.is_tls();
  crash_fd_.store(whole ? socket_.fd() : -1, std::memory_order_relaxed);
  if (outcome == LinkSocket::Outcome::kBroken) {
    write_error_ = socket_.error();
    return Later(&FrameLink::WriteFailed);
  }
  if (outcome != LinkSocket::Outcome::kBlocked) return;
  blocked_ = true;
  watch_->AwaitWritable([this] {
    blocked_ = false;
    Flush();
  });
}

// What the peer sent before may say why.
void FrameLink::WriteFailed() {
  Readable();
  if (state_ != State::kClosed) Fail(write_error_);
}

void FrameLink::Close(const absl::Status& why) {
  if (state_ == State::kClosed) return;
  Flush();
  if (state_ == State::kOpen && queue_.empty()) {
    Enqueue(kGoodbyeType, why.message().substr(0, kMostReason));
    Flush();
  }
  if (state_ != State::kConnecting) socket_.Finish();
  End(why);
}

void FrameLink::Fail(const absl::Status& why) {
  Close(Named(why));
}

// From within the callbacks of others, so nobody hears of it before the next turn.
void FrameLink::End(const absl::Status& why) {
  state_ = State::kClosed;
  crash_fd_.store(-1, std::memory_order_relaxed);
  watch_.reset();
  socket_.Close();
  queue_.Clear();
  deadline_.Clear();
  untold_ = why;
  Later(&FrameLink::TellEnd);
}

void FrameLink::TellEnd() {
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

void FrameLink::SetDeadline() {
  if (state_ != State::kOpen) return;
  if (paused_ || reader_.buffered() == 0) return deadline_.Clear();
  if (deadline_.is_set() && frame_due_ == frames_in_) return;
  frame_due_ = frames_in_;
  deadline_.SetAfter(options_.half_frame);
}

void FrameLink::Overdue() {
  switch (state_) {
    case State::kConnecting:
      return End(absl::DeadlineExceededError(
          absl::StrCat("cannot connect to ", remote_.ToText(), ": no answer in ", Milliseconds(options_.opening))));
    case State::kOpening:
      return Fail(absl::DeadlineExceededError(
          absl::StrCat("connected, but the peer did not greet in ", Milliseconds(options_.opening))));
    case State::kOpen:
      return Fail(absl::DeadlineExceededError(
          absl::StrCat("the peer began a frame and did not finish it in ", Milliseconds(options_.half_frame))));
    case State::kClosed:
      return;
  }
}

LinkCounters FrameLink::Counters() const {
  return {frames_in_, frames_out_, socket_.bytes_in, socket_.bytes_out, socket_.reads, socket_.writes};
}

absl::Status FrameLink::Named(const absl::Status& why) const {
  const std::string subject = peer_subject();
  return absl::Status(why.code(), absl::StrCat("link with ", remote_.ToText(), subject.empty() ? "" : " (", subject,
                                               subject.empty() ? ": " : "): ", why.message()));
}

}  // namespace understudy::link
