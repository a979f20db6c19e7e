#include "daemon/net/tls_stream.h"

#include <errno.h>
#include <sys/socket.h>

#include <utility>

namespace understudy::net {
namespace {

// With half a record that waits in the session it gives less than kLeastScratch of clear text.
constexpr size_t kCiphertext = size_t{16} << 10;

}  // namespace

TlsStream::TlsStream(std::shared_ptr<const tls::TlsContext> context, tls::TlsSession::Side side,
                     const std::string& peer_name)
    : session_(std::move(context), side, peer_name) {
  if (side == tls::TlsSession::Side::kConnects) Begin();
}

TlsStream::TlsStream(std::shared_ptr<const tls::TlsContext> context, const std::string& domain, bool checks)
    : session_(std::move(context), tls::TlsSession::Side::kConnects) {
  session_.AskFor(domain, checks);
  Begin();
}

void TlsStream::Begin() {
  char nothing = 0;
  size_t n = 0;
  session_.Read(absl::MakeSpan(&nothing, 1), &n);
}

TlsStream::Outcome TlsStream::Read(int fd, absl::Span<char> scratch, absl::string_view* octets) {
  char ciphertext[kCiphertext];
  const ssize_t n = recv(fd, ciphertext, sizeof ciphertext, MSG_DONTWAIT);
  if (n == 0) return Outcome::kEnded;
  if (n < 0) return errno == EAGAIN || errno == EINTR ? Outcome::kBlocked : Outcome::kBroken;
  session_.Feed(absl::string_view(ciphertext, static_cast<size_t>(n)));
  size_t size = 0;
  for (;;) {
    size_t more = 0;
    const tls::TlsSession::Outcome outcome = session_.Read(scratch.subspan(size), &more);
    size += more;
    *octets = absl::string_view(scratch.data(), size);
    if (outcome == tls::TlsSession::Outcome::kData) continue;
    if (size > 0) return Outcome::kDone;  // an end or an error comes again with the next Read
    if (outcome == tls::TlsSession::Outcome::kEnded) return Outcome::kEnded;
    return outcome == tls::TlsSession::Outcome::kBroken ? Outcome::kRefused : Outcome::kDone;
  }
}

TlsStream::Outcome TlsStream::Write(int fd, absl::string_view bytes, size_t* taken) {
  *taken = 0;
  if (const Outcome outcome = Send(fd); outcome != Outcome::kDone) return outcome;
  const tls::TlsSession::Outcome outcome = session_.Write(bytes, taken);
  if (outcome == tls::TlsSession::Outcome::kBroken) return Outcome::kRefused;
  return Send(fd);
}

TlsStream::Outcome TlsStream::Send(int fd) {
  while (pending()) {
    const absl::string_view output = session_.output();
    const ssize_t n = send(fd, output.data(), output.size(), MSG_DONTWAIT | MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n < 0) return errno == EAGAIN ? Outcome::kBlocked : Outcome::kBroken;
    session_.ConsumeOutput(static_cast<size_t>(n));
  }
  return Outcome::kDone;
}

void TlsStream::Finish(int fd) {
  session_.Finish();
  Send(fd);
}

}  // namespace understudy::net
