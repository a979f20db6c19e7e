// The witness's register, requests and answers as JSON, for the wire, for files and for people.
//
//   {"cluster":"7","version":"12","epoch":"3","primary":{"store":"6699","start":"4"},
//    "in-sync":[{"store":"6699","start":"4"},{"store":"30634","start":"1"}],"mode":"durable","forced":false}
//   {"operation":"grow","cluster":"7","version":"11","asker":{...},"peer":{...} or null,"epoch":"0","mode":"durable"}
//   {"verdict":"done","register":{...} or null,"why":"","text":"epoch 3, primary 1a2b.4, ..."}
//
// Numbers of 64 bits are decimal strings. Every member is there, and no other: what is unknown, missing or out of
// range is an InvalidArgument that names the member and says what is allowed. Texts have at most kMaxJsonBytes.
// An empty incarnation of `peer` is null. Pure functions.
#ifndef UNDERSTUDY_DAEMON_WITNESS_REGISTER_JSON_H_
#define UNDERSTUDY_DAEMON_WITNESS_REGISTER_JSON_H_

#include <cstddef>
#include <string>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "replication/register.h"

namespace understudy::witness {

inline constexpr size_t kMaxJsonBytes = 4096;

std::string RegisterJson(const replication::Register& value);
std::string RequestJson(const replication::RegisterRequest& request);
std::string AnswerJson(const replication::RegisterAnswer& answer);

absl::StatusOr<replication::Register> ParseRegister(absl::string_view text);
absl::StatusOr<replication::RegisterRequest> ParseRequest(absl::string_view text);
absl::StatusOr<replication::RegisterAnswer> ParseAnswer(absl::string_view text);

}  // namespace understudy::witness

#endif  // UNDERSTUDY_DAEMON_WITNESS_REGISTER_JSON_H_
