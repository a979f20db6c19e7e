// Which of a DN's calls a command is about, when the user does not say: the only one whose state fits.
#ifndef UNDERSTUDY_TOOLS_CTI_CALL_CHOICE_H_
#define UNDERSTUDY_TOOLS_CTI_CALL_CHOICE_H_

#include <cstdint>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "tlib/attribute.h"
#include "tlib/key_value_list.h"
#include "tools/cti/cti_command.h"

namespace understudy::tools {

struct CallOnDn {
  int64_t conn_id = 0;
  tlib::PartyState state = tlib::PartyState::kNull;
  friend bool operator==(const CallOnDn&, const CallOnDn&) = default;
};

// Of Attribute::kCalls.
std::vector<CallOnDn> CallsOf(const tlib::KeyValueList& calls);

struct ChosenCalls {
  int64_t call = 0;
  absl::optional<int64_t> held;  // of WantedCall::kTwo
  friend bool operator==(const ChosenCalls&, const ChosenCalls&) = default;
};

// FailedPrecondition: which calls there are, and what to say.
absl::StatusOr<ChosenCalls> ChooseCalls(const std::vector<CallOnDn>& calls, WantedCall wanted, absl::string_view dn);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_CALL_CHOICE_H_
