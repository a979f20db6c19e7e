// Where a message goes next: a connection while it lives, an address otherwise.
#ifndef UNDERSTUDY_ENGINE_HOP_H_
#define UNDERSTUDY_ENGINE_HOP_H_

#include "base/endpoint.h"
#include "base/shared_bytes.h"
#include "base/transport.h"
#include "engine/ids.h"

namespace understudy::engine {

struct Hop {
  Transport transport = Transport::kUdp;
  FlowId flow;         // 0, or dead: by `remote`
  Endpoint remote;     // never empty in a hop that is used
  Endpoint local;      // as SipReceived: the address of ours that was asked, and answers (RFC 3581 section 4)
  SharedBytes domain;  // the name that led there, which over TLS the certificate must be of; "": an address did

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, transport);
    a.Field(2, flow);
    a.Field(3, remote);
    a.LaterField(4, local);
    a.LaterField(5, domain);
  }
  friend bool operator==(const Hop&, const Hop&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_HOP_H_
