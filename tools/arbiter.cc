#include "tools/arbiter.h"

#include <signal.h>

#include <array>
#include <cstdint>
#include <utility>

#include "absl/container/btree_map.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/time/clock.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "daemon/http/http_server.h"
#include "daemon/http/metrics.h"
#include "replication/register.h"
#include "tools/command_line.h"
#include "tools/utc_time.h"
#include "tools/witness/arbiter_register.h"
#include "tools/witness/register_file.h"

namespace understudy::tools {

using http::HttpRequest;
using http::HttpResponse;
using replication::Register;
using replication::RegisterVerdict;

namespace {

constexpr char kName[] = "arbiter";
constexpr char kJson[] = "application/json";
constexpr char kPlain[] = "text/plain; charset=utf-8";
constexpr size_t kMaxPeers = 1024;  // counted in one second; more have no share

// Requests of each address in the present second.
class PeerRate {
 public:
  explicit PeerRate(int most) : most_(most) {}

  bool Admit(const Endpoint& peer, net::MonotonicTime now) {
    const int64_t second = now.nanoseconds() / Duration::Seconds(1).nanoseconds();
    if (second != second_) counts_.clear();
    second_ = second;
    if (counts_.size() >= kMaxPeers && !counts_.contains(peer.ip())) return false;
    return ++counts_[peer.ip()] <= most_;
  }

 private:
  const int most_;
  int64_t second_ = 0;
  absl::btree_map<Endpoint::Ip, int> counts_;
};

struct ArbiterCounters {
  std::array<uint64_t, 5> verdicts{};  // by RegisterVerdict
  uint64_t reads = 0;
  uint64_t changes = 0;
  uint64_t bad_requests = 0;
  uint64_t over_rate = 0;
};

}  // namespace

struct ArbiterServer::Rep {
  Rep(net::IoLoop* loop, const ArbiterOptions& options, std::ostream* its_log)
      : log(*its_log), server(loop), rate(options.requests_per_second) {}

  void AddRoutes();
  // `handler`, for who does not ask too often.
  http::HttpServer::Handler Limited(std::function<HttpResponse(const HttpRequest&)> handler);
  HttpResponse Read();
  HttpResponse Ask(const HttpRequest& request);
  HttpResponse Health() const;
  HttpResponse Metrics() const;
  void SayChange(const ArbiterReply& reply, const Endpoint& peer);
  void Say(absl::string_view line) {
    log << UtcText(WallTime::FromNanoseconds(absl::GetCurrentTimeNanos())) << " " << line << std::endl;
  }

  std::ostream& log;
  http::HttpServer server;
  std::unique_ptr<ArbiterRegister> reg;
  PeerRate rate;
  ArbiterCounters counters;
  Endpoint local;
  std::function<void(const absl::Status&)> on_failure;
};

void ArbiterServer::Rep::AddRoutes() {
  server.Route("/register", Limited([this](const HttpRequest&) { return Read(); }));
  server.RoutePost("/register", Limited([this](const HttpRequest& request) { return Ask(request); }));
  server.Route("/healthz", Limited([this](const HttpRequest&) { return Health(); }));
  server.Route("/metrics", Limited([this](const HttpRequest&) { return Metrics(); }));
}

http::HttpServer::Handler ArbiterServer::Rep::Limited(std::function<HttpResponse(const HttpRequest&)> handler) {
  return [this, handler = std::move(handler)](const HttpRequest& request) {
    if (rate.Admit(request.remote, net::MonotonicNow())) return handler(request);
    ++counters.over_rate;
    return HttpResponse{429, kPlain, "Too many requests of one address in one second.\n"};
  };
}

HttpResponse ArbiterServer::Rep::Read() {
  const absl::StatusOr<ArbiterReply> reply = reg->Read();
  if (!reply.ok()) return Health();
  ++counters.reads;
  return {200, kJson, reply->text};
}

HttpResponse ArbiterServer::Rep::Ask(const HttpRequest& request) {
  if (!reg->failure().ok()) return Health();
  if (!absl::StartsWithIgnoreCase(request.content_type, kJson)) {
    ++counters.bad_requests;
    return {415, kPlain, "The request must have Content-Type: application/json.\n"};
  }
  const absl::StatusOr<ArbiterReply> reply = reg->Ask(request.body);
  if (!reg->failure().ok()) {
    on_failure(reg->failure());
    return Health();
  }
  if (!reply.ok()) {
    ++counters.bad_requests;
    return {400, kPlain, absl::StrCat(reply.status().message(), "\n")};
  }
  ++counters.verdicts[static_cast<size_t>(reply->answer.verdict)];
  if (reply->changed) SayChange(*reply, request.remote);
  return {200, kJson, reply->text};
}

void ArbiterServer::Rep::SayChange(const ArbiterReply& reply, const Endpoint& peer) {
  ++counters.changes;
  Say(absl::StrCat(OperationName(reply.request.operation), " by ", ToText(reply.request.asker), " from ",
                   peer.ToText(), ": ", ToText(*reply.answer.now)));
}

HttpResponse ArbiterServer::Rep::Health() const {
  if (reg->failure().ok()) return {200, kPlain, "ok\n"};
  return {503, kPlain, absl::StrCat(reg->failure().message(), "\n")};
}

HttpResponse ArbiterServer::Rep::Metrics() const {
  http::MetricsWriter out;
  for (size_t i = 0; i < counters.verdicts.size(); ++i) {
    out.Counter("understudy_arbiter_requests_total", "Requests answered, by verdict.", counters.verdicts[i],
                {{"verdict", std::string(VerdictName(static_cast<RegisterVerdict>(i)))}});
  }
  out.Counter("understudy_arbiter_reads_total", "Reads of the register.", counters.reads);
  out.Counter("understudy_arbiter_changes_total", "Changes of the register, each synced twice.", counters.changes);
  out.Counter("understudy_arbiter_bad_requests_total", "Requests that could not be understood.",
              counters.bad_requests + server.counters().bad_requests);
  out.Counter("understudy_arbiter_over_rate_total", "Requests refused, for too many came from one address.",
              counters.over_rate);
  out.Counter("understudy_arbiter_refused_connections_total", "Connections past the limit.",
              server.counters().refused_connections);
  out.Counter("understudy_arbiter_bad_handshakes_total", "TLS connections that failed.",
              server.counters().bad_handshakes);
  const absl::optional<Register>& value = reg->value();
  out.Gauge("understudy_arbiter_version", "Version of the register; 0: blank.",
            value ? static_cast<int64_t>(value->version) : 0);
  out.Gauge("understudy_arbiter_epoch", "Epoch in the register; 0: blank.",
            value ? static_cast<int64_t>(value->epoch.value()) : 0);
  out.Gauge("understudy_arbiter_in_sync", "Members of the in-sync set.",
            value ? static_cast<int64_t>(value->in_sync.size()) : 0);
  out.Gauge("understudy_arbiter_unverifiable", "1: the file is damaged, and only force ends that.",
            reg->unverifiable());
  return {200, "text/plain; version=0.0.4", out.text()};
}

ArbiterServer::ArbiterServer(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
ArbiterServer::~ArbiterServer() = default;

const Endpoint& ArbiterServer::local() const {
  return rep_->local;
}

absl::StatusOr<std::unique_ptr<ArbiterServer>> ArbiterServer::Start(
    net::IoLoop* loop, const ArbiterOptions& options, std::ostream* log,
    std::function<void(const absl::Status&)> on_failure) {
  auto rep = std::make_unique<Rep>(loop, options, log);
  rep->on_failure = std::move(on_failure);
  absl::StatusOr<std::unique_ptr<ArbiterRegister>> reg = ArbiterRegister::Open(options.file);
  if (!reg.ok()) return reg.status();
  rep->reg = *std::move(reg);
  if (!options.tls.empty()) {
    if (absl::Status tls = rep->server.UseTls(options.tls); !tls.ok()) return tls;
  }
  rep->AddRoutes();
  absl::StatusOr<Endpoint> local = rep->server.Listen(options.listen);
  if (!local.ok()) return local.status();
  rep->local = *local;
  rep->Say(absl::StrCat("register: ", rep->reg->StateText()));
  if (rep->reg->look() == RegisterFile::Look::kOneSlotLost) {
    rep->Say("warning: one slot of the file was damaged; it was made good from the other");
  }
  if (options.tls.ca.empty() && !absl::StartsWith(rep->local.ToText(), "127.") && rep->local.HostText() != "[::1]") {
    rep->Say("warning: without --ca whoever reaches this address can change who is primary");
  }
  return std::unique_ptr<ArbiterServer>(new ArbiterServer(std::move(rep)));
}

namespace {

constexpr OptionSpec kOptions[] = {
    {"file", "PATH", "The register's file. It is made when it is missing, and then says\nblank until a pair begins."},
    {"listen", "ADDRESS:PORT", "Where to serve. Default 127.0.0.1:8095; port 0: any, and it is\nprinted."},
    {"certificate", "FILE", "PEM certificate to serve HTTPS with, and those between it and\nits CA."},
    {"key", "FILE", "PEM private key of the certificate."},
    {"ca", "FILE", "PEM CA: clients must show a certificate that it signed."},
};

constexpr ToolSpec kSpec = {
    kName,
    "--file PATH [OPTION...]",
    "Keeps the register of a pair: who is primary, and who may become it. Runs on a third host, or on one of the two\n"
    "when the pair need not outlive that one. Ends with SIGTERM or SIGINT.\n",
    kOptions,
    "  arbiter --file /var/lib/understudy/arbiter.register\n"
    "  arbiter --file arbiter.register --listen 192.0.2.9:8095 --certificate arbiter.pem --key arbiter.key --ca "
    "ca.pem\n"
    "  curl http://127.0.0.1:8095/register\n",
    "Exit codes:\n"
    "  0  ended by a signal\n"
    "  2  the command line was not understood\n"
    "  3  the file, the certificates or the address cannot be used, or the file could not be written\n",
};

absl::StatusOr<ArbiterOptions> ReadOptions(const CommandLine& line) {
  if (!line.operands().empty()) {
    return absl::InvalidArgumentError(
        absl::StrCat("\"", line.operands()[0], "\" is not an option; see arbiter --help"));
  }
  if (line.Value("file").empty()) return absl::InvalidArgumentError("--file is missing; see arbiter --help");
  ArbiterOptions options;
  options.file = std::string(line.Value("file"));
  const absl::string_view listen = line.Has("listen") ? line.Value("listen") : "127.0.0.1:8095";
  const absl::optional<Endpoint> local = Endpoint::ParseHostPort(listen, 8095);
  if (!local) return absl::InvalidArgumentError(absl::StrCat("--listen ", listen, " is not ADDRESS:PORT"));
  options.listen = *local;
  options.tls = {std::string(line.Value("ca")), std::string(line.Value("certificate")), std::string(line.Value("key"))};
  if (!options.tls.empty() && (options.tls.certificate.empty() || options.tls.key.empty())) {
    return absl::InvalidArgumentError("HTTPS needs --certificate and --key; --ca alone does nothing");
  }
  return options;
}

}  // namespace

int Arbiter(const std::vector<std::string>& args, const ToolIo& io) {
  const absl::StatusOr<CommandLine> line = CommandLine::Parse(kSpec, args);
  if (!line.ok()) return Fail(io, line.status(), kName);
  if (line->Has("help")) {
    io.out << HelpText(kSpec);
    return Finish(io, kName);
  }
  const absl::StatusOr<ArbiterOptions> options = ReadOptions(*line);
  if (!options.ok()) return Fail(io, options.status(), kName);
  net::IoLoop loop;
  loop.OnSignals({SIGTERM, SIGINT}, [&](int) { loop.Stop(); });
  absl::Status failure;
  const auto on_failure = [&](const absl::Status& status) {
    failure = status;
    loop.Stop();
  };
  const absl::StatusOr<std::unique_ptr<ArbiterServer>> server =
      ArbiterServer::Start(&loop, *options, &io.err, on_failure);
  if (!server.ok()) return Fail(io, server.status(), kName);
  io.out << "arbiter listening on " << (options->tls.empty() ? "http://" : "https://") << (*server)->local().ToText()
         << std::endl;
  loop.Run();
  if (!failure.ok()) return Fail(io, failure, kName);
  return Finish(io, kName);
}

}  // namespace understudy::tools
