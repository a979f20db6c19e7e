#include "tools/cti/tlib_tool.h"

#include <errno.h>
#include <fcntl.h>
#include <string.h>

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "boost/asio/post.hpp"
#include "daemon/net/owned_fd.h"
#include "tlib/message_json.h"
#include "tools/command_line.h"
#include "tools/cti/command_help.h"
#include "tools/cti/cti_command.h"
#include "tools/cti/cti_connection.h"
#include "tools/cti/cti_executor.h"
#include "tools/cti/interactive.h"
#include "tools/cti/line_reader.h"
#include "tools/cti/tlib_options.h"

namespace understudy::tools {
namespace {

using Words = absl::Span<const std::string>;

bool IsStream(absl::string_view command) {
  return command == "watch" || command == "run";
}

int Watch(CtiConnection& connection, CtiExecutor& executor, Words dns, const TlibOptions& options) {
  int code = executor.Register(dns, options.command);
  if (code == kTlibDone && options.command.calls) code = executor.StartMonitoring();
  if (code != kTlibDone) return code;
  const auto patience = options.is_patience_given ? absl::make_optional(options.patience) : absl::nullopt;
  connection.Run([] { return false; }, patience);
  return kTlibDone;
}

absl::Status Unreadable(absl::string_view name, const absl::Status& why) {
  return absl::InvalidArgumentError(absl::StrCat(name, " cannot be read: ", why.message()));
}

// One request after the other, each when the one before has its outcome: a program that reads the answers can use them.
int Feed(CtiConnection& connection, CtiExecutor& executor, const ToolIo& io, absl::string_view name, int fd) {
  LineReader reader(fd, [&connection] { boost::asio::post(connection.io(), [] {}); });
  int code = kTlibDone;
  for (size_t number = 1;; ++number) {
    if (!connection.Run([&reader] { return reader.has_line() || reader.at_end(); }, absl::nullopt)) {
      return Complain(io, absl::CancelledError("interrupted"));
    }
    const absl::optional<std::string> line = reader.Take();
    if (!line.has_value()) return reader.status().ok() ? code : Complain(io, Unreadable(name, reader.status()));
    if (absl::StripAsciiWhitespace(*line).empty()) continue;
    const absl::StatusOr<tlib::Message> request = tlib::FromJson(*line);
    if (!request.ok()) {
      return Complain(io, absl::InvalidArgumentError(absl::StrCat("line ", number, ": ", request.status().message())));
    }
    const int one = executor.Ask(*request);
    if (one > kTlibRefused) return one;
    code = std::max(code, one);
  }
}

int RunFile(CtiConnection& connection, CtiExecutor& executor, Words operands, const TlibIo& io) {
  if (operands.size() != 1) return Complain(io.tool, absl::InvalidArgumentError("run takes FILE or -"));
  if (operands[0] == "-") return Feed(connection, executor, io.tool, "the input", io.input);
  const net::OwnedFd file(open(operands[0].c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return Complain(io.tool, Unreadable(operands[0], absl::UnavailableError(strerror(errno))));
  return Feed(connection, executor, io.tool, operands[0], file.get());
}

int Dispatch(CtiConnection& connection, CtiExecutor& executor, const TlibOptions& options, const CtiCommand& command,
             const TlibIo& io) {
  const Words operands = Words(options.words).subspan(1);
  if (command.name == "watch") return Watch(connection, executor, operands, options);
  if (command.name == "run") return RunFile(connection, executor, operands, io);
  if (command.name == "query-server") return executor.QueryServers(options.command);
  if (command.name == "register") return executor.Register(operands, options.command);
  return executor.Execute(command, operands, options.command);
}

int RunCommand(const TlibOptions& options, const TlibIo& io) {
  const absl::StatusOr<const CtiCommand*> command = FindCtiCommand(options.words[0]);
  if (!command.ok()) return Complain(io.tool, command.status());
  const absl::Status operands = CheckOperands(**command, Words(options.words).subspan(1), options.command.calls);
  if (!operands.ok()) return Complain(io.tool, operands);
  const bool asks_servers = (*command)->name == "query-server";
  client::ClientOptions client = options.client;
  client.has_session = !asks_servers;
  CtiConnection connection(client, options.patience, io.tool.wait);
  const bool json = options.json || (*command)->name == "run";
  CtiExecutor executor(&connection, io.tool, json, IsStream((*command)->name));
  const absl::Status open = asks_servers ? connection.OpenLinks() : connection.Open();
  const int code = open.ok() ? Dispatch(connection, executor, options, **command, io) : Complain(io.tool, open);
  connection.Close();
  return code;
}

int RunInteractive(const TlibOptions& options, const TlibIo& io) {
  if (!io.is_terminal) {
    return Complain(
        io.tool, absl::InvalidArgumentError("say which command; without one, a terminal is needed; see tlib --help"));
  }
  CtiConnection connection(options.client, options.patience, io.tool.wait);
  CtiExecutor executor(&connection, io.tool, options.json, true);
  const absl::Status open = connection.Open();
  if (!open.ok()) return Complain(io.tool, open);
  Interactive(&connection, &executor, io.tool, io.input);
  connection.Close();
  return kTlibDone;
}

int Written(const TlibIo& io, int code) {
  io.tool.out.flush();
  if (io.tool.out.good()) return code;
  io.tool.err << "tlib: the output could not be written\n";
  return kTlibRefused;
}

}  // namespace

int Tlib(const std::vector<std::string>& args, const TlibIo& io) {
  const absl::StatusOr<CommandLine> line = CommandLine::Parse(TlibSpec(), args);
  if (!line.ok()) return Complain(io.tool, line.status());
  if (line->Has("help") && !line->operands().empty()) {
    const absl::StatusOr<const CtiCommand*> command = FindCtiCommand(line->operands()[0]);
    if (!command.ok()) return Complain(io.tool, command.status());
    io.tool.out << CommandHelp(**command);
    return Written(io, kTlibDone);
  }
  if (line->Has("help")) {
    io.tool.out << HelpText(TlibSpec());
    return Written(io, kTlibDone);
  }
  const absl::StatusOr<TlibOptions> options = TlibOptionsOf(*line);
  if (!options.ok()) return Complain(io.tool, options.status());
  return Written(io, options->words.empty() ? RunInteractive(*options, io) : RunCommand(*options, io));
}

}  // namespace understudy::tools
