#include "tools/understudyctl.h"

#include <cstdint>
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/time.h"
#include "boost/json.hpp"
#include "daemon/config/config.h"
#include "tools/command_line.h"
#include "tools/control/control_client.h"
#include "tools/control/status_text.h"
#include "tools/safe_text.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;

constexpr int kRefused = 1;
constexpr int kBadUse = 2;
constexpr int kNoServer = 3;
constexpr int64_t kPatienceSeconds = 60;
constexpr int64_t kMaxPatienceSeconds = 3600;
constexpr int64_t kMaxFeatureLevel = 1'000'000;
constexpr int kWaitsBetweenLooks = 10;
constexpr char kName[] = "understudyctl";
constexpr char kUsualConfig[] = "/etc/understudy/understudy.yaml";

constexpr OptionSpec kOptions[] = {
    {"socket", "PATH", "control socket of the node"},
    {"config", "FILE",
     "the node's configuration, which names the socket (node: control);\nwithout --socket: "
     "/etc/understudy/understudy.yaml"},
    {"timeout", "SECONDS", "how long to wait for an answer, 1 to 3600; without it: 60"},
    {"json", "", "status: one JSON object a line"},
    {"watch", "", "status: again every second, until interrupted"},
    {"i-accept-loss", "", "force-promote: you know what is lost"},
};

constexpr ToolSpec kSpec = {
    kName,
    "[--socket PATH | --config FILE] COMMAND [OPTION...]",
    "Looks at a running node of a pair and tells it what you decide.\n\n"
    "Commands:\n"
    "  status                  role, epoch, peer, witness, and why a switchover would not be safe\n"
    "  switchover              ask the primary to hand over to its backup; waits until that is done\n"
    "  resync                  ask the backup to fetch the whole state from the primary anew\n"
    "  force-promote           make this node the primary although nobody knows whether it has everything\n"
    "  bans                    who is shut out for wrong passwords or malformed messages, and for how long\n"
    "  lift-ban ADDRESS        let one of them come again\n"
    "  raise-feature-level N   let the pair use what only programs of feature level N understand; no way back\n",
    kOptions,
    "  understudyctl --config /etc/understudy/sip-a.yaml status\n"
    "  understudyctl --socket /var/lib/understudy/sip-a/control status --watch\n"
    "  understudyctl status --json\n"
    "  understudyctl switchover\n",
    "Exit codes:\n"
    "  0  done\n"
    "  1  refused, or failed\n"
    "  2  the command line or the configuration is wrong\n"
    "  3  no server listens at the socket\n",
};

constexpr absl::string_view kLoss =
    "force-promote is refused without --i-accept-loss.\n\n"
    "It makes this node the primary of a new epoch whatever the register says.\n\n"
    "What is lost: whatever the other node has promised and this node's log does not have. Calls, registrations and\n"
    "events since this node last was in sync may be gone; the other node cuts them from its log when it comes back.\n"
    "While the other node still serves, two primaries answer phones until it hears of the new epoch.\n\n"
    "When it is right: no node that the register names as in sync will come back: its disk is lost, or, with "
    "durability\n"
    "received, both nodes were restarted. And the other node has been stopped for certain: powered off, or its "
    "service\n"
    "disabled.\n\n"
    "Before: start the other node when you can; if it is in the register it takes over by itself and nothing is lost.\n"
    "Compare the last lsn of both nodes (understudyctl status) and promote the one that has more.\n\n"
    "Then: understudyctl force-promote --i-accept-loss\n";

struct CommandRow {
  absl::string_view name;
  absl::string_view operand;  // empty: it takes none
  absl::string_view options;  // besides those of every command, separated by spaces
};

constexpr CommandRow kCommands[] = {
    {"status", "", "json watch"},
    {"switchover", "", ""},
    {"resync", "", ""},
    {"force-promote", "", "i-accept-loss"},
    {"bans", "", ""},
    {"lift-ban", "an IP address", ""},
    {"raise-feature-level", "a number", ""},
};

struct Order {
  absl::string_view command;
  json::object request;
  std::string socket;
  Duration patience;
  bool json = false;
  bool watch = false;
};

absl::Status Misuse(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, "; see ", kName, " --help"));
}

absl::StatusOr<const CommandRow*> FindCommand(const CommandLine& line) {
  auto name_of = [](std::string* out, const CommandRow& row) { absl::StrAppend(out, row.name); };
  const std::string names = absl::StrJoin(kCommands, ", ", name_of);
  if (line.operands().empty()) return Misuse(absl::StrCat("say which command: ", names));
  for (const CommandRow& row : kCommands) {
    if (row.name != line.operands()[0]) continue;
    if (line.operands().size() == (row.operand.empty() ? 1u : 2u)) return &row;
    return Misuse(absl::StrCat(row.name, " takes ", row.operand.empty() ? "nothing" : row.operand, " after it"));
  }
  return Misuse(absl::StrCat("there is no command '", line.operands()[0], "': ", names));
}

// An option that another command has would be taken for heard.
absl::Status CheckOptions(const CommandLine& line, const CommandRow& command) {
  for (const CommandRow& other : kCommands) {
    for (absl::string_view option : absl::StrSplit(other.options, ' ', absl::SkipEmpty())) {
      if (other.name != command.name && line.Has(option))
        return Misuse(absl::StrCat("--", option, " belongs to ", other.name));
    }
  }
  if (line.Has("socket") && line.Has("config")) return Misuse("give --socket or --config, not both");
  return absl::OkStatus();
}

absl::StatusOr<std::string> SocketPath(const CommandLine& line) {
  if (line.Has("socket")) return std::string(line.Value("socket"));
  const std::string file = line.Has("config") ? std::string(line.Value("config")) : kUsualConfig;
  const absl::StatusOr<daemon::Config> config = daemon::LoadConfig(file);
  if (!config.ok()) return absl::InvalidArgumentError(config.status().message());
  if (!config->node.control.empty()) return config->node.control;
  return absl::InvalidArgumentError(
      absl::StrCat(file, ": the node has no control socket; give node: control a short path"));
}

absl::StatusOr<Duration> Patience(const CommandLine& line) {
  int64_t seconds = kPatienceSeconds;
  const bool is_number = !line.Has("timeout") || absl::SimpleAtoi(line.Value("timeout"), &seconds);
  if (is_number && seconds >= 1 && seconds <= kMaxPatienceSeconds) return Duration::Seconds(seconds);
  return Misuse(absl::StrCat("--timeout: found '", line.Value("timeout"), "'; allowed: 1 to ", kMaxPatienceSeconds));
}

absl::StatusOr<json::object> RequestOf(const CommandLine& line, absl::string_view command) {
  json::object request = {{"command", json::string_view(command.data(), command.size())}};
  if (command == "force-promote") request["accept_loss"] = true;
  if (command == "lift-ban") request["source"] = line.operands()[1];
  if (command != "raise-feature-level") return request;
  int64_t level = 0;
  if (!absl::SimpleAtoi(line.operands()[1], &level) || level < 1 || level > kMaxFeatureLevel) {
    return Misuse(
        absl::StrCat("raise-feature-level: found '", line.operands()[1], "'; allowed: 1 to ", kMaxFeatureLevel));
  }
  request["level"] = level;
  return request;
}

absl::StatusOr<Order> OrderOf(const CommandLine& line) {
  const absl::StatusOr<const CommandRow*> command = FindCommand(line);
  if (!command.ok()) return command.status();
  const absl::Status options = CheckOptions(line, **command);
  if (!options.ok()) return options;
  Order order;
  order.command = (*command)->name;
  if (order.command == "force-promote" && !line.Has("i-accept-loss")) return absl::FailedPreconditionError(kLoss);
  absl::StatusOr<Duration> patience = Patience(line);
  if (!patience.ok()) return patience.status();
  order.patience = *patience;
  absl::StatusOr<json::object> request = RequestOf(line, order.command);
  if (!request.ok()) return request.status();
  order.request = *std::move(request);
  order.json = line.Has("json");
  order.watch = line.Has("watch");
  absl::StatusOr<std::string> socket = SocketPath(line);
  if (!socket.ok()) return socket.status();
  order.socket = *std::move(socket);
  return order;
}

int CodeOf(const absl::Status& status) {
  if (status.code() == absl::StatusCode::kInvalidArgument) return kBadUse;
  if (status.code() == absl::StatusCode::kAborted || status.code() == absl::StatusCode::kDeadlineExceeded)
    return kRefused;
  return status.code() == absl::StatusCode::kFailedPrecondition ? kRefused : kNoServer;
}

int Complain(const ToolIo& io, const absl::Status& status) {
  io.out.flush();
  io.err << kName << ": " << status.message() << "\n";
  return CodeOf(status);
}

absl::StatusOr<json::object> Ask(const Order& order, const ToolIo& io) {
  absl::StatusOr<ControlClient> client = ControlClient::Connect(order.socket);
  if (!client.ok()) return client.status();
  return client->Ask(order.request, order.patience, [&](Duration waited) {
    io.err << kName << ": " << order.command << " has not ended after " << waited.seconds() << " s; waiting\n"
           << std::flush;
  });
}

int SayRefused(const json::object& answer, const ToolIo& io) {
  const std::string why = TextMember(answer, "why");
  const std::string what_to_do = TextMember(answer, "do");
  io.out.flush();
  io.err << kName << ": " << (why.empty() ? "refused, and the server does not say why" : why) << "\n";
  if (!what_to_do.empty()) io.err << "what to do: " << what_to_do << "\n";
  return kRefused;
}

std::string Done(absl::string_view command, const json::object& answer) {
  if (command == "switchover") {
    const std::string primary = TextMember(answer, "primary");
    const json::value* pause = answer.if_contains("pause_ms");
    const bool is_told = pause != nullptr && pause->is_number();
    return absl::StrCat(primary.empty() ? "the backup" : primary, " is the primary now",
                        is_told ? absl::StrCat("; calls waited ", pause->to_number<double>(), " ms") : "");
  }
  const json::value* text = answer.if_contains("text");
  if (text == nullptr || !text->is_string() || text->as_string().empty()) return absl::StrCat(command, ": done");
  const json::string& lines = text->as_string();
  return std::string(absl::StripSuffix(PrintableLines(absl::string_view(lines.data(), lines.size()), ""), "\n"));
}

std::string AnswerText(const Order& order, const json::object& answer) {
  if (order.command != "status") return absl::StrCat(Done(order.command, answer), "\n");
  return order.json ? absl::StrCat(json::serialize(answer), "\n") : StatusText(answer);
}

int Written(const ToolIo& io) {
  return Finish(io, kName) == kDone ? kDone : kRefused;
}

int RunOnce(const Order& order, const ToolIo& io) {
  const absl::StatusOr<json::object> answer = Ask(order, io);
  if (!answer.ok()) return Complain(io, answer.status());
  if (!answer->at("ok").as_bool()) return SayRefused(*answer, io);
  io.out << AnswerText(order, *answer) << std::flush;
  return Written(io);
}

bool WaitASecond(const ToolIo& io) {
  for (int i = 0; i < kWaitsBetweenLooks; ++i) {
    if (!io.wait()) return false;
  }
  return true;
}

// A server that is away is what one watches for: it is said, and looked for again.
int Watch(const Order& order, const ToolIo& io) {
  int code = RunOnce(order, io);
  while (io.out.good() && WaitASecond(io)) {
    if (!order.json) io.out << "\n";
    code = RunOnce(order, io);
  }
  return code;
}

}  // namespace

int Understudyctl(const std::vector<std::string>& args, const ToolIo& io) {
  const absl::StatusOr<CommandLine> line = CommandLine::Parse(kSpec, args);
  if (!line.ok()) return Complain(io, line.status());
  if (line->Has("help")) {
    io.out << HelpText(kSpec) << std::flush;
    return Written(io);
  }
  const absl::StatusOr<Order> order = OrderOf(*line);
  if (!order.ok()) return Complain(io, order.status());
  return order->watch ? Watch(*order, io) : RunOnce(*order, io);
}

}  // namespace understudy::tools
