// Does one command over a connection, and prints what came of it.
#ifndef UNDERSTUDY_TOOLS_CTI_CTI_EXECUTOR_H_
#define UNDERSTUDY_TOOLS_CTI_CTI_EXECUTOR_H_

#include <string>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "client/client.h"
#include "tlib/message.h"
#include "tools/cti/call_choice.h"
#include "tools/cti/cti_command.h"
#include "tools/cti/cti_connection.h"
#include "tools/cti/tlib_options.h"
#include "tools/tool_io.h"

namespace understudy::tools {

// The numbers are part of the tool's documentation.
enum TlibExit : int { kTlibDone = 0, kTlibRefused = 1, kTlibMisuse = 2, kTlibNoServer = 3, kTlibTimedOut = 4 };

// The code of an error, which is printed.
int Complain(const ToolIo& io, const absl::Status& status);

class CtiExecutor {
 public:
  // `shows_events`: as they come, one a line; otherwise outcomes only.
  CtiExecutor(CtiConnection* connection, const ToolIo& io, bool json, bool shows_events);

  // A request of the table. Registers for its DN first: the server does nothing for who has not. Returns the exit code.
  int Execute(const CtiCommand& command, absl::Span<const std::string> operands, const CommandOptions& options);
  int Register(absl::Span<const std::string> dns, const CommandOptions& options);
  int StartMonitoring();
  // What each server that can be reached says of itself.
  int QueryServers(const CommandOptions& options);
  // As it is.
  int Ask(const tlib::Message& request);

  const absl::btree_set<std::string>& conn_ids() const { return conn_ids_; }
  // Before a line is printed and after: an editor takes its own line away meanwhile.
  std::function<void()> before_line = [] {};
  std::function<void()> after_line = [] {};

 private:
  absl::StatusOr<client::Event> AskSilently(const tlib::Message& request);
  absl::Status ChooseFor(const CtiCommand& command, const CommandOptions& options, const tlib::Message& registered,
                         tlib::Message* request);
  void Hear(const client::Event& event);
  void PrintEvent(const client::Event& event);
  // A change is said once: a server that stays away is tried again and again.
  void PrintNotice(const client::Event& notice);
  int PrintOutcome(const client::Event& outcome);

  CtiConnection* connection_;
  const ToolIo io_;
  const bool json_;
  const bool shows_events_;
  bool is_silent_ = false;
  absl::btree_set<std::string> conn_ids_;
  absl::btree_map<std::string, std::string> last_notices_;  // of each server
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_CTI_EXECUTOR_H_
