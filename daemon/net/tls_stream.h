// TLS over a connected, non-blocking TCP socket: octets of messages on one side, the descriptor on the other.
//
//   TlsStream stream(context, tls::TlsSession::Side::kAccepts, "");
//   stream.Read(fd, scratch, &octets);        // when there is something to read
//   stream.Write(fd, bytes, &taken);          // nothing is taken before it is established
//   if (stream.pending()) stream.Send(fd);    // after each Read: TLS has things of its own to say
//
// It never encrypts ahead of what the kernel takes by more than one record: what waits is clear text still, and whoever
// queued it can be told that it did not leave.
#ifndef UNDERSTUDY_DAEMON_NET_TLS_STREAM_H_
#define UNDERSTUDY_DAEMON_NET_TLS_STREAM_H_

#include <cstddef>
#include <memory>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "daemon/tls/tls_session.h"

namespace understudy::net {

class TlsStream {
 public:
  enum class Outcome {
    kDone,     // read: octets came; written: all that there was has left, and `taken` of what was given
    kBlocked,  // nothing to read; the kernel takes no more
    kEnded,    // the peer sends no more
    kBroken,   // the connection
    kRefused,  // TLS: error() says why
  };

  // kConnects: what it has to say first is pending.
  TlsStream(std::shared_ptr<const tls::TlsContext> context, tls::TlsSession::Side side, const std::string& peer_name);

  // Connects to a server of that domain, as TlsSession::AskFor.
  TlsStream(std::shared_ptr<const tls::TlsContext> context, const std::string& domain, bool checks);

  // One recv. kDone: `*octets`, in `scratch`, is all that it gave in clear text; may be empty. `scratch` takes at least
  // kLeastScratch.
  static constexpr size_t kLeastScratch = size_t{48} << 10;
  Outcome Read(int fd, absl::Span<char> scratch, absl::string_view* octets);

  Outcome Write(int fd, absl::string_view bytes, size_t* taken);
  Outcome Send(int fd);

  // Says to the peer that nothing follows.
  void Finish(int fd);

  bool pending() const { return !session_.output().empty(); }
  bool established() const { return session_.established(); }
  const absl::Status& error() const { return session_.error(); }

 private:
  void Begin();

  tls::TlsSession session_;
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_TLS_STREAM_H_
