#include "daemon/witness/arbiter_witness.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "daemon/http/http_client.h"
#include "daemon/witness/register_json.h"

namespace understudy::witness {
namespace {

constexpr size_t kShownBytes = 200;

absl::StatusOr<replication::RegisterAnswer> Understood(const absl::StatusOr<http::HttpAnswer>& answer) {
  if (!answer.ok()) return answer.status();
  const absl::string_view body = absl::StripSuffix(absl::string_view(answer->body), "\n");
  if (answer->status != 200) {
    return absl::UnavailableError(absl::StrCat(answer->endpoint, " answered HTTP ", answer->status, ": ",
                                               absl::CHexEscape(body.substr(0, kShownBytes))));
  }
  absl::StatusOr<replication::RegisterAnswer> read = ParseAnswer(body);
  if (read.ok()) return read;
  return absl::UnavailableError(
      absl::StrCat(answer->endpoint, " answered what is not an arbiter's answer: ", read.status().message()));
}

class ArbiterWitness final : public Witness {
 public:
  ArbiterWitness(std::unique_ptr<http::HttpClient> client, Duration deadline)
      : client_(std::move(client)), deadline_(deadline) {}

  void Read(Done done) override { Send({"GET", "/register"}, std::move(done)); }

  void Ask(const replication::RegisterRequest& request, Done done) override {
    Send({"POST", "/register", RequestJson(request), "application/json"}, std::move(done));
  }

 private:
  void Send(http::HttpQuestion question, Done done) {
    client_->Send(
        std::move(question), net::MonotonicNow() + deadline_,
        [done = std::move(done)](const absl::StatusOr<http::HttpAnswer>& answer) { done(Understood(answer)); });
  }

  const std::unique_ptr<http::HttpClient> client_;
  const Duration deadline_;
};

}  // namespace

absl::StatusOr<std::unique_ptr<Witness>> NewArbiterWitness(net::IoLoop* loop, const ArbiterWitnessOptions& options) {
  http::HttpClientOptions client_options;
  client_options.endpoints = options.endpoints;
  client_options.tls = options.tls;
  absl::StatusOr<std::unique_ptr<http::HttpClient>> client = http::HttpClient::Create(loop, client_options);
  if (!client.ok()) return client.status();
  return std::unique_ptr<Witness>(std::make_unique<ArbiterWitness>(*std::move(client), options.deadline));
}

}  // namespace understudy::witness
