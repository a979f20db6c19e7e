// An entry of the journal with its input decoded.
#ifndef UNDERSTUDY_TOOLS_DECODED_ENTRY_H_
#define UNDERSTUDY_TOOLS_DECODED_ENTRY_H_

#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "engine/input.h"
#include "journal/entry.h"

namespace understudy::tools {

// As the engine takes it, with the record that it was made of. Record and input are views into the batch that was read:
// valid until the reader moves.
struct DecodedEntry : engine::Entry {
  journal::EntryRecord record;
  absl::Status decoded;  // when not OK, `input` means nothing; the rest does all the same
};

void Decode(const journal::EntryRecord& record, Epoch epoch, DecodedEntry* out);

// The message of a sip-received entry, else nullptr.
const engine::SipReceived* SipOf(const DecodedEntry& entry);

// "sip-received", or "kind-17" for one that this program does not know.
std::string KindText(uint16_t kind);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_DECODED_ENTRY_H_
