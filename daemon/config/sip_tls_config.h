// Who a node is to phones and gateways over TLS, and whom it believes.
#ifndef UNDERSTUDY_DAEMON_CONFIG_SIP_TLS_CONFIG_H_
#define UNDERSTUDY_DAEMON_CONFIG_SIP_TLS_CONFIG_H_

#include "absl/types/optional.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/node_section.h"
#include "daemon/config/peer_config.h"

namespace understudy::daemon {

struct SipTlsConfig {
  TlsFiles files;           // certificate and key are there, a CA may be
  bool mutual = false;      // whoever connects must show a certificate; then there is a CA
  bool checks_name = true;  // whom we connect to must have one of its address, where there is a CA
  bool only_1_3 = false;    // otherwise TLS 1.2 will do
};

// nullopt: no SIP over TLS. With errors in `diagnostics` the result is of no use.
absl::optional<SipTlsConfig> ReadSipTls(const NodeSection& node, Diagnostics& diagnostics);

// As NodeSettings.
Settings SipTlsSettings(const absl::optional<SipTlsConfig>& tls);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_SIP_TLS_CONFIG_H_
