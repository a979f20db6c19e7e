#include "daemon/auth/accounts.h"

#include <utility>

namespace understudy::auth {

const Account* Accounts::Find(absl::string_view number) const {
  const auto it = by_number.find(number);
  return it == by_number.end() ? nullptr : &it->second;
}

const Account* Accounts::FindUser(absl::string_view user) const {
  const auto it = number_by_user.find(user);
  return it == number_by_user.end() ? nullptr : Find(it->second);
}

Accounts AccountsOf(const daemon::PairConfig& pair) {
  Accounts accounts;
  accounts.realm = pair.realm();
  for (const daemon::DnConfig& dn : pair.dns) {
    std::vector<DigestAlgorithm> offered = pair.AlgorithmsFor(dn);
    if (offered.empty()) continue;
    Account account;
    account.user = dn.user();
    account.verifier = *dn.password;
    account.offered = std::move(offered);
    account.legacy = pair.TextFor(dn, "authenticate-legacy") == "true";
    accounts.number_by_user.try_emplace(account.user, dn.number);
    accounts.by_number.try_emplace(dn.number, std::move(account));
  }
  return accounts;
}

}  // namespace understudy::auth
