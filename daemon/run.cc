#include "daemon/run.h"

#include <openssl/crypto.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <unistd.h>

#include <cstdio>
#include <memory>
#include <string>
#include <utility>

#include "absl/cleanup/cleanup.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/feature_level.h"
#include "daemon/config/client_verifier.h"
#include "daemon/config/config.h"
#include "daemon/config/password_line.h"
#include "daemon/events.h"
#include "daemon/log/log.h"
#include "daemon/reading/named_files.h"
#include "daemon/server.h"
#include "journal/batch.h"

namespace understudy::daemon {
namespace {

constexpr int kEnded = 0;
constexpr int kFailed = 1;
constexpr int kBadUse = 2;
constexpr int kCouldNotStart = 3;

constexpr char kHelp[] = R"(understudyd: SIP call control that loses nothing

  understudyd --config FILE          serve until SIGTERM or SIGINT
  understudyd --check-config FILE    say what is wrong with FILE, or what it means, and end
  understudyd --client-verifier      read a T-Library client's password, print its verifier for pair.clients, and end
  understudyd --version              print the journal's schema version and the feature level, and end

Signals: SIGTERM, SIGINT end cleanly; SIGHUP rereads FILE and reopens the log.
Exit codes: 0 ended as asked; 1 failed while serving, start it again; 2 arguments or configuration
are wrong; 3 could not start (port in use, journal damaged).

Examples:
  understudyd --check-config daemon/config/example.yaml
  understudyd --config /etc/understudy/sip-a.yaml
  curl 'http://127.0.0.1:8090/server?sipServer'
)";

struct Arguments {
  bool help = false;
  bool check = false;
  bool version = false;
  bool verifier = false;
  std::string config;
  std::string error;
};

// "--name VALUE" and "--name=VALUE".
bool TakeValue(absl::string_view name, int argc, char** argv, int* i, std::string* value) {
  absl::string_view argument = argv[*i];
  if (!absl::ConsumePrefix(&argument, name)) return false;
  if (absl::ConsumePrefix(&argument, "=")) {
    *value = std::string(argument);
    return true;
  }
  if (!argument.empty() || *i + 1 >= argc) return false;
  *value = argv[++*i];
  return true;
}

bool IsUnknown(absl::string_view argument) {
  const absl::string_view name = argument.substr(0, argument.find('='));
  return absl::StartsWith(name, "-") && name != "--config" && name != "--check-config";
}

Arguments ReadArguments(int argc, char** argv) {
  Arguments arguments;
  for (int i = 1; i < argc; ++i) {
    const absl::string_view argument = argv[i];
    if (argument == "--help" || argument == "-h") {
      arguments.help = true;
    } else if (argument == "--version") {
      arguments.version = true;
    } else if (argument == "--client-verifier") {
      arguments.verifier = true;
    } else if (TakeValue("--check-config", argc, argv, &i, &arguments.config)) {
      arguments.check = true;
    } else if (IsUnknown(argument)) {
      arguments.error = absl::StrCat("there is no option ", argument.substr(0, argument.find('=')));
      break;
    } else if (!TakeValue("--config", argc, argv, &i, &arguments.config)) {
      arguments.error = absl::StrCat("'", argument, "' is not understood, or its value is missing");
    }
  }
  const bool serves = !arguments.help && !arguments.version && !arguments.verifier;
  if (arguments.config.empty() && serves && arguments.error.empty()) {
    arguments.error = "say which configuration: --config FILE";
  }
  return arguments;
}

log::LogOptions LogOptionsOf(const LogConfig& config) {
  log::LogOptions options;
  options.file = config.file;
  options.format = config.format == LogFormat::kJson ? log::Format::kJson : log::Format::kText;
  switch (config.level) {
    case LogLevel::kDebug:
      options.lowest = log::Level::kDebug;
      break;
    case LogLevel::kInfo:
      options.lowest = log::Level::kInfo;
      break;
    case LogLevel::kWarning:
      options.lowest = log::Level::kWarning;
      break;
    case LogLevel::kError:
      options.lowest = log::Level::kError;
      break;
  }
  return options;
}

// The password is the first line of standard input, so that it is in no list of processes and no shell's history.
int PrintVerifier() {
  absl::StatusOr<std::string> password = ReadPasswordLine(STDIN_FILENO);
  if (!password.ok()) {
    std::fprintf(stderr, "understudyd: standard input: %s\n", std::string(password.status().message()).c_str());
    return kBadUse;
  }
  const absl::Cleanup wipe = [&password] { OPENSSL_cleanse(password->data(), password->size()); };
  const absl::StatusOr<ClientVerifier> verifier = ClientVerifier::Scrypt(*password);
  if (!verifier.ok()) {
    std::fprintf(stderr, "understudyd: %s\n", std::string(verifier.status().message()).c_str());
    return kFailed;
  }
  std::printf("%s\n", verifier->ToText().c_str());
  return kEnded;
}

int Check(const Config& config) {
  for (const Warning& warning : config.warnings) std::fprintf(stderr, "%s\n", ToString(warning).c_str());
  std::fputs(DescribeConfig(config).c_str(), stdout);
  return kEnded;
}

// As many connections as the configuration allows need as many descriptors; what the kernel refuses is refused later,
// connection by connection, and counted.
void RaiseDescriptorLimit() {
  rlimit limit{};
  if (getrlimit(RLIMIT_NOFILE, &limit) != 0) return;
  limit.rlim_cur = limit.rlim_max;
  setrlimit(RLIMIT_NOFILE, &limit);
}

// Journal, snapshots, quarantine and log hold what people say to each other's phones: the owner's alone.
void KeepFilesPrivate() {
  umask(0077);
}

// Whoever started us may have left either the other way round: a log into a pipe that nobody reads would end us, and
// the child that writes a snapshot would leave no exit code.
void SetSignals() {
  signal(SIGPIPE, SIG_IGN);
  signal(SIGCHLD, SIG_DFL);
}

// Where a file that it names cannot be used, that of a certificate that is being renewed, perhaps, the next start may
// find it.
absl::StatusOr<std::unique_ptr<Server>> StartServer(const ServerOptions& options, const Config& config, log::Log* log) {
  if (absl::Status files = CheckNamedFiles(config); !files.ok()) return files;
  return Server::Start(options, config, log);
}

int Serve(const ServerOptions& options, const Config& config) {
  absl::StatusOr<std::unique_ptr<log::Log>> log = log::Log::Open(LogOptionsOf(config.node.log));
  if (!log.ok()) {
    std::fprintf(stderr, "understudyd: %s\n", std::string(log.status().message()).c_str());
    return kCouldNotStart;
  }
  (*log)->Write(kStarting, {{"node", config.node.name}, {"configuration", options.config_path}});
  for (const Warning& warning : config.warnings) {
    (*log)->Write(kConfigurationRemark, {{"remark", ToString(warning)}});
  }
  absl::StatusOr<std::unique_ptr<Server>> server = StartServer(options, config, log->get());
  if (!server.ok()) {
    (*log)->Write(kCannotStart, {{"why", server.status().message()}});
    std::fprintf(stderr, "understudyd: %s\n", std::string(server.status().message()).c_str());
    return kCouldNotStart;
  }
  return (*server)->Run().ok() ? kEnded : kFailed;
}

}  // namespace

int RunDaemon(int argc, char** argv, const TestHooks& hooks) {
  const Arguments arguments = ReadArguments(argc, argv);
  if (arguments.help) {
    std::fputs(kHelp, stdout);
    return kEnded;
  }
  if (arguments.version && arguments.error.empty()) {
    std::printf("understudyd %u/%u\n", journal::kSchemaVersion, kFeatureLevel);
    return kEnded;
  }
  if (arguments.verifier && arguments.error.empty()) return PrintVerifier();
  if (!arguments.error.empty()) {
    std::fprintf(stderr, "understudyd: %s\n\n%s", arguments.error.c_str(), kHelp);
    return kBadUse;
  }
  const absl::StatusOr<Config> config = LoadConfig(arguments.config);
  const bool looks = config.ok() && arguments.check;
  if (const absl::Status s = looks ? CheckNamedFiles(*config) : config.status(); !s.ok()) {
    std::fprintf(stderr, "%s%s\n", s.code() == absl::StatusCode::kInvalidArgument ? "" : "understudyd: ",
                 std::string(s.message()).c_str());
    return kBadUse;
  }
  if (arguments.check) return Check(*config);
  RaiseDescriptorLimit();
  SetSignals();
  KeepFilesPrivate();
  ServerOptions options;
  options.config_path = arguments.config;
  options.hooks = hooks;
  return Serve(options, *config);
}

}  // namespace understudy::daemon
