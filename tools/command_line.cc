#include "tools/command_line.h"

#include <algorithm>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "daemon/config/nearest_name.h"

namespace understudy::tools {
namespace {

constexpr OptionSpec kHelp = {"help", "", "Print this and end."};

class Parser {
 public:
  Parser(const ToolSpec& spec, absl::Span<const std::string> args) : spec_(spec), args_(args) {}

  bool AtEnd() const { return next_ == args_.size(); }
  const std::string& Take() { return args_[next_++]; }

  const OptionSpec* Find(absl::string_view name) const {
    if (name == kHelp.name) return &kHelp;
    for (const OptionSpec& option : spec_.options) {
      if (option.name == name) return &option;
    }
    return nullptr;
  }

  absl::Status Error(absl::string_view what) const {
    return absl::InvalidArgumentError(absl::StrCat(what, "; see ", spec_.name, " --help"));
  }

  absl::Status Unknown(absl::string_view name) const {
    std::vector<absl::string_view> known = {kHelp.name};
    for (const OptionSpec& option : spec_.options) known.push_back(option.name);
    const absl::string_view nearest = daemon::NearestName(name, known);
    return Error(absl::StrCat("there is no option --", name, nearest.empty() ? "" : ": is it --", nearest,
                              nearest.empty() ? "" : "?"));
  }

  absl::StatusOr<std::string> TakeValue(const OptionSpec& option) {
    if (AtEnd() || absl::StartsWith(args_[next_], "--")) {
      return Error(absl::StrCat("--", option.name, " wants ", option.value, " after it"));
    }
    return Take();
  }

 private:
  const ToolSpec& spec_;
  const absl::Span<const std::string> args_;
  size_t next_ = 0;
};

bool WantsSecond(const OptionSpec& option, absl::string_view value) {
  if (option.takes_second.empty()) return false;
  const std::vector<absl::string_view> values = absl::StrSplit(option.takes_second, ' ');
  return std::find(values.begin(), values.end(), value) != values.end();
}

void AppendOption(const OptionSpec& option, std::string* out) {
  const std::string head = absl::StrCat("  --", option.name, option.value.empty() ? "" : " ", option.value);
  constexpr size_t kColumn = 26;
  absl::StrAppend(
      out, head,
      head.size() + 2 > kColumn ? "\n" + std::string(kColumn, ' ') : std::string(kColumn - head.size(), ' '));
  bool first = true;
  for (absl::string_view line : absl::StrSplit(option.help, '\n')) {
    absl::StrAppend(out, first ? "" : std::string(kColumn, ' '), line, "\n");
    first = false;
  }
}

}  // namespace

absl::StatusOr<CommandLine> CommandLine::Parse(const ToolSpec& spec, absl::Span<const std::string> args) {
  CommandLine line;
  Parser parser(spec, args);
  while (!parser.AtEnd()) {
    absl::string_view arg = parser.Take();
    if (arg == "--") break;
    if (arg == "-h") arg = "--help";
    if (!absl::StartsWith(arg, "--")) {
      line.operands_.emplace_back(arg);
      continue;
    }
    arg.remove_prefix(2);
    const size_t equals = arg.find('=');
    const absl::string_view name = arg.substr(0, equals);
    const OptionSpec* option = parser.Find(name);
    if (option == nullptr) return parser.Unknown(name);
    if (line.Has(name)) return parser.Error(absl::StrCat("--", name, " is given twice"));
    Given given;
    if (equals != absl::string_view::npos) {
      if (option->value.empty()) return parser.Error(absl::StrCat("--", name, " takes no value"));
      given.value = std::string(arg.substr(equals + 1));
    } else if (!option->value.empty()) {
      absl::StatusOr<std::string> value = parser.TakeValue(*option);
      if (!value.ok()) return value.status();
      given.value = *std::move(value);
    }
    if (WantsSecond(*option, given.value)) {
      absl::StatusOr<std::string> second = parser.TakeValue(*option);
      if (!second.ok()) return second.status();
      given.second = *std::move(second);
    }
    line.values_.emplace(name, std::move(given));
  }
  while (!parser.AtEnd()) line.operands_.push_back(parser.Take());
  return line;
}

absl::string_view CommandLine::Value(absl::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? absl::string_view() : it->second.value;
}

absl::string_view CommandLine::Second(absl::string_view name) const {
  const auto it = values_.find(name);
  return it == values_.end() ? absl::string_view() : it->second.second;
}

std::string HelpText(const ToolSpec& spec) {
  std::string text = absl::StrCat("Usage: ", spec.name, " ", spec.usage, "\n\n", spec.about, "\nOptions:\n");
  for (const OptionSpec& option : spec.options) AppendOption(option, &text);
  AppendOption(kHelp, &text);
  absl::StrAppend(&text, "\nExamples:\n", spec.examples, "\n", spec.exit_codes);
  return text;
}

}  // namespace understudy::tools
