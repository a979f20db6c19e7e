#include "sip/params.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "sip/grammar.h"

namespace understudy::sip {

bool ParamReader::Fail() {
  ok_ = false;
  rest_ = absl::string_view();
  return false;
}

bool ParamReader::ReadValue(Param* param) {
  param->has_value = true;
  SkipSpace(&rest_);
  size_t length = 0;
  if (!rest_.empty() && rest_[0] == '"') {
    length = QuotedLength(rest_);
    if (length == 0) return false;
  } else {
    while (length < rest_.size() && !Is(rest_[length], kValueEnd)) ++length;
  }
  param->value = rest_.substr(0, length);
  rest_.remove_prefix(length);
  return true;
}

// An empty parameter (";;", a ';' at the end) is skipped: many senders write one.
bool ParamReader::Next(Param* param) {
  while (!rest_.empty() && (rest_[0] == ';' || IsSpace(rest_[0]))) rest_.remove_prefix(1);
  if (rest_.empty()) return false;
  if (++count_ > kMaxParams) return Fail();
  *param = Param();
  param->name = TakeToken(&rest_);
  if (param->name.empty()) return Fail();
  SkipSpace(&rest_);
  if (!rest_.empty() && rest_[0] == '=') {
    rest_.remove_prefix(1);
    if (!ReadValue(param)) return Fail();
    SkipSpace(&rest_);
  }
  if (!rest_.empty() && rest_[0] != ';') return Fail();
  return true;
}

absl::optional<absl::string_view> FindParam(absl::string_view params, absl::string_view name) {
  ParamReader reader(params);
  for (Param param; reader.Next(&param);) {
    if (absl::EqualsIgnoreCase(param.name, name)) return param.value;
  }
  return absl::nullopt;
}

void Unquote(absl::string_view value, std::string* out) {
  if (value.size() < 2 || value.front() != '"' || value.back() != '"') {
    out->append(value.data(), value.size());
    return;
  }
  value = value.substr(1, value.size() - 2);
  for (size_t i = 0; i < value.size(); ++i) {
    if (value[i] == '\\' && i + 1 < value.size()) ++i;
    out->push_back(value[i]);
  }
}

}  // namespace understudy::sip
