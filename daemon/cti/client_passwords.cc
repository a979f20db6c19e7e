#include "daemon/cti/client_passwords.h"

#include <openssl/crypto.h>

namespace understudy::daemon {

struct ClientPasswords::Question {
  Question(std::string its_password, std::weak_ptr<const void> its_asker, PasswordCheck::Done its_done)
      : password(std::move(its_password)), asker(std::move(its_asker)), done(std::move(its_done)) {}
  ~Question() { OPENSSL_cleanse(password.data(), password.size()); }
  Question(const Question&) = delete;
  Question& operator=(const Question&) = delete;

  void Answer(bool is_right) const { done(is_right ? PasswordVerdict::kRight : PasswordVerdict::kWrong); }

  std::string password;
  const std::weak_ptr<const void> asker;
  const PasswordCheck::Done done;
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

void ClientPasswords::Check(const std::string& application, std::string password, std::weak_ptr<const void> asker,
                            Done done) {
  const auto question = std::make_shared<Question>(std::move(password), std::move(asker), std::move(done));
  if (clients_.empty()) return question->Answer(true);
  const auto it = clients_.find(application);
  if (it == clients_.end()) return question->Answer(false);
  const std::shared_ptr<Client> client = it->second;
  if (!client->verifier.is_slow()) return question->Answer(client->verifier.Matches(question->password));
  if (client->known.Matches(question->password)) return question->Answer(true);
  if (waiting_ >= kMostWaiting) return question->done(PasswordVerdict::kOverload);
  ++waiting_;
  client->waiting.push_back(question);
  CheckNext(client);
}

void ClientPasswords::CheckNext(const std::shared_ptr<Client>& client) {
  while (!client->checking && !client->waiting.empty()) {
    const std::shared_ptr<Question> question = std::move(client->waiting.front());
    client->waiting.pop_front();
    const bool is_known = client->known.Matches(question->password);
    if (!is_known && !question->asker.expired()) {
      CheckSlowly(client, question);
      continue;
    }
    --waiting_;
    if (is_known) question->Answer(true);
  }
}

void ClientPasswords::CheckSlowly(const std::shared_ptr<Client>& client, std::shared_ptr<Question> question) {
  client->checking = true;
  const auto work = [question, verifier = client->verifier] {
    question->right = !question->asker.expired() && verifier.Matches(question->password);
  };
  const auto then = [this, question, client] {
    --waiting_;
    client->checking = false;
    if (question->right) client->known = ClientVerifier::OfPassword(question->password);
    question->Answer(question->right);
    CheckNext(client);
  };
  if (worker_) return worker_(work, then);
  work();
  then();
}

}  // namespace understudy::daemon
