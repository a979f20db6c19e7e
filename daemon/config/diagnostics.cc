#include "daemon/config/diagnostics.h"

#include <algorithm>

#include "absl/strings/ascii.h"
#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

constexpr size_t kMaxShown = 60;

std::string At(absl::string_view file, Place place) {
  if (place.line == 0) return std::string(file);
  return absl::StrCat(file, ":", place.line, ":", place.column);
}

bool IsKeyCharacter(char c) {
  return absl::ascii_isalnum(static_cast<unsigned char>(c)) || c == '-' || c == '_';
}

// A colon between the scheme and the '@' of a URI separates a user from a password.
bool HoldsUserAndPassword(absl::string_view value) {
  size_t at = value.find('@');
  if (at == absl::string_view::npos) return false;
  absl::string_view user = value.substr(0, at);
  for (absl::string_view scheme : {"sip:", "sips:"}) {
    if (absl::StartsWithIgnoreCase(user, scheme)) user.remove_prefix(scheme.size());
  }
  return absl::StrContains(user, ':');
}

// A quote that was not closed swallows what follows, up to the next one.
bool HoldsYaml(absl::string_view value) {
  return absl::StrContains(value, ": ") || value.find_first_of("{}") != absl::string_view::npos;
}

}  // namespace

std::string ToString(const Warning& warning) {
  return absl::StrCat(At(warning.file, warning.place), ": warning: ", warning.text);
}

std::string Quoted(absl::string_view value) {
  if (HoldsYaml(value) || absl::StrContains(absl::AsciiStrToLower(value), "password") || HoldsUserAndPassword(value)) {
    return "a text that is not shown because it may hold a password";
  }
  bool cut = value.size() > kMaxShown;
  return absl::StrCat("\"", absl::CHexEscape(value.substr(0, kMaxShown)), "\"", cut ? "..." : "");
}

std::string QuotedKey(absl::string_view key) {
  size_t length = 0;
  while (length < key.size() && length < kMaxShown && IsKeyCharacter(key[length])) ++length;
  constexpr absl::string_view kPassword = "password";
  if (absl::StartsWithIgnoreCase(key, kPassword)) length = kPassword.size();
  bool whole = length == key.size();
  return absl::StrCat("\"", key.substr(0, length), "\"", whole ? "" : "...");
}

void Diagnostics::Error(Place place, std::string text) {
  ++error_count_;
  if (!full()) errors_.emplace_back(place, std::move(text));
}

void Diagnostics::Warn(Place place, std::string text) {
  if (warnings_.size() < kMaxKept) warnings_.push_back(Warning{file_, place, std::move(text)});
}

void Diagnostics::WarnOnce(absl::string_view subject, Place place, std::string text) {
  auto [it, is_new] = repeated_.try_emplace(std::string(subject), Repeated{place, std::move(text), 0});
  if (!is_new) ++it->second.more;
}

absl::Status Diagnostics::ErrorStatus() const {
  if (ok()) return absl::OkStatus();
  auto sorted = errors_;
  std::stable_sort(sorted.begin(), sorted.end(), [](const auto& a, const auto& b) { return a.first < b.first; });
  std::string text;
  size_t shown = std::min(sorted.size(), kMaxErrorsShown);
  for (size_t i = 0; i < shown; ++i) {
    absl::StrAppend(&text, i == 0 ? "" : "\n", At(file_, sorted[i].first), ": ", sorted[i].second);
  }
  if (shown < error_count_) absl::StrAppend(&text, "\n", file_, ": and ", error_count_ - shown, " more errors");
  return absl::InvalidArgumentError(text);
}

std::vector<Warning> Diagnostics::Warnings() const {
  std::vector<Warning> all = warnings_;
  for (const auto& [subject, repeated] : repeated_) {
    std::string text = repeated.text;
    if (repeated.more > 0) {
      absl::StrAppend(&text, " (and ", repeated.more, repeated.more == 1 ? " more place)" : " more places)");
    }
    all.push_back(Warning{file_, repeated.place, std::move(text)});
  }
  std::stable_sort(all.begin(), all.end(), [](const Warning& a, const Warning& b) { return a.place < b.place; });
  return all;
}

}  // namespace understudy::daemon
