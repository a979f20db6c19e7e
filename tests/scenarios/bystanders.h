// What an entry must not do to parties that it is not about: a leg whose party has handed its call over, or has been
// taken out of it, may say what it likes or fall silent, and nobody else leaves the call for that; and two that are
// left to talk are joined.
//
//   const Bystanders bystanders(engine.state(), input);
//   engine.Apply(input);
//   EXPECT_EQ(bystanders.FaultIn(engine.state()), "");
//   EXPECT_EQ(FaultOfPairs(engine.state()), "");
#ifndef UNDERSTUDY_TESTS_SCENARIOS_BYSTANDERS_H_
#define UNDERSTUDY_TESTS_SCENARIOS_BYSTANDERS_H_

#include <string>
#include <vector>

#include "engine/ids.h"
#include "engine/input.h"
#include "engine/state.h"

namespace understudy::tests {

class Bystanders {
 public:
  // Of the state before the entry.
  Bystanders(const engine::State& state, const engine::Input& input);

  // Of the state after it; "": nothing is wrong.
  std::string FaultIn(const engine::State& state) const;

 private:
  engine::CallId call_;
  std::vector<engine::LegId> parties_;  // those that must stay in it
};

// "": each two parties that are alone with each other in a call talk to each other.
std::string FaultOfPairs(const engine::State& state);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_BYSTANDERS_H_
