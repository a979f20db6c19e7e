#include "daemon/http/http_client.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "base/check.h"
#include "daemon/http/http_link.h"

namespace understudy::http {

namespace wire = boost::beast::http;
using boost::system::error_code;

namespace {

constexpr size_t kMaxHostBytes = 253;
constexpr char kUserAgent[] = "understudy";

absl::Status BadEndpoint(absl::string_view text, absl::string_view why) {
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text, "\" ", why, "; an endpoint is http://HOST:PORT or https://HOST:PORT"));
}

absl::StatusOr<HttpLinkTarget> ParseTarget(absl::string_view text) {
  HttpLinkTarget target;
  target.text = std::string(absl::StripSuffix(text, "/"));
  absl::string_view rest = target.text;
  target.tls = absl::ConsumePrefix(&rest, "https://");
  if (!target.tls && !absl::ConsumePrefix(&rest, "http://")) return BadEndpoint(text, "does not begin with http");
  const size_t colon = rest.rfind(':');
  if (colon == rest.npos) return BadEndpoint(text, "has no port");
  absl::string_view host = rest.substr(0, colon);
  const absl::string_view port = rest.substr(colon + 1);
  if (absl::ConsumePrefix(&host, "[") && !absl::ConsumeSuffix(&host, "]")) return BadEndpoint(text, "lacks a ]");
  constexpr char kHostCharacters[] = "abcdefghijklmnopqrstuvwxyzABCDEFGHIJKLMNOPQRSTUVWXYZ0123456789.-_:";
  if (host.empty() || host.size() > kMaxHostBytes || host.find_first_not_of(kHostCharacters) != host.npos) {
    return BadEndpoint(text, "has no host that could be one");
  }
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) {
    return BadEndpoint(text, "has a port that is not from 1 to 65535");
  }
  target.host = std::string(host);
  target.port = absl::StrCat(number);
  return target;
}

}  // namespace

struct HttpClient::Rep {
  Rep(net::IoLoop* its_loop, const HttpClientOptions& its_options)
      : loop(its_loop), options(its_options), alarm(its_loop, [this] { OnAlarm(); }) {}
  ~Rep() { DropLink(); }

  const HttpLinkTarget& target() const { return targets[current]; }

  void Begin();
  void Connect();
  void OnConnected(const error_code& error);
  void ConnectFailed(absl::string_view why);
  void Exchange();
  void OnExchanged(const error_code& error);
  void OnAlarm();
  void DropLink();
  void NextTarget() { current = (current + 1) % targets.size(); }
  // The last thing that a method does: `done` may destroy this.
  void Finish(const absl::StatusOr<HttpAnswer>& answer);

  net::IoLoop* const loop;
  const HttpClientOptions options;
  std::vector<HttpLinkTarget> targets;
  std::shared_ptr<TlsContext> tls;
  net::Alarm alarm;

  size_t current = 0;              // of targets
  std::shared_ptr<HttpLink> link;  // to the current one
  bool connecting = false;
  bool fresh = false;  // `link` has carried nothing before this request
  HttpQuestion question;
  net::MonotonicTime deadline;
  size_t tries_left = 0;  // targets not yet tried by this request
  Done done;              // nullptr: idle
};

void HttpClient::Rep::Begin() {
  tries_left = targets.size();
  if (link == nullptr) return Connect();
  fresh = false;
  Exchange();
}

void HttpClient::Rep::Connect() {
  const net::MonotonicTime now = net::MonotonicNow();
  const int64_t left = std::max<int64_t>(0, (deadline - now).nanoseconds());
  alarm.SetAt(now + Duration::Nanoseconds(left / static_cast<int64_t>(tries_left)));
  connecting = true;
  fresh = true;
  link = HttpLink::Make(&loop->context(), target().tls ? tls : nullptr, options.header_bytes, options.answer_bytes);
  link->Connect(target(), [this](const error_code& error) { OnConnected(error); });
}

void HttpClient::Rep::OnConnected(const error_code& error) {
  if (error) return ConnectFailed(error.message());
  connecting = false;
  Exchange();
}

void HttpClient::Rep::ConnectFailed(absl::string_view why) {
  const std::string text = absl::StrCat("cannot connect to ", target().text, ": ", why);
  DropLink();
  NextTarget();
  if (--tries_left > 0) return Connect();
  Finish(absl::UnavailableError(text));
}

void HttpClient::Rep::Exchange() {
  alarm.SetAt(deadline);
  HttpLink::Request request(wire::string_to_verb(question.method), question.target, 11);
  request.set(wire::field::host, target().text.substr(target().text.find("//") + 2));
  request.set(wire::field::user_agent, kUserAgent);
  if (!question.content_type.empty()) request.set(wire::field::content_type, question.content_type);
  for (const auto& [name, value] : question.headers) request.set(name, value);
  request.body() = question.body;
  request.prepare_payload();
  link->Exchange(std::move(request), [this](const error_code& error) { OnExchanged(error); });
}

void HttpClient::Rep::OnExchanged(const error_code& error) {
  if (error && !fresh && !link->heard()) {
    DropLink();
    return Connect();
  }
  if (error) {
    const std::string text = absl::StrCat("no answer from ", target().text, ": ", error.message());
    DropLink();
    NextTarget();
    return Finish(absl::UnavailableError(text));
  }
  HttpLink::Response response = link->TakeResponse();
  if (!response.keep_alive()) DropLink();
  Finish(HttpAnswer{static_cast<int>(response.result_int()), std::move(response.body()), target().text});
}

void HttpClient::Rep::OnAlarm() {
  if (connecting) return ConnectFailed("no answer in time");
  const std::string text = absl::StrCat("no answer from ", target().text, " in time");
  DropLink();
  NextTarget();
  Finish(absl::DeadlineExceededError(text));
}

void HttpClient::Rep::DropLink() {
  if (link != nullptr) link->Close();
  link = nullptr;
  connecting = false;
}

void HttpClient::Rep::Finish(const absl::StatusOr<HttpAnswer>& answer) {
  alarm.Clear();
  const Done told = std::exchange(done, nullptr);
  told(answer);
}

HttpClient::HttpClient(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
HttpClient::~HttpClient() = default;

absl::StatusOr<std::unique_ptr<HttpClient>> HttpClient::Create(net::IoLoop* loop, const HttpClientOptions& options) {
  auto rep = std::make_unique<Rep>(loop, options);
  if (options.endpoints.empty()) return absl::InvalidArgumentError("there is no endpoint");
  bool any_tls = false;
  for (const std::string& text : options.endpoints) {
    absl::StatusOr<HttpLinkTarget> target = ParseTarget(text);
    if (!target.ok()) return target.status();
    any_tls = any_tls || target->tls;
    rep->targets.push_back(*std::move(target));
  }
  if (any_tls) {
    absl::StatusOr<std::shared_ptr<TlsContext>> tls = ClientTls(options.tls);
    if (!tls.ok()) return tls.status();
    rep->tls = *std::move(tls);
  }
  return std::unique_ptr<HttpClient>(new HttpClient(std::move(rep)));
}

void HttpClient::Send(HttpQuestion question, net::MonotonicTime deadline, Done done) {
  US_CHECK(rep_->done == nullptr);
  US_CHECK(done != nullptr);
  rep_->question = std::move(question);
  rep_->deadline = deadline;
  rep_->done = std::move(done);
  rep_->Begin();
}

void HttpClient::TryAnother() {
  US_CHECK(rep_->done == nullptr);
  rep_->DropLink();
  rep_->NextTarget();
}

}  // namespace understudy::http
