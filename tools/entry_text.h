// Entries as lines for people. Secrets are masked unless `unmasked`; what came from the network cannot act on the
// terminal.
#ifndef UNDERSTUDY_TOOLS_ENTRY_TEXT_H_
#define UNDERSTUDY_TOOLS_ENTRY_TEXT_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/input.h"
#include "sip/message.h"
#include "tlib/message.h"
#include "tools/decoded_entry.h"

namespace understudy::tools {

struct TextOptions {
  bool unmasked = false;
};

// The columns' names; a line that begins with '#'.
std::string EntryHeading();

// One line, with its end.
std::string EntryLine(const DecodedEntry& entry, const TextOptions& options);

// What EntryLine leaves out, each line indented: the whole message, the whole change of the configuration.
std::string EntryDetail(const DecodedEntry& entry, const TextOptions& options);

// A T-Library message as it may be shown: without its password, whatever the options say.
tlib::Message ShownMessage(const tlib::Message& message);

// What the input says, in a few words: the first line of a message.
std::string InputSummary(const DecodedEntry& entry, const TextOptions& options);

// "UDP 10.0.0.1:5060", or "-".
std::string InputSource(const DecodedEntry& entry);

// "INVITE sip:1002@10.0.0.1 SIP/2.0", "SIP/2.0 180 Ringing (INVITE)".
std::string FirstLine(const sip::Message& message, const TextOptions& options);

// `text` as it may be shown.
std::string Shown(absl::string_view text, const TextOptions& options);
// The value of an option of the configuration as it may be shown.
std::string ShownOption(absl::string_view name, absl::string_view value, const TextOptions& options);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_ENTRY_TEXT_H_
