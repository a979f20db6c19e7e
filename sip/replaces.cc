#include "sip/replaces.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "sip/grammar.h"
#include "sip/params.h"

namespace understudy::sip {
namespace {

// callid = word [ "@" word ], RFC 3261 25.1.
bool IsCallId(absl::string_view text) {
  constexpr absl::string_view kWord = "()<>:\\\"/[]?{}";
  bool at = false;
  for (size_t i = 0; i < text.size(); ++i) {
    const char c = text[i];
    if (c == '@') {
      if (at || i == 0 || i + 1 == text.size()) return false;
      at = true;
    } else if (!Is(c, kTokenChar) && kWord.find(c) == absl::string_view::npos) {
      return false;
    }
  }
  return !text.empty();
}

// What a URI may hold escaped, and no header may (25.1).
bool IsControl(char c) {
  return (static_cast<unsigned char>(c) < 0x20 && !IsSpace(c)) || c == 0x7F;
}

bool TakeTag(const Param& param, absl::string_view* tag) {
  if (!tag->empty() || !IsToken(param.value)) return false;
  *tag = param.value;
  return true;
}

bool ParseNamed(absl::string_view text, absl::string_view own, absl::string_view others, Replaces* out) {
  *out = Replaces();
  text = Trim(text);
  if (text.size() > kMostReplaces || std::any_of(text.begin(), text.end(), IsControl)) return false;
  const size_t end = Find(text, ';');
  if (end == absl::string_view::npos) return false;
  out->call_id = Trim(text.substr(0, end));
  if (!IsCallId(out->call_id)) return false;
  ParamReader reader(text.substr(end));
  for (Param param; reader.Next(&param);) {
    if (absl::EqualsIgnoreCase(param.name, own)) {
      if (!TakeTag(param, &out->to_tag)) return false;
    } else if (absl::EqualsIgnoreCase(param.name, others)) {
      if (!TakeTag(param, &out->from_tag)) return false;
    } else if (absl::EqualsIgnoreCase(param.name, "early-only")) {
      out->early_only = true;
    }
  }
  return reader.ok() && !out->to_tag.empty() && !out->from_tag.empty();
}

}  // namespace

bool ParseReplaces(absl::string_view text, Replaces* out) {
  return ParseNamed(text, "to-tag", "from-tag", out);
}

bool ParseTargetDialog(absl::string_view text, TargetDialog* out) {
  Replaces named;
  const bool parsed = ParseNamed(text, "local-tag", "remote-tag", &named);
  *out = TargetDialog{named.call_id, named.to_tag, named.from_tag};
  return parsed;
}

}  // namespace understudy::sip
