// A tool's options as a table, which the parser reads and the help prints.
//
//   absl::StatusOr<CommandLine> line = CommandLine::Parse(kSpec, args);
//   if (line->Has("help")) Print(HelpText(kSpec));
//   line->Value("lsn");
#ifndef UNDERSTUDY_TOOLS_COMMAND_LINE_H_
#define UNDERSTUDY_TOOLS_COMMAND_LINE_H_

#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/span.h"

namespace understudy::tools {

struct OptionSpec {
  absl::string_view name;   // "lsn" for --lsn
  absl::string_view value;  // what follows, as the help shows it: "A..B"; empty: nothing follows
  absl::string_view help;   // may have several lines
  // Values, separated by spaces, after which a second one follows: "call dn" for "--show call 7".
  absl::string_view takes_second = {};
};

struct ToolSpec {
  absl::string_view name;
  absl::string_view usage;               // "PATH [OPTION...]"
  absl::string_view about;               // ends with a line end, as do the next two
  absl::Span<const OptionSpec> options;  // --help is added
  absl::string_view examples;
  absl::string_view exit_codes;
};

class CommandLine {
 public:
  // "--name VALUE" and "--name=VALUE", in any place; everything after "--" is an operand. InvalidArgument, with what
  // to do: an unknown option (the nearest known one is named), one given twice, a value missing or too many.
  static absl::StatusOr<CommandLine> Parse(const ToolSpec& spec, absl::Span<const std::string> args);

  bool Has(absl::string_view name) const { return values_.contains(name); }
  // Empty when the option is not there.
  absl::string_view Value(absl::string_view name) const;
  absl::string_view Second(absl::string_view name) const;
  const std::vector<std::string>& operands() const { return operands_; }

 private:
  struct Given {
    std::string value;
    std::string second;
  };
  absl::btree_map<std::string, Given> values_;
  std::vector<std::string> operands_;
};

std::string HelpText(const ToolSpec& spec);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_COMMAND_LINE_H_
