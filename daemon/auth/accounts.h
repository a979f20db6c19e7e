// Whose password each DN's requests are checked with, as the configuration says. Each node has them from its own file:
// they are in no state and no journal.
//
//   Accounts accounts = AccountsOf(config.pair);
//   const Account* account = accounts.Find("1001");
#ifndef UNDERSTUDY_DAEMON_AUTH_ACCOUNTS_H_
#define UNDERSTUDY_DAEMON_AUTH_ACCOUNTS_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "daemon/auth/digest.h"
#include "daemon/config/pair_config.h"
#include "daemon/config/password_verifier.h"

namespace understudy::auth {

struct Account {
  std::string user;
  daemon::PasswordVerifier verifier;
  std::vector<DigestAlgorithm> offered;  // strongest first, at least one
  bool legacy = false;                   // takes answers without qop
};

struct Accounts {
  std::string realm;
  absl::btree_map<std::string, Account> by_number;
  absl::btree_map<std::string, std::string> number_by_user;  // where several DNs have one, any of them

  const Account* Find(absl::string_view number) const;
  const Account* FindUser(absl::string_view user) const;
};

Accounts AccountsOf(const daemon::PairConfig& pair);

}  // namespace understudy::auth

#endif  // UNDERSTUDY_DAEMON_AUTH_ACCOUNTS_H_
