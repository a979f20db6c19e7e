#include "daemon/control/control_server.h"

#include <errno.h>
#include <sys/socket.h>

#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "base/check.h"
#include "boost/json.hpp"
#include "daemon/control/control_connection.h"
#include "daemon/control/control_socket.h"

namespace understudy::control {
namespace {

namespace json = boost::json;

constexpr int kAcceptsAtOnce = 16;
constexpr Duration kPause = Duration::Milliseconds(100);
constexpr size_t kMaxNameShown = 60;

bool IsShortage(int error) {
  return error == EMFILE || error == ENFILE || error == ENOBUFS || error == ENOMEM;
}

}  // namespace

struct ControlServer::Rep : std::enable_shared_from_this<ControlServer::Rep> {
  Rep(net::IoLoop* the_loop, const ControlLimits& the_limits)
      : loop(the_loop), limits(the_limits), again(the_loop, [this] { watch->ResumeReadable(); }) {}

  void Accept() {
    for (int i = 0; i < kAcceptsAtOnce; ++i) {
      net::OwnedFd fd(accept4(socket.fd(), nullptr, nullptr, SOCK_NONBLOCK | SOCK_CLOEXEC));
      if (fd.valid()) {
        Take(std::move(fd));
        continue;
      }
      if (errno == ECONNABORTED || errno == EINTR) continue;
      if (IsShortage(errno)) {
        watch->PauseReadable();
        again.SetAfter(kPause);
      }
      return;
    }
  }

  void Take(net::OwnedFd fd) {
    auto connection = std::make_shared<ControlConnection>(loop, std::move(fd), limits, &counters);
    if (counters.connections >= limits.connections) {
      ++counters.refused_connections;
      connection->TurnAway(Refusal(absl::StrCat(limits.connections, " connections are open, as many as are allowed"),
                                   "end one of them: another understudyctl may wait or watch"));
      return;
    }
    const uint64_t id = next_id++;
    ++counters.connections;
    connections[id] = connection;
    connection->Start([this](absl::string_view line, Reply reply) { Dispatch(line, std::move(reply)); },
                      [this, id] {
                        --counters.connections;
                        connections.erase(id);
                      });
  }

  void Dispatch(absl::string_view line, Reply reply) {
    ++counters.requests;
    boost::system::error_code error;
    const json::value value = json::parse(json::string_view(line.data(), line.size()), error);
    if (error || !value.is_object()) return Refuse("the request is no JSON object", std::move(reply));
    const json::value* command = value.as_object().if_contains("command");
    if (command == nullptr || !command->is_string()) return Refuse("the request has no \"command\"", std::move(reply));
    const std::string name(command->as_string().c_str(), command->as_string().size());
    auto handler = handlers.find(name);
    if (handler == handlers.end()) {
      return Refuse(absl::StrCat("there is no command \"", name.substr(0, kMaxNameShown), "\""), std::move(reply));
    }
    handler->second(value.as_object(), std::move(reply));
  }

  void Refuse(absl::string_view why, Reply reply) {
    ++counters.bad_requests;
    auto name_of = [](std::string* out, const auto& row) { absl::StrAppend(out, row.first); };
    reply(Refusal(
        why, absl::StrCat("send {\"command\":NAME}, a line; NAME is one of ", absl::StrJoin(handlers, ", ", name_of))));
  }

  net::IoLoop* const loop;
  const ControlLimits limits;
  ControlCounters counters;
  absl::btree_map<std::string, Handler> handlers;
  net::UnixListener socket;
  absl::optional<net::FdWatch> watch;
  net::Alarm again;
  absl::btree_map<uint64_t, std::shared_ptr<ControlConnection>> connections;
  uint64_t next_id = 1;
};

ControlServer::ControlServer(net::IoLoop* loop, const ControlLimits& limits)
    : rep_(std::make_shared<Rep>(loop, limits)) {}

ControlServer::~ControlServer() = default;

void ControlServer::On(std::string command, Handler handler) {
  const bool is_new = rep_->handlers.emplace(std::move(command), std::move(handler)).second;
  US_CHECK(is_new);
}

absl::Status ControlServer::Listen(const std::string& path) {
  US_CHECK(!rep_->watch.has_value());
  absl::StatusOr<net::UnixListener> socket = OpenControlSocket(path);
  if (!socket.ok()) return socket.status();
  rep_->socket = *std::move(socket);
  rep_->watch.emplace(rep_->loop, rep_->socket.fd());
  rep_->watch->WatchReadable([rep = rep_.get()] { rep->Accept(); });
  return absl::OkStatus();
}

ControlCounters ControlServer::counters() const {
  return rep_->counters;
}

json::object Refusal(absl::string_view why, absl::string_view what_to_do) {
  return {{"ok", false},
          {"why", json::string_view(why.data(), why.size())},
          {"do", json::string_view(what_to_do.data(), what_to_do.size())}};
}

}  // namespace understudy::control
