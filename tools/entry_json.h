// Entries as JSON lines for programs. Field names are only ever added.
#ifndef UNDERSTUDY_TOOLS_ENTRY_JSON_H_
#define UNDERSTUDY_TOOLS_ENTRY_JSON_H_

#include <string>

#include "boost/json.hpp"
#include "tools/decoded_entry.h"
#include "tools/entry_text.h"

namespace understudy::tools {

// One object and a line end. `whole`: with the message, or the change of the configuration; `events`: what clients
// heard because of it, where there is any. Octets that are not UTF-8 come out as U+FFFD.
std::string EntryJson(const DecodedEntry& entry, bool whole, const TextOptions& options,
                      boost::json::array events = {});

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_ENTRY_JSON_H_
