// EventDNOutOfService and EventDNBackInService: 5.22 of the reference.
//
// A DN is in service while it is configured, has a contact, that of its options or a binding, and has not been found
// silent (engine/service_check.h). One behind softswitches is while one of those is. Queues and the like,
// which have none, are in service while they are configured. Its clients hear of a change, once, whatever in an entry
// has brought it about; a phone that changes its contact with one REGISTER changes nothing.
//
//   const ServiceStates before(context.state, {number});
//   ...                                      // bindings come and go
//   before.TellChanges(context);
#ifndef UNDERSTUDY_ENGINE_CTI_DN_SERVICE_H_
#define UNDERSTUDY_ENGINE_CTI_DN_SERVICE_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "engine/context.h"
#include "engine/input.h"

namespace understudy::engine {

bool IsInService(const State& state, absl::string_view number);

// Which DNs were in service at a time, of those that somebody listens to.
class ServiceStates {
 public:
  ServiceStates(const State& state, const std::vector<std::string>& numbers);

  // To the clients of each DN whose state is another now.
  void TellChanges(Context& context) const;

 private:
  absl::btree_map<std::string, bool> in_service_;
};

// A device, and the DNs that are reached through it.
std::vector<std::string> NumbersBehind(const State& state, absl::string_view device);

// The DNs that a change of the configuration may bring in or out of service.
std::vector<std::string> NumbersOf(const ConfigurationChange& change);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_DN_SERVICE_H_
