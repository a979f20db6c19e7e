#include "tools/cti/tlib_options.h"

#include <errno.h>
#include <fcntl.h>
#include <openssl/crypto.h>
#include <string.h>

#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "client/server_name.h"
#include "daemon/config/password_line.h"
#include "daemon/net/owned_fd.h"
#include "tools/cti/command_help.h"
#include "tools/cti/message_words.h"

namespace understudy::tools {
namespace {

constexpr int64_t kPatienceSeconds = 10;
constexpr int64_t kMaxPatienceSeconds = 86400;
constexpr char kApplication[] = "tlib";

constexpr OptionSpec kOptions[] = {
    {"server", "A[,B]", "host:port of the servers' T-Library ports: both nodes of a pair, in any order"},
    {"application", "NAME", "name of this client, as the server's log shows it; without it: tlib"},
    {"password-file", "FILE", "file whose first line is the password of that name"},
    {"tls-ca", "FILE", "PEM; link over TLS, and believe whom these sign"},
    {"tls-certificate", "FILE", "PEM; certificate of this client, with --tls-key"},
    {"tls-key", "FILE", "PEM; its key"},
    {"tls-name", "NAME", "name that the servers' certificates must have; without it: their host"},
    {"timeout", "SECONDS",
     "how long to wait for a session, and for each answer, 1 to 86400;\nwithout it: 10. watch: how long to watch; "
     "without it: until interrupted"},
    {"call", "CONNID", "the call that the command is about"},
    {"held", "CONNID", "the held one, of commands about two calls"},
    {"reference", "N", "ReferenceID of the request; without it: 1"},
    {"calls", "", "watch: events of all calls as well (EventCallCreated and so on)"},
    {"as-is", "", "request: nothing else is asked before, no registration for its ThisDN either"},
    {"json", "", "one JSON object a line, with the names of the T-Library"},
};

absl::Status Misuse(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(what, "; see tlib --help"));
}

absl::StatusOr<std::string> PasswordIn(const std::string& path) {
  const net::OwnedFd file(open(path.c_str(), O_RDONLY | O_CLOEXEC));
  if (!file.valid()) return absl::InvalidArgumentError(absl::StrCat(path, " cannot be read: ", strerror(errno)));
  absl::StatusOr<std::string> password = daemon::ReadPasswordLine(file.get());
  if (!password.ok()) return absl::InvalidArgumentError(absl::StrCat(path, ": ", password.status().message()));
  return password;
}

absl::Status SetServers(const CommandLine& line, client::ClientOptions* client) {
  if (!line.Has("server")) return Misuse("say where the servers are: --server host:port, or --server a:port,b:port");
  client->servers = absl::StrSplit(line.Value("server"), ',');
  for (const std::string& server : client->servers) {
    const absl::StatusOr<client::ServerName> name = client::ParseServerName(server);
    if (!name.ok()) return Misuse(absl::StrCat("--server: ", name.status().message()));
  }
  return client->servers.size() <= 2 ? absl::OkStatus() : Misuse("--server: one or two servers");
}

absl::Status SetTls(const CommandLine& line, client::ClientOptions* client) {
  const bool is_asked = line.Has("tls-ca");
  for (const char* option : {"tls-certificate", "tls-key", "tls-name"}) {
    if (line.Has(option) && !is_asked) return Misuse(absl::StrCat("--", option, " goes with --tls-ca"));
  }
  if (line.Has("tls-certificate") != line.Has("tls-key")) return Misuse("--tls-certificate and --tls-key go together");
  if (!is_asked) return absl::OkStatus();
  client->tls = client::TlsOptions{std::string(line.Value("tls-ca")), std::string(line.Value("tls-certificate")),
                                   std::string(line.Value("tls-key")), std::string(line.Value("tls-name"))};
  return absl::OkStatus();
}

absl::Status SetConnID(const CommandLine& line, absl::string_view option, absl::optional<int64_t>* id) {
  if (!line.Has(option)) return absl::OkStatus();
  const absl::StatusOr<int64_t> parsed = ParseConnID(line.Value(option));
  if (!parsed.ok()) return Misuse(absl::StrCat("--", option, ": ", parsed.status().message()));
  *id = *parsed;
  return absl::OkStatus();
}

}  // namespace

const ToolSpec& TlibSpec() {
  static const std::string about = absl::StrCat(
      "A client of the T-Library interface: makes and controls calls, shows events.\n\n"
      "Commands (tlib COMMAND --help says more):\n",
      CommandList(), "\nWithout a command, on a terminal: commands one by one, with events between them.\n");
  static const ToolSpec spec = {
      "tlib",
      "--server A[,B] [OPTION...] [COMMAND]",
      about,
      kOptions,
      "  tlib --server sip-a:5070,sip-b:5070 register 1001 1002\n"
      "  tlib --server sip-a:5070 make-call 1001 1002\n"
      "  tlib --server sip-a:5070 answer 1002\n"
      "  tlib --server sip-a:5070 --json watch 1001 1002\n"
      "  tlib --server sip-a:5070 request MakeCall ThisDN=1001 OtherDN=1002 UserData.case=4711\n"
      "  echo '{\"Request\":\"RequestQueryServer\"}' | tlib --server sip-a:5070 run -\n",
      kTlibExitCodes,
  };
  return spec;
}

absl::StatusOr<CommandOptions> CommandOptionsOf(const CommandLine& line) {
  CommandOptions options;
  if (absl::Status call = SetConnID(line, "call", &options.call); !call.ok()) return call;
  if (absl::Status held = SetConnID(line, "held", &options.held); !held.ok()) return held;
  options.calls = line.Has("calls");
  options.as_is = line.Has("as-is");
  if (line.Has("reference") && !absl::SimpleAtoi(line.Value("reference"), &options.reference_id)) {
    return Misuse(absl::StrCat("--reference: found '", line.Value("reference"), "'; allowed: a number"));
  }
  return options;
}

absl::StatusOr<TlibOptions> TlibOptionsOf(const CommandLine& line) {
  TlibOptions options;
  if (absl::Status servers = SetServers(line, &options.client); !servers.ok()) return servers;
  if (absl::Status tls = SetTls(line, &options.client); !tls.ok()) return tls;
  options.client.application = line.Has("application") ? std::string(line.Value("application")) : kApplication;
  if (line.Has("password-file")) {
    absl::StatusOr<std::string> password = PasswordIn(std::string(line.Value("password-file")));
    if (!password.ok()) return password.status();
    const absl::Cleanup wipe = [&password] { OPENSSL_cleanse(password->data(), password->size()); };
    options.client.password = *password;
  }
  int64_t seconds = kPatienceSeconds;
  options.is_patience_given = line.Has("timeout");
  const bool is_number = !options.is_patience_given || absl::SimpleAtoi(line.Value("timeout"), &seconds);
  if (!is_number || seconds < 1 || seconds > kMaxPatienceSeconds) {
    return Misuse(absl::StrCat("--timeout: found '", line.Value("timeout"), "'; allowed: 1 to ", kMaxPatienceSeconds));
  }
  options.patience = Duration::Seconds(seconds);
  absl::StatusOr<CommandOptions> command = CommandOptionsOf(line);
  if (!command.ok()) return command.status();
  options.command = *std::move(command);
  options.json = line.Has("json");
  options.words = line.operands();
  return options;
}

}  // namespace understudy::tools
