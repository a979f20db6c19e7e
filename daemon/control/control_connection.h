// One client of the control socket: lines in, answers out, each bounded in size and time.
//
// On the loop's thread. Held by its owner and, for a moment, by its own callbacks; `closed` is called once, after which
// the owner lets it go.
#ifndef UNDERSTUDY_DAEMON_CONTROL_CONTROL_CONNECTION_H_
#define UNDERSTUDY_DAEMON_CONTROL_CONTROL_CONNECTION_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>

#include "absl/strings/string_view.h"
#include "boost/json/object.hpp"
#include "daemon/control/control_server.h"
#include "daemon/net/io_loop.h"
#include "daemon/net/owned_fd.h"

namespace understudy::control {

class ControlConnection : public std::enable_shared_from_this<ControlConnection> {
 public:
  using OnLine = std::function<void(absl::string_view line, ControlServer::Reply reply)>;

  // `limits` and `counters` outlive it.
  ControlConnection(net::IoLoop* loop, net::OwnedFd fd, const ControlLimits& limits, ControlCounters* counters);

  void Start(OnLine on_line, std::function<void()> closed);
  // Says `answer` and closes; nothing is read.
  void TurnAway(boost::json::object answer);

 private:
  void Read();
  // Handles the lines that are there, one after the other, and settles what to wait for.
  void Proceed();
  bool TakeLine(std::string* line);
  void Hand(const std::string& line);
  ControlServer::Reply MakeReply();
  void Answer(uint64_t number, boost::json::object answer);
  void Send(const boost::json::object& answer);
  void Flush();
  void TimeOut();
  void RefuseAndEnd(absl::string_view why, absl::string_view what_to_do);
  void Close();

  net::IoLoop* const loop_;
  const ControlLimits& limits_;
  ControlCounters* const counters_;
  net::OwnedFd fd_;
  net::FdWatch watch_;
  net::Alarm alarm_;
  OnLine on_line_;
  std::function<void()> closed_;
  std::string in_;
  std::string out_;
  uint64_t number_ = 0;  // of the request at work, or the next
  bool working_ = false;
  bool ended_ = false;  // nothing more is read
  bool gone_ = false;
};

}  // namespace understudy::control

#endif  // UNDERSTUDY_DAEMON_CONTROL_CONTROL_CONNECTION_H_
