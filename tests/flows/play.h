// Plays: the call flows of RFCs, said to the server and heard from it.
//
// A flow of an RFC has phones, and often proxies between them. A play puts this server in the proxies' place, or
// between two phones that need none, and accounts for every message that the RFC prints: a phone says it, the server
// must say it, or it is left out, with the reason. Whatever the server says beyond them stands there too, with the
// reason. Lines:
//
//   flow rfc3665 3.8 Unsuccessful No Answer
//   read A as B              in what phones say, A becomes B (addresses)
//   alice F1                 a phone says what F1 says; its dialog is named by the RFC's Call-ID
//     > bob F4               then the server must say to bob what F4 says: method or status, and the same body
//     > bob 100 INVITE: why  and something that the RFC does not have
//   also alice.d1 200 BYE: why   a phone says something that the RFC does not have, in words of
//   tests/scenarios/scenario.h
//       Name: value          an edit of it, or of what stands in the line before
//   ! dn 1003 Extension      what else happens, in the same words: configure, wait, phones
//   not F2 F3: why           left out
//
// A message is named by its label, or by its file (02-F1) where the label is not the only one of that name.
#ifndef UNDERSTUDY_TESTS_FLOWS_PLAY_H_
#define UNDERSTUDY_TESTS_FLOWS_PLAY_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::tests {

struct Heard {
  std::string who;
  std::string message;  // of the RFC; "": not there, then it is
  std::string kind;     // "INVITE", "100 INVITE"
};

struct Step {
  std::string who;      // says; "": no phone
  std::string message;  // of the RFC; "": `command` instead
  std::string command;
  std::vector<std::string> edits;
  std::vector<Heard> heard;
};

struct Play {
  std::string rfc;      // rfc3665
  std::string section;  // 3.8
  std::string title;
  std::vector<std::pair<std::string, std::string>> readings;
  std::vector<Step> steps;
  std::vector<std::string> left_out;
};

// The plays of a file. What a line should have said is added to `faults`, with its number.
std::vector<Play> ReadPlays(absl::string_view text, std::vector<std::string>* faults);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_FLOWS_PLAY_H_
