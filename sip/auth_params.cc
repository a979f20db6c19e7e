#include "sip/auth_params.h"

#include <cstddef>

#include "sip/grammar.h"

namespace understudy::sip {

bool AuthParamReader::Fail() {
  ok_ = false;
  rest_ = absl::string_view();
  return false;
}

// An unquoted value is read up to the comma: nonces and URIs without quotes are met, and hold what no token may.
bool AuthParamReader::ReadValue(Param* param) {
  SkipSpace(&rest_);
  size_t length = 0;
  if (!rest_.empty() && rest_[0] == '"') {
    length = QuotedLength(rest_);
  } else {
    while (length < rest_.size() && rest_[length] != ',' && rest_[length] != '"' && !IsSpace(rest_[length])) ++length;
  }
  if (length == 0) return false;
  param->value = rest_.substr(0, length);
  param->has_value = true;
  rest_.remove_prefix(length);
  return true;
}

bool AuthParamReader::Next(Param* param) {
  while (!rest_.empty() && (rest_[0] == ',' || IsSpace(rest_[0]))) rest_.remove_prefix(1);
  if (rest_.empty()) return false;
  if (++count_ > kMaxParams) return Fail();
  *param = Param();
  param->name = TakeToken(&rest_);
  if (param->name.empty()) return Fail();
  SkipSpace(&rest_);
  if (rest_.empty() || rest_[0] != '=') return Fail();
  rest_.remove_prefix(1);
  if (!ReadValue(param)) return Fail();
  SkipSpace(&rest_);
  if (!rest_.empty() && rest_[0] != ',') return Fail();
  return true;
}

absl::string_view TakeScheme(absl::string_view* value) {
  SkipSpace(value);
  const absl::string_view scheme = TakeToken(value);
  const bool apart = value->empty() || IsSpace((*value)[0]);
  return apart ? scheme : absl::string_view();
}

absl::string_view WithoutQuotes(absl::string_view value) {
  const bool quoted = value.size() >= 2 && value.front() == '"';
  return quoted ? value.substr(1, value.size() - 2) : value;
}

bool SetOnce(const Param& param, absl::string_view* slot) {
  if (!slot->empty()) return false;
  *slot = param.value;
  return true;
}

}  // namespace understudy::sip
