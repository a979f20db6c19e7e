// What a context was loaded with: to tell people, and to see whether the files have become others.
//
//   const LoadedFiles now = FilesOf(*context);
//   if (now.certificate_digest != before.certificate_digest) log("renewed: " + now.certificate);
#ifndef UNDERSTUDY_DAEMON_TLS_LOADED_FILES_H_
#define UNDERSTUDY_DAEMON_TLS_LOADED_FILES_H_

#include <string>

#include "daemon/tls/tls_context.h"

namespace understudy::tls {

struct LoadedFiles {
  std::string certificate;         // "CN=sip-a, valid until 2027-03-01 12:00:00 UTC"
  std::string certificate_digest;  // SHA-256 of it and its chain
  std::string ca_digest;           // of who is believed; the same for nobody
};

LoadedFiles FilesOf(const TlsContext& context);

}  // namespace understudy::tls

#endif  // UNDERSTUDY_DAEMON_TLS_LOADED_FILES_H_
