// The clients that the configuration names, and whether a password is theirs. Without any, every name is let in.
//
//   ClientPasswords passwords([&](std::function<void()> work, std::function<void()> then) { ... });
//   passwords.Set(config.pair.clients);
//
// A slow verifier is asked once for a password that is right: after that a fast one, of this process alone, knows it,
// and one check at a time is made of a name, so that a thousand links of one application that come back at once wait
// for one check. Of an asker that has gone before its turn no check is made.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_PASSWORDS_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_PASSWORDS_H_

#include <cstddef>
#include <deque>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "daemon/config/client_config.h"
#include "daemon/config/client_verifier.h"
#include "daemon/cti/password_check.h"

namespace understudy::daemon {

class ClientPasswords : public PasswordCheck {
 public:
  // Runs `work` anywhere, then `then` on the thread of the passwords, which outlive it. Empty: both at once, here.
  using Worker = std::function<void(std::function<void()> work, std::function<void()> then)>;

  explicit ClientPasswords(Worker worker = nullptr) : worker_(std::move(worker)) {}

  // Whoever is in stays in.
  void Set(const std::vector<ClientConfig>& clients);

  // Where kMostWaiting checks are under way the answer is kOverload.
  void Check(const std::string& application, std::string password, std::weak_ptr<const void> asker, Done done) override;

 private:
  static constexpr size_t kMostWaiting = 1000;

  // A password, for as long as its check takes.
  struct Question;
  struct Client {
    ClientVerifier verifier;
    ClientVerifier known;  // of the password that was right; matches nothing before
    bool checking = false;
    std::deque<std::shared_ptr<Question>> waiting = {};
  };

  void CheckSlowly(const std::shared_ptr<Client>& client, std::shared_ptr<Question> question);
  void CheckNext(const std::shared_ptr<Client>& client);

  const Worker worker_;
  absl::btree_map<std::string, std::shared_ptr<Client>> clients_;  // by name
  size_t waiting_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_PASSWORDS_H_
