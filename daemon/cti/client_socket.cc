#include "daemon/cti/client_socket.h"

#include <utility>

#include "absl/types/span.h"
#include "daemon/tls/tls_session.h"

namespace understudy::daemon {
namespace {

constexpr size_t kReadOctets = 16 << 10;
// More is not read before others have had their turn.
constexpr size_t kReadsAtOnce = 4;
// The client's kernel acknowledges nothing for so long: its host is gone, or it does not read at all.
constexpr Duration kUserTimeout = Duration::Seconds(30);

std::unique_ptr<tls::TlsSession> SessionFor(std::shared_ptr<const tls::TlsContext> tls) {
  if (tls == nullptr) return nullptr;
  return std::make_unique<tls::TlsSession>(std::move(tls), tls::TlsSession::Side::kAccepts);
}

}  // namespace

std::shared_ptr<ClientSocket> ClientSocket::Open(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote,
                                                 std::shared_ptr<const tls::TlsContext> tls) {
  return std::shared_ptr<ClientSocket>(new ClientSocket(loop, std::move(fd), remote, SessionFor(std::move(tls))));
}

ClientSocket::ClientSocket(net::IoLoop* loop, net::OwnedFd fd, const Endpoint& remote,
                           std::unique_ptr<tls::TlsSession> tls)
    : loop_(loop),
      socket_(std::move(fd), std::move(tls)),
      remote_(remote),
      watch_(std::make_unique<net::FdWatch>(loop, socket_.fd())),
      turn_end_(loop, [this] { Flush(); }) {
  socket_.SetOptions(kUserTimeout);
}

void ClientSocket::SetEvents(Events events) {
  const bool first = events_ == nullptr;
  events_ = std::make_shared<const Events>(std::move(events));
  if (!first || !open_) return;
  watch_->WatchReadable([this] {
    const std::shared_ptr<ClientSocket> self = shared_from_this();
    Readable();
  });
}

void ClientSocket::Later(void (ClientSocket::*step)()) {
  loop_->Post([weak = weak_from_this(), step] {
    if (const std::shared_ptr<ClientSocket> self = weak.lock(); self != nullptr) (self.get()->*step)();
  });
}

void ClientSocket::PauseReading() {
  paused_ = true;
  if (watch_ != nullptr) watch_->PauseReadable();
}

// Octets may wait inside TLS, where no reactor sees them.
void ClientSocket::ResumeReading() {
  paused_ = false;
  if (!MayRead()) return;
  watch_->ResumeReadable();
  if (socket_.is_tls()) Later(&ClientSocket::Readable);
}

// The caller has one reference, so that callbacks may let go of the connection.
void ClientSocket::Readable() {
  size_t reads = 0;
  while (MayRead() && reads < kReadsAtOnce && ReadOnce()) ++reads;
  if (!open_) return;
  if (socket_.is_tls() && reads == kReadsAtOnce) Later(&ClientSocket::Readable);
  if (socket_.pending() > 0) turn_end_.Request();
}

// True: there may be more.
bool ClientSocket::ReadOnce() {
  char space[kReadOctets];
  size_t n = 0;
  switch (socket_.Read(absl::MakeSpan(space), &n)) {
    case link::LinkSocket::Outcome::kDone:
      break;
    case link::LinkSocket::Outcome::kBlocked:
      return false;
    case link::LinkSocket::Outcome::kEnded:
      Ended(absl::UnavailableError("the client ended the connection"));
      return false;
    case link::LinkSocket::Outcome::kBroken:
      Ended(socket_.error());
      return false;
  }
  const std::shared_ptr<const Events> events = events_;
  if (events->octets) events->octets({space, n});
  return socket_.is_tls() || n == kReadOctets;
}

void ClientSocket::Send(absl::string_view octets) {
  if (!open_) return;
  gathered_.append(octets.data(), octets.size());
  turn_end_.Request();
}

void ClientSocket::Flush() {
  if (!open_ || blocked_ || !write_error_.ok()) return;
  if (!gathered_.empty()) {
    const auto owner = std::make_shared<const std::string>(std::exchange(gathered_, {}));
    queue_.AppendShared(owner, *owner);
  }
  switch (socket_.Write(&queue_)) {
    case link::LinkSocket::Outcome::kBlocked:
      blocked_ = true;
      return watch_->AwaitWritable([this] {
        blocked_ = false;
        Flush();
      });
    case link::LinkSocket::Outcome::kBroken:
      write_error_ = socket_.error();
      return Later(&ClientSocket::WriteFailed);
    case link::LinkSocket::Outcome::kDone:
    case link::LinkSocket::Outcome::kEnded:
      return;
  }
}

void ClientSocket::WriteFailed() {
  if (open_) Ended(write_error_);
}

void ClientSocket::Close() {
  if (!open_) return;
  Flush();
  socket_.Finish();
  open_ = false;
  watch_.reset();
  socket_.Close();
  events_ = nullptr;
  queue_.Clear();
  gathered_.clear();
}

void ClientSocket::Ended(const absl::Status& why) {
  const std::shared_ptr<const Events> events = std::exchange(events_, nullptr);
  Close();
  if (events != nullptr && events->closed) events->closed(why);
}

}  // namespace understudy::daemon
