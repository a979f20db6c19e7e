// A call as arrows between its parties and us, in the order of the journal.
#ifndef UNDERSTUDY_TOOLS_CALLS_LADDER_H_
#define UNDERSTUDY_TOOLS_CALLS_LADDER_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/time.h"
#include "sip/message.h"

namespace understudy::tools {

// One that was called at several places is several.
struct LadderParty {
  std::string number;   // its DN
  std::string address;  // "UDP 10.0.0.1:5060"
};

struct LadderStep {
  enum class Way : uint8_t { kFrom, kTo, kNote };
  Lsn lsn;
  Duration since_start;
  Way way = Way::kNote;
  size_t party = 0;  // of Ladder::parties: from whom, or to whom
  std::string text;
};

struct Ladder {
  uint64_t call = 0;
  std::vector<LadderParty> parties;  // two at least; the originator first, who alone stands to the left of us
  WallTime began;
  std::vector<LadderStep> steps;
};

// "INVITE (sendrecv)", "200 OK INVITE (audio sendonly, video inactive)", "BYE": what an arrow says of a message.
// Printable.
std::string ArrowText(const sip::Message& message);

// "diverted by 1002 (unconditional), 1001 (deflection)", the last one first: what an INVITE says of how it has come
// here (Diversion, RFC 5806). Printable; empty: nothing.
std::string DiversionText(const sip::Message& invite);

// Lines of equal height and width for a terminal of about 110 columns, wider only when a text is, and for each party
// after the second.
std::string DrawLadder(const Ladder& ladder);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CALLS_LADDER_H_
