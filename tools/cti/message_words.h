// Parts of a request as a user types them.
//
//   ThisDN=1001            an attribute by its name; numbers, enumerations by name or number, ids in hexadecimal
//   UserData.case=4711     a pair of a list, its value text
//   UserData.priority:=3   the same, its value a number
#ifndef UNDERSTUDY_TOOLS_CTI_MESSAGE_WORDS_H_
#define UNDERSTUDY_TOOLS_CTI_MESSAGE_WORDS_H_

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"
#include "tlib/key_value_list.h"
#include "tlib/message.h"

namespace understudy::tools {

// User data: "key=text" and "key:=number". InvalidArgument says what is allowed, as everywhere here.
absl::StatusOr<tlib::KeyValueList> ParsePairs(absl::Span<const std::string> words);

// Sets what `words` say.
absl::Status SetAttributes(absl::Span<const std::string> words, tlib::Message* message);

// "MakeCall" or "RequestMakeCall".
absl::StatusOr<tlib::Message> NamedRequest(absl::string_view name);

// 1 to 16 hexadecimal digits.
absl::StatusOr<int64_t> ParseConnID(absl::string_view text);
std::string ConnIDText(int64_t conn_id);

// For completion.
std::vector<std::string> RequestNames();
std::vector<std::string> AttributeNames();

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CTI_MESSAGE_WORDS_H_
