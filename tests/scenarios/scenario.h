// Scenarios: a script of what happens, and after each line everything that came out of the engine.
//
// A line at the left margin is a command, indented lines below it belong to it, "| " begins what came out, "#" a
// comment. Commands:
//
//   configure                       a ConfigurationChanged entry
//     sip-address 10.0.0.10         options of section TServer
//     dn 1001 Extension contact=*   a DN with its options
//     remove 1001
//   phone alice 1001 10.0.0.1:5060 [udp|tcp]
//   open alice / close alice        its connection
//   signs alice [1001]              from here on her requests are signed with that DN's password; or with none
//   alice INVITE 1002               a request; edits of it below (tests/scenarios/draft.h)
//   alice.b INVITE 1003             a second dialog of that phone, called b
//   alice BYE                       a request inside the dialog
//   alice PRACK early=2             in the early dialog that was heard as the second
//   alice ACK / alice CANCEL        for the INVITE sent last
//   bob 180 [METHOD] [tag=x]        a response to the request received last (of that method)
//   alice again [METHOD|STATUS]     the same bytes once more
//   alice.b next                    the next request to alice that belongs to no dialog of hers begins b
//     sdp sendonly                  edit: the phone's session description with that direction
//     Via: ... ;branch=$b2          in an edit, what the transcript calls b2 (a branch of ours)
//     start ... ;understudy-refer=$r1    likewise r1 (the token of a REFER of ours)
//     Replaces: $(bob.2)            likewise the dialog 2 of bob, as he names it; $%(bob.2) escaped, for a URI;
//     $t(bob.2)
//                                   as Target-Dialog does
//   wait 500ms                      timers fire on the way, each in an entry of its own
//   gap 40s                         nobody served that long
//   epoch [redraw]                  a new reign begins: connections are gone
//   fail bob                        the last request to bob could not be delivered
//   lose bob [too-late]             its connection has ended; so late that nobody knows it
//   level N                         the state is at that feature level, 0: an older program's
//   hold / release                  entries stay uncommitted from here / all are committed
//   client router [APPLICATION]     a T-Library client; without APPLICATION its name is that, too
//   router attach                   over a new link: a session, or the one that it had, after the last event it has
//     attach new                    it has forgotten the one that it had
//     attach twice                  over the link that it is attached by
//     attach seen=3 session=1 token=5 application=a     it says that, whatever is true
//   router RegisterAddress ThisDN=1001 ReferenceID=7    a request, numbered (tests/scenarios/client_words.h)
//     {"Request":"RequestRegisterAddress","ThisDN":"1001"}    the same as JSON
//     ConnID=$x3                    in a request, what the transcript calls x3
//     number=9 QueryServer          with that number
//   router again [N]                the last request, or number N, once more
//   router ack [N]                  it has the events up to N; all that it got
//   router lose / router bye        its link breaks / it says that it does not come back
//   whole / brief                   write messages in full / in one line
//   state                           count what the state holds
#ifndef UNDERSTUDY_TESTS_SCENARIOS_SCENARIO_H_
#define UNDERSTUDY_TESTS_SCENARIOS_SCENARIO_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::tests {

struct SentMessage {
  std::string to;  // the phone's name, or the address
  std::string bytes;
};

struct ScenarioResult {
  std::string text;  // the script with what came out
  std::vector<std::string> faults;
  std::vector<std::vector<SentMessage>> sent;  // the same messages, by command
};

// Recorded output in `script` is passed over.
ScenarioResult RunScenario(absl::string_view script);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_SCENARIO_H_
