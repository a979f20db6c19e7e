// A server that a name leads to, and how far a request has got with the servers of its name.
#ifndef UNDERSTUDY_ENGINE_LOCATE_TARGET_H_
#define UNDERSTUDY_ENGINE_LOCATE_TARGET_H_

#include <compare>
#include <vector>

#include "base/endpoint.h"
#include "base/shared_bytes.h"
#include "base/transport.h"
#include "engine/hop.h"
#include "engine/ids.h"

namespace understudy::engine {

struct Target {
  Transport transport = Transport::kUdp;
  Endpoint remote;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, transport);
    a.Field(2, remote);
  }
  friend auto operator<=>(const Target&, const Target&) = default;
};

// The way to one of the servers of `domain`.
inline Hop HopTo(const Target& target, const SharedBytes& domain) {
  return Hop{target.transport, FlowId(), target.remote, Endpoint(), domain};
}

// Of a client transaction whose next hop is a name.
struct Attempt {
  NameId name;               // none: the next hop is an address
  std::vector<Target> rest;  // that are tried next, in this order (RFC 3263 4.3)
  bool waits = false;        // for the name: nothing has been sent
  bool hurried = false;      // for less than Timers B and F: another server can be asked
  Target last_place;         // inside a dialog: where the party was heard last, if the name leads nowhere

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, name);
    a.Field(2, rest);
    a.Field(3, waits);
    a.Field(4, hurried);
    a.Field(5, last_place);
  }
  friend bool operator==(const Attempt&, const Attempt&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_LOCATE_TARGET_H_
