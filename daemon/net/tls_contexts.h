// What SIP over TLS needs of a node: who it is to those that connect, and to those that it connects to.
#ifndef UNDERSTUDY_DAEMON_NET_TLS_CONTEXTS_H_
#define UNDERSTUDY_DAEMON_NET_TLS_CONTEXTS_H_

#include <memory>

#include "daemon/tls/tls_context.h"

namespace understudy::net {

struct TlsContexts {
  std::shared_ptr<const tls::TlsContext> accepts;  // null: no TLS
  std::shared_ptr<const tls::TlsContext> connects;
  bool checks_name = false;  // whom we connect to must have a certificate of its domain or, without one, its address
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_TLS_CONTEXTS_H_
