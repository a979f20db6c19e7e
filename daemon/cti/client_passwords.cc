#include "daemon/cti/client_passwords.h"

#include <openssl/crypto.h>

#include "absl/strings/string_view.h"

namespace understudy::daemon {
namespace {

// A password, for as long as a check takes.
struct Secret {
  explicit Secret(std::string its_text) : text(std::move(its_text)) {}
  ~Secret() { OPENSSL_cleanse(text.data(), text.size()); }
  Secret(const Secret&) = delete;
  Secret& operator=(const Secret&) = delete;

  std::string text;
  bool right = false;
};

}  // namespace

void ClientPasswords::Set(const std::vector<ClientConfig>& clients) {
  absl::btree_map<std::string, std::shared_ptr<Client>> wanted;
  for (const ClientConfig& client : clients) {
    wanted[client.name] = std::make_shared<Client>(Client{client.verifier, ClientVerifier()});
    const auto before = clients_.find(client.name);
    if (before == clients_.end() || before->second->verifier != client.verifier) continue;
    wanted[client.name] = before->second;
  }
  clients_ = std::move(wanted);
}

void ClientPasswords::Check(const std::string& application, std::string password, std::function<void(bool)> done) {
  if (clients_.empty()) return done(true);
  const auto it = clients_.find(application);
  if (it == clients_.end()) return done(false);
  const std::shared_ptr<Client>& client = it->second;
  if (client->verifier.is_slow() && !client->known.Matches(password)) {
    return CheckSlowly(client, std::move(password), std::move(done));
  }
  const Secret secret(std::move(password));
  done(client->verifier.is_slow() || client->verifier.Matches(secret.text));
}

void ClientPasswords::CheckSlowly(const std::shared_ptr<Client>& client, std::string password,
                                  std::function<void(bool)> done) {
  if (*waiting_ >= kMostWaiting) return done(false);
  ++*waiting_;
  const auto secret = std::make_shared<Secret>(std::move(password));
  const auto work = [secret, verifier = client->verifier] { secret->right = verifier.Matches(secret->text); };
  const auto then = [secret, client, waiting = waiting_, done = std::move(done)] {
    --*waiting;
    if (secret->right) client->known = ClientVerifier::OfPassword(secret->text);
    done(secret->right);
  };
  if (worker_) return worker_(work, then);
  work();
  then();
}

}  // namespace understudy::daemon
