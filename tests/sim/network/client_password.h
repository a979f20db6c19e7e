// The passwords of simulated clients: everybody has one, and knows nobody else's.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_CLIENT_PASSWORD_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_CLIENT_PASSWORD_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace understudy::sim {

inline std::string PasswordOf(absl::string_view client) {
  return absl::StrCat("secret of ", client);
}

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_CLIENT_PASSWORD_H_
