#include "daemon/cti/client_passwords.h"

#include <openssl/crypto.h>

namespace understudy::daemon {

struct ClientPasswords::Question {
  Question(std::string its_password, std::function<void(bool)> its_done)
      : password(std::move(its_password)), done(std::move(its_done)) {}
  ~Question() { OPENSSL_cleanse(password.data(), password.size()); }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  std::string password;
  std::function<void(bool)> done;
  bool right = false;
};

void ClientPasswords::Set(const std::vector<ClientConfig>& clients) {
  absl::btree_map<std::string, std::shared_ptr<Client>> wanted;
  for (const ClientConfig& client : clients) {
    wanted[client.name] = std::make_shared<Client>(Client{client.verifier, ClientVerifier(), false, {}});
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
  const std::shared_ptr<Client> client = it->second;
  const auto question = std::make_shared<Question>(std::move(password), std::move(done));
  if (!client->verifier.is_slow()) return question->done(client->verifier.Matches(question->password));
  if (client->known.Matches(question->password)) return question->done(true);
  if (waiting_ >= kMostWaiting) return question->done(false);
  ++waiting_;
  client->waiting.push_back(question);
  CheckNext(client);
}

void ClientPasswords::CheckNext(const std::shared_ptr<Client>& client) {
  while (!client->checking && !client->waiting.empty()) {
    const std::shared_ptr<Question> question = std::move(client->waiting.front());
    client->waiting.pop_front();
    if (!client->known.Matches(question->password)) {
      CheckSlowly(client, question);
      continue;
    }
    --waiting_;
    question->done(true);
  }
}

void ClientPasswords::CheckSlowly(const std::shared_ptr<Client>& client, std::shared_ptr<Question> question) {
  client->checking = true;
  const auto work = [question, verifier = client->verifier] { question->right = verifier.Matches(question->password); };
  const auto then = [this, question, client] {
    --waiting_;
    client->checking = false;
    if (question->right) client->known = ClientVerifier::OfPassword(question->password);
    question->done(question->right);
    CheckNext(client);
  };
  if (worker_) return worker_(work, then);
  work();
  then();
}

}  // namespace understudy::daemon
