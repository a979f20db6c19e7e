#include "daemon/witness/etcd_witness.h"

#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/check.h"
#include "daemon/http/http_client.h"
#include "daemon/witness/etcd_json.h"
#include "daemon/witness/register_json.h"

namespace understudy::witness {
namespace {

using replication::Register;
using replication::RegisterAnswer;
using replication::RegisterRequest;
using replication::RegisterVerdict;

constexpr size_t kMaxKeyBytes = 1024;

// One question: perhaps a token, then the register, then perhaps its change. Each method is the last thing that its
// caller does, for the question's end may destroy the witness.
class EtcdWitness final : public Witness {
 public:
  EtcdWitness(std::unique_ptr<http::HttpClient> client, const EtcdWitnessOptions& options)
      : client_(std::move(client)), options_(options) {}

  void Read(Done done) override { Begin(absl::nullopt, std::move(done)); }
  void Ask(const RegisterRequest& request, Done done) override { Begin(request, std::move(done)); }

 private:
  using Next = void (EtcdWitness::*)(const std::string& body);

  void Begin(absl::optional<RegisterRequest> request, Done done);
  void Authenticate();
  void OnToken(const std::string& body);
  void Fetch();
  void OnFetched(const std::string& body);
  void Change(uint64_t mod_revision);
  void OnChanged(const std::string& body);
  // Posts, and goes on with `next` when etcd says 200.
  void Post(const char* target, std::string body, Next next);
  void OnAnswer(const absl::StatusOr<http::HttpAnswer>& answer, Next next);
  void OnRefusal(const http::HttpAnswer& answer);
  void Finish(const absl::StatusOr<RegisterAnswer>& answer);

  // The register that `found` holds; nullopt: none.
  absl::StatusOr<absl::optional<Register>> RegisterIn(const absl::optional<EtcdValue>& found) const;

  const std::unique_ptr<http::HttpClient> client_;
  const EtcdWitnessOptions options_;
  std::string token_;  // empty: none yet

  Done done_;  // nullptr: no question
  absl::optional<RegisterRequest> request_;
  net::MonotonicTime deadline_;
  bool authenticated_ = false;  // for this question
  RegisterAnswer wanted_;       // the answer if the change succeeds
};

void EtcdWitness::Begin(absl::optional<RegisterRequest> request, Done done) {
  US_CHECK(done_ == nullptr);
  US_CHECK(done != nullptr);
  done_ = std::move(done);
  request_ = std::move(request);
  deadline_ = net::MonotonicNow() + options_.deadline;
  authenticated_ = false;
  if (!options_.user.empty() && token_.empty()) return Authenticate();
  Fetch();
}

void EtcdWitness::Authenticate() {
  authenticated_ = true;
  token_.clear();
  Post("/v3/auth/authenticate", EtcdAuthenticateJson(options_.user, options_.password), &EtcdWitness::OnToken);
}

void EtcdWitness::OnToken(const std::string& body) {
  absl::StatusOr<std::string> token = ParseEtcdToken(body);
  if (!token.ok()) return Finish(token.status());
  token_ = *std::move(token);
  Fetch();
}

void EtcdWitness::Fetch() {
  Post("/v3/kv/range", EtcdRangeJson(options_.key), &EtcdWitness::OnFetched);
}

void EtcdWitness::OnFetched(const std::string& body) {
  const absl::StatusOr<absl::optional<EtcdValue>> found = ParseEtcdRange(body);
  if (!found.ok()) return Finish(found.status());
  const absl::StatusOr<absl::optional<Register>> present = RegisterIn(*found);
  if (!present.ok()) return Finish(present.status());
  if (!request_) {
    if (*present) return Finish(RegisterAnswer{RegisterVerdict::kDone, *present, ""});
    return Finish(
        RegisterAnswer{RegisterVerdict::kBlank, absl::nullopt, absl::StrCat("etcd has no key ", options_.key)});
  }
  wanted_ = Decide(*present, *request_);
  if (wanted_.verdict != RegisterVerdict::kDone) return Finish(RegisterAnswer(wanted_));
  Change(*found ? (*found)->mod_revision : 0);
}

void EtcdWitness::Change(uint64_t mod_revision) {
  Post("/v3/kv/txn", EtcdTxnJson(options_.key, mod_revision, RegisterJson(*wanted_.now)), &EtcdWitness::OnChanged);
}

void EtcdWitness::OnChanged(const std::string& body) {
  const absl::StatusOr<EtcdTxnResult> result = ParseEtcdTxn(body);
  if (!result.ok()) return Finish(result.status());
  if (result->succeeded) return Finish(RegisterAnswer(wanted_));
  const absl::StatusOr<absl::optional<Register>> present = RegisterIn(result->present);
  if (!present.ok()) return Finish(present.status());
  const RegisterAnswer answer = Decide(*present, *request_);
  if (answer.verdict == RegisterVerdict::kDone) {
    return Finish(absl::UnavailableError(
        absl::StrCat("the key ", options_.key, " was written meanwhile, and not by a node of this pair")));
  }
  Finish(answer);
}

void EtcdWitness::Post(const char* target, std::string body, Next next) {
  http::HttpQuestion question{"POST", target, std::move(body), "application/json"};
  if (!token_.empty()) question.headers.emplace_back("Authorization", token_);
  client_->Send(std::move(question), deadline_,
                [this, next](const absl::StatusOr<http::HttpAnswer>& answer) { OnAnswer(answer, next); });
}

void EtcdWitness::OnAnswer(const absl::StatusOr<http::HttpAnswer>& answer, Next next) {
  if (!answer.ok()) return Finish(answer.status());
  if (answer->status != 200) return OnRefusal(*answer);
  (this->*next)(answer->body);
}

void EtcdWitness::OnRefusal(const http::HttpAnswer& answer) {
  const std::string why = EtcdErrorText(answer.body);
  const bool token_lost = answer.status == 401 || absl::StrContains(why, "invalid auth token") ||
                          absl::StrContains(why, "revision of auth store is old");
  if (token_lost && !options_.user.empty() && !authenticated_) return Authenticate();
  token_.clear();
  if (answer.status >= 500) client_->TryAnother();
  const bool wants_user = answer.status == 403 || absl::StrContains(why, "user name is empty");
  const char* advice = answer.status == 404                  ? " (is its JSON gateway, /v3, turned off?)"
                       : wants_user && options_.user.empty() ? " (does it want a user and a password?)"
                                                             : "";
  Finish(absl::UnavailableError(
      absl::StrCat("etcd at ", answer.endpoint, " answered HTTP ", answer.status, ": ", why, advice)));
}

void EtcdWitness::Finish(const absl::StatusOr<RegisterAnswer>& answer) {
  const Done done = std::exchange(done_, nullptr);
  done(answer);
}

absl::StatusOr<absl::optional<Register>> EtcdWitness::RegisterIn(const absl::optional<EtcdValue>& found) const {
  if (!found) return absl::optional<Register>();
  absl::StatusOr<Register> value = ParseRegister(found->value);
  if (value.ok()) return absl::optional<Register>(*std::move(value));
  return absl::UnavailableError(
      absl::StrCat("the value of the key ", options_.key, " in etcd is not a register: ", value.status().message()));
}

}  // namespace

absl::StatusOr<std::unique_ptr<Witness>> NewEtcdWitness(net::IoLoop* loop, const EtcdWitnessOptions& options) {
  if (options.key.empty() || options.key.size() > kMaxKeyBytes) {
    return absl::InvalidArgumentError(
        absl::StrCat("the key has ", options.key.size(), " bytes; allowed are 1 to ", kMaxKeyBytes));
  }
  if (options.user.empty() && !options.password.empty()) {
    return absl::InvalidArgumentError("there is a password for etcd, and no user");
  }
  http::HttpClientOptions client_options;
  client_options.endpoints = options.endpoints;
  client_options.tls = options.tls;
  absl::StatusOr<std::unique_ptr<http::HttpClient>> client = http::HttpClient::Create(loop, client_options);
  if (!client.ok()) return client.status();
  return std::unique_ptr<Witness>(std::make_unique<EtcdWitness>(*std::move(client), options));
}

}  // namespace understudy::witness
