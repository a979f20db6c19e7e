// A call as people name it: by its number in this journal, by the ConnID that its events have, or by its CallUUID,
// which INVITEs have as well. The journal itself holds none of the last two: a replay of the engine says whose they
// were.
#ifndef UNDERSTUDY_TOOLS_CALLS_CALL_NAME_H_
#define UNDERSTUDY_TOOLS_CALLS_CALL_NAME_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/container/btree_set.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "engine/call.h"
#include "tools/journal_files.h"

namespace understudy::tools {

struct ConnId {
  uint64_t value = 0;
  friend bool operator==(const ConnId&, const ConnId&) = default;
};

// The number, the ConnID or the CallUUID.
using CallName = std::variant<uint64_t, ConnId, std::string>;

// "7", "00a1b2c3d4e5f607" (16 hexadecimal digits), 32 letters and digits. InvalidArgument, with what is allowed.
absl::StatusOr<CallName> ParseCallName(absl::string_view text);
// "call 7", "the call with ConnID 00a1b2c3d4e5f607".
std::string CallNameText(const CallName& name);

// As ParseCallName reads it.
std::string CallNameWord(const CallName& name);

bool IsNamed(const engine::Call& call, const CallName& name);

// The numbers of the calls that had that name after any entry: one call, or several where a transfer or a conference
// made one of them. A number stands for itself; for the others the whole journal is replayed. NotFound: none had it.
absl::StatusOr<absl::btree_set<uint64_t>> FindCalls(JournalFiles* files, const CallName& name);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CALLS_CALL_NAME_H_
