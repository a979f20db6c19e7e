// What etcd's JSON gateway is sent and answers, for one key (etcd: api/etcdserverpb/rpc.proto, api_grpc_gateway).
//
// Keys and values travel in base64, numbers of 64 bits as decimal strings, and what has its default value not at all.
// Pure functions. Errors say what was not as etcd writes it.
#ifndef UNDERSTUDY_DAEMON_WITNESS_ETCD_JSON_H_
#define UNDERSTUDY_DAEMON_WITNESS_ETCD_JSON_H_

#include <cstdint>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::witness {

struct EtcdValue {
  std::string value;
  uint64_t mod_revision = 0;

  friend bool operator==(const EtcdValue&, const EtcdValue&) = default;
};

struct EtcdTxnResult {
  bool succeeded = false;
  absl::optional<EtcdValue> present;  // when it did not succeed: what is there; nullopt: nothing
};

// /v3/auth/authenticate
std::string EtcdAuthenticateJson(absl::string_view user, absl::string_view password);
absl::StatusOr<std::string> ParseEtcdToken(absl::string_view body);

// /v3/kv/range, linearizable
std::string EtcdRangeJson(absl::string_view key);
absl::StatusOr<absl::optional<EtcdValue>> ParseEtcdRange(absl::string_view body);

// /v3/kv/txn: puts `value` when the key's mod_revision is `mod_revision` (0: when there is no such key), else reads it.
std::string EtcdTxnJson(absl::string_view key, uint64_t mod_revision, absl::string_view value);
absl::StatusOr<EtcdTxnResult> ParseEtcdTxn(absl::string_view body);

// The message of an error's body; what it is not JSON, its beginning. Printable, at most 200 bytes.
std::string EtcdErrorText(absl::string_view body);

}  // namespace understudy::witness

#endif  // UNDERSTUDY_DAEMON_WITNESS_ETCD_JSON_H_
