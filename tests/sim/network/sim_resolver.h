// DNS of the simulated world, for one process: every name is "10-0-0-7.example", and leads to the address that it says.
// Answers take their time, and some do not come; but a name that has not been answered yet always is, so that no call
// fails for it: what DNS denies is the scenarios' matter.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_SIM_RESOLVER_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_SIM_RESOLVER_H_

#include <memory>
#include <set>
#include <string>
#include <vector>

#include "daemon/dns/resolver.h"
#include "daemon/net/scheduler.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

class SimResolver : public dns::Resolver {
 public:
  // The scheduler outlives it.
  SimResolver(net::Scheduler* scheduler, const Chance& chance) : scheduler_(scheduler), chance_(chance) {}

  void Resolve(const engine::LocateQuery& query, Done done) override;

 private:
  struct Question {
    std::unique_ptr<net::Alarm> alarm;
    engine::LocateAnswer answer;
    Done done;
  };

  engine::LocateAnswer AnswerTo(const std::string& host);
  void Tell(const Question* question);

  net::Scheduler* const scheduler_;
  Chance chance_;
  std::set<std::string> answered_;
  std::vector<std::unique_ptr<Question>> open_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_SIM_RESOLVER_H_
