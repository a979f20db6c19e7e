// A client for a tool: asks and waits.
//
//   CtiConnection connection(options, patience, go_on);
//   absl::Status open = connection.Open();
//   absl::StatusOr<client::Event> outcome = connection.Ask(request);
//
// Errors: InvalidArgument (an option), Unavailable (no server lets us in), DeadlineExceeded (no outcome in time),
// Cancelled (`go_on` said false). Blocking; one thread.
#ifndef UNDERSTUDY_TOOLS_CTI_CTI_CONNECTION_H_
#define UNDERSTUDY_TOOLS_CTI_CTI_CONNECTION_H_

#include <functional>
#include <string>
#include <vector>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "base/time.h"
#include "boost/asio/executor_work_guard.hpp"
#include "boost/asio/io_context.hpp"
#include "client/client.h"
#include "client/client_options.h"
#include "tlib/message.h"

namespace understudy::tools {

class CtiConnection {
 public:
  // `go_on` is asked ten times a second.
  CtiConnection(const client::ClientOptions& options, Duration patience, std::function<bool()> go_on);

  // All that comes, in order; what the client says itself, too.
  void on_event(client::Client::Callback callback) { on_event_ = std::move(callback); }

  // A session with the primary. Fails at once when each server has been tried, and none can be reached or lets us in.
  absl::Status Open();
  // A link to any of them, whatever its role.
  absl::Status OpenLinks();
  // Asks each server that there is a link to about itself, and says which it was; in the order of their names.
  absl::StatusOr<std::vector<client::Event>> AskServers();
  absl::StatusOr<client::Event> Ask(const tlib::Message& request);
  // Until `until` says so, or for that long at most; true: it has.
  bool Run(const std::function<bool()>& until, absl::optional<Duration> at_most);
  // Ends the session, and waits until that has been said.
  void Close();

  boost::asio::io_context& io() { return io_; }

 private:
  void Hear(const client::Event& event);
  void HearLink(const client::Event& event);
  absl::Status WhyNot() const;

  boost::asio::io_context io_;
  boost::asio::executor_work_guard<boost::asio::io_context::executor_type> work_;
  const std::vector<std::string> names_;
  const absl::btree_set<std::string> servers_;
  const Duration patience_;
  std::function<bool()> go_on_;
  client::Client::Callback on_event_ = [](const client::Event&) {};
  client::Client client_;
  absl::btree_set<std::string> up_;      // servers that have welcomed us
  absl::btree_set<std::string> failed_;  // and those whose last link has ended, or did not come to be
  std::string last_failure_;
  std::string refusal_;     // what a server said last that did not let us in, or gave us no session
  bool is_barred_ = false;  // a server said who we may not be
  bool was_stopped_ = false;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_CTI_CONNECTION_H_
