#include "tools/decoded_entry.h"

#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "engine/input_codec.h"

namespace understudy::tools {

void Decode(const journal::EntryRecord& record, Epoch epoch, DecodedEntry* out) {
  out->record = record;
  out->lsn = record.lsn;
  out->epoch = epoch;
  out->engine_time = record.engine_time;
  out->wall_time = record.wall_time;
  out->decoded = engine::DecodeInput(record.payload, &out->input);
}

const engine::SipReceived* SipOf(const DecodedEntry& entry) {
  return entry.decoded.ok() ? std::get_if<engine::SipReceived>(&entry.input) : nullptr;
}

std::string KindText(uint16_t kind) {
  const absl::string_view name = engine::InputKindName(kind);
  return name == "unknown" ? absl::StrCat("kind-", kind) : std::string(name);
}

}  // namespace understudy::tools
