// A Trunk: many calls at once both ways, known to the servers by its address, without a registration.
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_GATEWAY_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_GATEWAY_H_

#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/sim/agents/user_agent.h"

namespace understudy::sim {

class Gateway : public UserAgent {
 public:
  using UserAgent::UserAgent;

  void Start() override {
    if (reliable()) Connect();
  }

 protected:
  // Somebody of the public network, another one each time.
  std::string CallerUri(uint32_t call) const override {
    return absl::StrCat("sip:49891", call, "@", address().HostText());
  }
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_GATEWAY_H_
