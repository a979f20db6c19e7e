// TLS files as what a link needs of them.
#ifndef UNDERSTUDY_CLIENT_TLS_H_
#define UNDERSTUDY_CLIENT_TLS_H_

#include "absl/status/statusor.h"
#include "client/client_options.h"
#include "client/link.h"

namespace understudy::client {

// InvalidArgument names the file and what is wrong with it.
absl::StatusOr<LinkTls> LoadTls(const TlsOptions& options);

}  // namespace understudy::client

#endif  // UNDERSTUDY_CLIENT_TLS_H_
