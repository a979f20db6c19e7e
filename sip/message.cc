#include "sip/message.h"

#include "absl/strings/match.h"

namespace understudy::sip {

const HeaderField* Message::Find(HeaderName name) const {
  const size_t bit = static_cast<size_t>(name);
  if ((present_[bit / 64] >> (bit % 64) & 1) == 0) return nullptr;
  for (const HeaderField& field : headers_) {
    if (field.id == name) return &field;
  }
  return nullptr;
}

const HeaderField* Message::FindText(absl::string_view name) const {
  const HeaderName id = HeaderNameFromText(name);
  if (id != HeaderName::kUnknown) return Find(id);
  for (const HeaderField& field : headers_) {
    if (field.id == HeaderName::kUnknown && absl::EqualsIgnoreCase(field.name, name)) return &field;
  }
  return nullptr;
}

absl::string_view Message::ValueOf(HeaderName name) const {
  const HeaderField* field = Find(name);
  return field == nullptr ? absl::string_view() : field->value;
}

void Message::Clear() {
  is_request_ = false;
  method_ = Method::kUnknown;
  status_ = 0;
  max_forwards_.reset();
  content_length_.reset();
  method_text_ = reason_ = call_id_ = body_ = raw_ = absl::string_view();
  present_[0] = present_[1] = 0;
  request_uri_ = Uri();
  top_via_ = Via();
  from_ = NameAddr();
  to_ = NameAddr();
  cseq_ = CSeq();
  headers_.clear();
}

}  // namespace understudy::sip
