#include "tools/calls/call_name.h"

#include <algorithm>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "tools/replayer.h"

namespace understudy::tools {
namespace {

constexpr size_t kConnIdDigits = 16;
constexpr size_t kCallUuidSize = 32;

bool IsUuid(absl::string_view text) {
  return text.size() == kCallUuidSize && std::all_of(text.begin(), text.end(), [](char c) {
           return absl::ascii_isalnum(static_cast<unsigned char>(c));
         });
}

struct Word {
  std::string operator()(uint64_t number) const { return absl::StrCat(number); }
  std::string operator()(const ConnId& id) const { return absl::StrCat(absl::Hex(id.value, absl::kZeroPad16)); }
  std::string operator()(const std::string& uuid) const { return uuid; }
};

constexpr absl::string_view kKinds[] = {"call ", "the call with ConnID ", "the call with CallUUID "};

struct Named {
  const engine::Call& call;

  bool operator()(uint64_t number) const { return call.id.value() == number; }
  bool operator()(const ConnId& id) const { return call.facts.conn_id == id.value; }
  bool operator()(const std::string& uuid) const { return call.facts.call_uuid == uuid; }
};

}  // namespace

absl::StatusOr<CallName> ParseCallName(absl::string_view text) {
  uint64_t number = 0;
  if (text.size() == kConnIdDigits && absl::SimpleHexAtoi(text, &number) && number > 0) return ConnId{number};
  if (IsUuid(text)) return absl::AsciiStrToUpper(text);
  if (text.size() != kConnIdDigits && absl::SimpleAtoi(text, &number) && number > 0) return number;
  return absl::InvalidArgumentError(
      absl::StrCat("\"", text,
                   "\" names no call; allowed: its number from 1 (see the column calls), its ConnID as 16 "
                   "hexadecimal digits, or its CallUUID of 32 letters and digits"));
}

std::string CallNameText(const CallName& name) {
  return absl::StrCat(kKinds[name.index()], CallNameWord(name));
}

std::string CallNameWord(const CallName& name) {
  return std::visit(Word(), name);
}

bool IsNamed(const engine::Call& call, const CallName& name) {
  return std::visit(Named{call}, name);
}

absl::StatusOr<absl::btree_set<uint64_t>> FindCalls(JournalFiles* files, const CallName& name) {
  if (const auto* number = std::get_if<uint64_t>(&name)) return absl::btree_set<uint64_t>{*number};
  Replayer replayer;
  if (absl::Status s = replayer.Begin(files, {}); !s.ok()) return s;
  absl::btree_set<uint64_t> found;
  for (const auto& [id, call] : replayer.state().calls.rows()) {
    if (IsNamed(*call, name)) found.insert(id.value());
  }
  const uint64_t first = replayer.state().lsn.Next().value();
  while (replayer.Next()) {
    for (uint64_t id : replayer.entry().record.calls) {
      const engine::Call* call = replayer.state().calls.Find(engine::CallId(id));
      if (call != nullptr && IsNamed(*call, name)) found.insert(id);
    }
  }
  if (!found.empty()) return found;
  if (!replayer.status().ok()) return replayer.status();
  return absl::NotFoundError(absl::StrCat(CallNameText(name), " is none of those from lsn ", first, " to ",
                                          replayer.state().lsn.value(),
                                          "; --dn NUMBER shows the calls of a DN, and their numbers"));
}

}  // namespace understudy::tools
