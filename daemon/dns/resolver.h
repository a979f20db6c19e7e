// Who looks names up for a node: DNS, or a simulated world.
#ifndef UNDERSTUDY_DAEMON_DNS_RESOLVER_H_
#define UNDERSTUDY_DAEMON_DNS_RESOLVER_H_

#include <functional>

#include "engine/locate/answer.h"
#include "engine/locate/query.h"

namespace understudy::dns {

class Resolver {
 public:
  using Done = std::function<void(engine::LocateAnswer)>;

  virtual ~Resolver() = default;

  // `done` is called once, in a later turn of the loop, whatever comes of it; not after the resolver's end.
  virtual void Resolve(const engine::LocateQuery& query, Done done) = 0;
};

}  // namespace understudy::dns

#endif  // UNDERSTUDY_DAEMON_DNS_RESOLVER_H_
