#include "daemon/link/link_socket.h"

#include <errno.h>
#include <netinet/in.h>
#include <netinet/tcp.h>
#include <string.h>
#include <sys/socket.h>
#include <sys/uio.h>

#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::link {
namespace {

constexpr size_t kVectorSize = 256;
constexpr size_t kCiphertextBytes = 128 << 10;
constexpr size_t kMostOutput = 256 << 10;
constexpr int kMaxDiscards = 16;
// Of the kernel, for one piece of clear text: a record that comes octet by octet is no reason to stay.
constexpr int kMostReceives = 8;

void SetInt(int fd, int level, int name, int value) {
  setsockopt(fd, level, name, &value, sizeof value);
}

// Nothing stays in it: one for all of a thread's sockets.
absl::Span<char> Ciphertext() {
  thread_local const std::unique_ptr<char[]> space(new char[kCiphertextBytes]);
  return absl::MakeSpan(space.get(), kCiphertextBytes);
}

absl::Status SocketError(int error) {
  if (error == ETIMEDOUT) return absl::DeadlineExceededError("the peer's host no longer answers");
  return absl::UnavailableError(strerror(error));
}

}  // namespace

LinkSocket::LinkSocket(net::OwnedFd fd, std::unique_ptr<tls::TlsSession> tls)
    : fd_(std::move(fd)), tls_(std::move(tls)) {}

void LinkSocket::SetOptions(Duration user_timeout) {
  SetInt(fd(), IPPROTO_TCP, TCP_NODELAY, 1);
  SetInt(fd(), SOL_SOCKET, SO_KEEPALIVE, 1);
  SetInt(fd(), IPPROTO_TCP, TCP_KEEPIDLE, 5);
  SetInt(fd(), IPPROTO_TCP, TCP_KEEPINTVL, 2);
  SetInt(fd(), IPPROTO_TCP, TCP_KEEPCNT, 3);
  SetInt(fd(), IPPROTO_TCP, TCP_USER_TIMEOUT, static_cast<int>(user_timeout.nanoseconds() / 1000000));
}

LinkSocket::Outcome LinkSocket::Read(absl::Span<char> space, size_t* n) {
  if (tls_ == nullptr) return Receive(space, n);
  Outcome outcome = Outcome::kDone;
  for (int i = 0; i <= kMostReceives && outcome == Outcome::kDone; ++i) {
    switch (tls_->Read(space, n)) {
      case tls::TlsSession::Outcome::kData:
        return Outcome::kDone;
      case tls::TlsSession::Outcome::kEnded:
        return Outcome::kEnded;
      case tls::TlsSession::Outcome::kBroken:
        return Break(tls_->error());
      case tls::TlsSession::Outcome::kNothing:
        break;
    }
    outcome = i < kMostReceives ? Fill(n) : Outcome::kBlocked;
  }
  return outcome;
}

LinkSocket::Outcome LinkSocket::Fill(size_t* n) {
  const absl::Span<char> ciphertext = Ciphertext();
  const Outcome outcome = Receive(ciphertext, n);
  if (outcome == Outcome::kDone) tls_->Feed({ciphertext.data(), *n});
  return outcome;
}

LinkSocket::Outcome LinkSocket::Receive(absl::Span<char> space, size_t* n) {
  ++reads;
  const ssize_t got = recv(fd(), space.data(), space.size(), MSG_DONTWAIT);
  *n = got > 0 ? static_cast<size_t>(got) : 0;
  bytes_in += *n;
  if (got > 0) return Outcome::kDone;
  if (got == 0) return Outcome::kEnded;
  if (errno == EAGAIN || errno == EINTR) return Outcome::kBlocked;
  return Break(SocketError(errno));
}

LinkSocket::Outcome LinkSocket::Write(SendQueue* queue) {
  return tls_ == nullptr ? WritePlain(queue) : WriteTls(queue);
}

LinkSocket::Outcome LinkSocket::WritePlain(SendQueue* queue) {
  iovec vectors[kVectorSize];
  while (!queue->empty()) {
    msghdr header{};
    header.msg_iov = vectors;
    header.msg_iovlen = queue->Gather(absl::MakeSpan(vectors));
    const ssize_t n = sendmsg(fd(), &header, MSG_DONTWAIT | MSG_NOSIGNAL);
    if (const Outcome outcome = Sent(n); outcome != Outcome::kDone) return outcome;
    if (n > 0) queue->Consume(static_cast<size_t>(n));
  }
  return Outcome::kDone;
}

LinkSocket::Outcome LinkSocket::WriteTls(SendQueue* queue) {
  for (;;) {
    const bool whole = Encrypt(queue);
    const Outcome outcome = SendOutput();
    if (!error_.ok()) return Outcome::kBroken;
    if (outcome != Outcome::kDone || whole) return outcome;
  }
}

// False: there is more to encrypt once this has left.
bool LinkSocket::Encrypt(SendQueue* queue) {
  while (!queue->empty()) {
    if (pending() >= kMostOutput) return false;
    size_t taken = 0;
    const tls::TlsSession::Outcome outcome = tls_->Write(queue->Front(), &taken);
    if (outcome == tls::TlsSession::Outcome::kBroken) Break(tls_->error());
    if (outcome != tls::TlsSession::Outcome::kData) return true;
    queue->Consume(taken);
  }
  return true;
}

LinkSocket::Outcome LinkSocket::SendOutput() {
  while (pending() > 0) {
    const absl::string_view output = tls_->output();
    const ssize_t n = send(fd(), output.data(), output.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (const Outcome outcome = Sent(n); outcome != Outcome::kDone) return outcome;
    if (n > 0) tls_->ConsumeOutput(static_cast<size_t>(n));
  }
  return Outcome::kDone;
}

LinkSocket::Outcome LinkSocket::Sent(ssize_t n) {
  ++writes;
  if (n >= 0) {
    bytes_out += static_cast<uint64_t>(n);
    return Outcome::kDone;
  }
  if (errno == EINTR) return Outcome::kDone;
  if (errno == EAGAIN) return Outcome::kBlocked;
  return Break(SocketError(errno));
}

void LinkSocket::Finish() {
  if (tls_ != nullptr) {
    tls_->Finish();
    SendOutput();
  }
  shutdown(fd(), SHUT_WR);
  char discarded[4096];
  for (int i = 0; i < kMaxDiscards && recv(fd(), discarded, sizeof discarded, MSG_DONTWAIT) > 0; ++i) {
  }
}

int LinkSocket::TakeError() {
  int error = 0;
  socklen_t size = sizeof error;
  return getsockopt(fd(), SOL_SOCKET, SO_ERROR, &error, &size) == 0 ? error : errno;
}

LinkSocket::Outcome LinkSocket::Break(absl::Status why) {
  if (error_.ok()) error_ = std::move(why);
  return Outcome::kBroken;
}

}  // namespace understudy::link
