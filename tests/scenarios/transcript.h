// What the engine did, as lines that a person reads and a test compares.
#ifndef UNDERSTUDY_TESTS_SCENARIOS_TRANSCRIPT_H_
#define UNDERSTUDY_TESTS_SCENARIOS_TRANSCRIPT_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/effect.h"

namespace understudy::tests {

// Gives short names to the identifiers that the server makes: b7 is the branch of transaction 7, t1 the tag of leg 1,
// s1 that of subscription 1, u1 the CallUUID of call 1, x3 the third of the others (Call-IDs, ConnIDs, tags outside
// dialogs).
class IdNames {
 public:
  std::string Shorten(absl::string_view text);
  // "$x3" becomes what x3 stands for.
  std::string Lengthen(absl::string_view text) const;

 private:
  // Of the tags of a leg the second is t1.2.
  std::string TagName(uint64_t leg, uint64_t mac);

  std::map<std::string, int> others_;
  std::map<uint64_t, std::vector<uint64_t>> tags_;
};

class Transcript {
 public:
  // Whether messages are written whole, or in one line.
  void set_whole(bool whole) { whole_ = whole; }

  // One or more lines, each with "| " before it. `place` is who stands at the effect's destination.
  std::string Line(absl::string_view text);
  std::string Message(absl::string_view place, absl::string_view how, absl::string_view bytes);
  std::string Progress(const engine::CallProgress& progress);
  std::string Progress(const engine::RegistrationProgress& progress);
  std::string Progress(const engine::SessionProgress& progress);
  std::string Progress(const engine::DeviceProgress& progress);
  // To the client of that name. In one line EventSequenceNumber and Time are left out.
  std::string Frame(absl::string_view client, const tlib::Attached& attached);
  std::string Frame(absl::string_view client, const tlib::EventFrame& event);
  std::string Goodbye(absl::string_view client, const tlib::Goodbye& goodbye);

  std::string Lengthen(absl::string_view text) const { return names_.Lengthen(text); }

 private:
  std::string Whole(absl::string_view bytes);
  std::string OneLine(absl::string_view bytes);

  bool whole_ = false;
  IdNames names_;
  std::set<std::string> seen_;
};

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_TRANSCRIPT_H_
