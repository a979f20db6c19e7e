#include "daemon/config/option_reference.h"

#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "daemon/config/option_table.h"
#include "daemon/config/option_value.h"
#include "daemon/config/restart.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kBegin = "<!-- option reference: begin -->\n";
constexpr absl::string_view kEnd = "<!-- option reference: end -->\n";

// Characters that a table cell may not hold as they are.
std::string Cell(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"|", "\\|"}, {"*", "\\*"}, {"_", "\\_"}});
}

std::string DefaultCell(const ValueRule& rule) {
  if (rule.required) return "required";
  return rule.default_value.empty() ? "" : absl::StrCat("`", rule.default_value, "`");
}

absl::string_view ChangeCell(const OptionRow& row) {
  return NeedsRestart(row.FullName()) ? "restart" : "SIGHUP";
}

std::string Head(bool with_level, Effect effect) {
  const bool with_change = effect == Effect::kNow;
  return absl::StrCat(with_level ? "| option | for " : "| key ", "| allowed | default ",
                      with_change ? "| changed by " : "", "| meaning |\n", with_level ? "|---|---" : "|---", "|---|---",
                      with_change ? "|---" : "", "|---|\n");
}

// The node's keys stand nowhere else; only the pair's options need to say where they may.
std::string Row(const OptionRow& row, bool with_level) {
  std::string level = with_level ? absl::StrCat(" | ", LevelsText(row.levels)) : "";
  const std::string change = row.effect == Effect::kNow ? absl::StrCat(" | ", ChangeCell(row)) : "";
  return absl::StrCat("| `", row.name, "`", level, " | ", Cell(AllowedText(row.rule)), " | ", DefaultCell(row.rule),
                      change, " | ", Cell(row.summary), " |\n");
}

std::string Table(absl::string_view section, Levels levels, Effect effect, absl::string_view title) {
  bool with_level = (levels & kNodeLevel) == 0;
  std::string rows;
  for (const OptionRow& row : OptionTable()) {
    if (row.section == section && (row.levels & levels) != 0 && row.effect == effect) rows += Row(row, with_level);
  }
  if (rows.empty()) return "";
  return absl::StrCat("### ", title, "\n\n", Head(with_level, effect), rows, "\n");
}

}  // namespace

std::string OptionReference() {
  std::string out = "## Node\n\n";
  for (absl::string_view section : SectionNames(kNodeLevel)) {
    out += Table(section, kNodeLevel, Effect::kNow, absl::StrReplaceAll(section, {{".", ": "}}));
  }
  out += "## Pair\n\n";
  const Levels pair = ~kNodeLevel;
  for (absl::string_view section : SectionNames(pair)) {
    out += Table(section, pair, Effect::kNow, section);
  }
  out += "## Accepted, without effect yet\n\nEach of these gives a warning when it is used.\n\n";
  for (absl::string_view section : SectionNames(pair)) {
    out += Table(section, pair, Effect::kNotYet, absl::StrCat(section, " (no effect yet)"));
  }
  return out;
}

absl::StatusOr<std::string> WithOptionReference(absl::string_view document) {
  size_t begin = document.find(kBegin);
  size_t end = document.find(kEnd);
  bool in_order = begin != absl::string_view::npos && end != absl::string_view::npos && begin < end;
  if (!in_order || document.find(kBegin, begin + 1) != absl::string_view::npos ||
      document.find(kEnd, end + 1) != absl::string_view::npos) {
    return absl::InvalidArgumentError("the two marker lines of the option reference are not there once and in order");
  }
  return absl::StrCat(document.substr(0, begin + kBegin.size()), "\n", OptionReference(), document.substr(end));
}

}  // namespace understudy::daemon
