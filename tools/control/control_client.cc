#include "tools/control/control_client.h"

#include <errno.h>
#include <poll.h>
#include <sys/socket.h>

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "daemon/control/control_socket.h"
#include "daemon/net/io_loop.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;

constexpr size_t kMaxAnswer = 4 * 1024 * 1024;
constexpr Duration kSayEvery = Duration::Seconds(2);

absl::Status CannotConnect(const std::string& path, int error) {
  if (error == ENOENT || error == ECONNREFUSED) {
    return absl::UnavailableError(
        absl::StrCat("no server listens at ", path, ": is understudyd running, and is this its control socket?"));
  }
  if (error == EACCES || error == EPERM) {
    return absl::PermissionDeniedError(absl::StrCat(path, ": may not be opened; run this as the server's user"));
  }
  return absl::ErrnoToStatus(error, absl::StrCat("cannot connect to ", path));
}

absl::Status Ended() {
  return absl::AbortedError(
      "the server ended the connection before it answered; what became of the command: see status");
}

// What could not be sent may have been answered already: the server says why it does not listen.
void SendAll(int fd, absl::string_view bytes) {
  while (!bytes.empty()) {
    const ssize_t n = send(fd, bytes.data(), bytes.size(), MSG_NOSIGNAL);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return;
    bytes.remove_prefix(static_cast<size_t>(n));
  }
}

}  // namespace

absl::StatusOr<ControlClient> ControlClient::Connect(const std::string& path) {
  absl::StatusOr<sockaddr_un> address = control::SocketAddress(path);
  if (!address.ok()) return address.status();
  net::OwnedFd fd(socket(AF_UNIX, SOCK_STREAM | SOCK_CLOEXEC, 0));
  if (!fd.valid()) return CannotConnect(path, errno);
  if (connect(fd.get(), reinterpret_cast<const sockaddr*>(&*address), sizeof *address) != 0)
    return CannotConnect(path, errno);
  return ControlClient(std::move(fd));
}

absl::StatusOr<std::string> ControlClient::ReadLine(Duration patience,
                                                    const std::function<void(Duration waited)>& on_wait) {
  const net::MonotonicTime begin = net::MonotonicNow();
  Duration say_at = kSayEvery;
  while (in_.find('\n') == std::string::npos) {
    const Duration waited = net::MonotonicNow() - begin;
    if (waited >= patience) {
      return absl::DeadlineExceededError(
          absl::StrCat("no answer within ", patience.seconds(), " s; what became of the command: see status"));
    }
    if (waited >= say_at) {
      if (on_wait) on_wait(waited);
      say_at = say_at + kSayEvery;
    }
    pollfd readable = {fd_.get(), POLLIN, 0};
    const Duration wait = std::min(patience, say_at) - waited;
    const int ready = poll(&readable, 1, static_cast<int>(wait.milliseconds() + 1));
    if (ready <= 0) continue;
    char bytes[4096];
    const ssize_t n = recv(fd_.get(), bytes, sizeof bytes, 0);
    if (n < 0 && errno == EINTR) continue;
    if (n <= 0) return Ended();
    in_.append(bytes, static_cast<size_t>(n));
    if (in_.size() > kMaxAnswer) {
      return absl::AbortedError(
          absl::StrCat("the answer is longer than ", kMaxAnswer, " bytes: is this the control socket?"));
    }
  }
  const size_t end = in_.find('\n');
  std::string line = in_.substr(0, end);
  in_.erase(0, end + 1);
  return line;
}

absl::StatusOr<json::object> ControlClient::Ask(const json::object& request, Duration patience,
                                                const std::function<void(Duration waited)>& on_wait) {
  SendAll(fd_.get(), absl::StrCat(json::serialize(request), "\n"));
  absl::StatusOr<std::string> line = ReadLine(patience, on_wait);
  if (!line.ok()) return line.status();
  boost::system::error_code error;
  json::value value = json::parse(*line, error);
  const json::value* ok = !error && value.is_object() ? value.as_object().if_contains("ok") : nullptr;
  if (ok == nullptr || !ok->is_bool()) {
    return absl::AbortedError("what came is no answer: is this the control socket of understudyd?");
  }
  return value.as_object();
}

}  // namespace understudy::tools
