// A client's request in a few words of a script:
//
//   RegisterAddress ThisDN=1001 ReferenceID=7
//   MakeCall ThisDN=1001 OtherDN=1002 UserData=account:17,colour:blue
//   {"Request":"RequestMakeCall","ThisDN":"1001","OtherDN":"1002"}
//
// Ids are hexadecimal, enumerations by name or number; in a list the value of a key is a number if it looks like one.
#ifndef UNDERSTUDY_TESTS_SCENARIOS_CLIENT_WORDS_H_
#define UNDERSTUDY_TESTS_SCENARIOS_CLIENT_WORDS_H_

#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "tlib/message.h"

namespace understudy::tests {

// InvalidArgument: what the T-Library has no name for, or a value that its attribute cannot have.
absl::StatusOr<tlib::Message> RequestOf(const std::vector<std::string>& words);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_CLIENT_WORDS_H_
