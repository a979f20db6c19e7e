// A message while a script changes it: start line, header fields in order, body.
#ifndef UNDERSTUDY_TESTS_SCENARIOS_DRAFT_H_
#define UNDERSTUDY_TESTS_SCENARIOS_DRAFT_H_

#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::tests {

struct Draft {
  std::string start;
  std::vector<std::pair<std::string, std::string>> fields;
  std::string body_type;
  std::string body;

  void Add(absl::string_view name, absl::string_view value);
  void Set(absl::string_view name, absl::string_view value);  // replaces the first of that name, or adds
  void Remove(absl::string_view name);                        // all of that name

  // One line of a script:
  //   Name: value     sets      +Name: value   adds       -Name   removes
  //   start TEXT      replaces the start line
  //   long NAME N      adds a header of N octets
  //   many N           adds headers until there are N, without those of the body
  //   body TYPE TEXT  gives a body; "\n" in TEXT is a line end
  //   body none       takes it away
  void Edit(absl::string_view line);

  // With Content-Length.
  std::string Text() const;
};

// A session description of that party; `direction` is sendrecv, sendonly, recvonly or inactive.
std::string SessionOf(absl::string_view party, absl::string_view direction);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_DRAFT_H_
