// A play as a script of tests/scenarios, so that its phones, its checked engine and its new reigns are those of every
// other transcript.
//
// The stage is the same for all plays: the server at 10.0.0.10, and each phone of the play at an address of its own,
// a DN of its name. Everything goes over UDP to sip: URIs. A phone says what the RFC prints, but for what is of one hop
// or of the dialog with the server: Via, Route, Contact, Max-Forwards, the tag and the URI of the other side, CSeq.
#ifndef UNDERSTUDY_TESTS_FLOWS_FLOW_SCRIPT_H_
#define UNDERSTUDY_TESTS_FLOWS_FLOW_SCRIPT_H_

#include <string>
#include <vector>

#include "tests/flows/play.h"
#include "tests/flows/rfc_flow.h"

namespace understudy::tests {

// One command a step, after those of the stage.
struct FlowScript {
  std::string stage;
  std::vector<std::string> steps;

  // The whole; after that step the reign changes. -1: never.
  std::string Text(int new_reign_after) const;
};

// What cannot be said is added to `faults`.
FlowScript MakeScript(const Play& play, const RfcFlow& flow, std::vector<std::string>* faults);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_FLOWS_FLOW_SCRIPT_H_
