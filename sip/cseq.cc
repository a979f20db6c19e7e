#include "sip/cseq.h"

#include <limits>

#include "sip/grammar.h"
#include "sip/number.h"

namespace understudy::sip {
namespace {

constexpr uint32_t kMaxCSeq = (uint32_t{1} << 31) - 1;

// "LWS" must follow a number before what comes next.
bool TakeNumberAndSpace(absl::string_view* text, uint32_t max, uint32_t* out) {
  if (!TakeNumber(text, max, out)) return false;
  if (text->empty() || !IsSpace(text->front())) return false;
  SkipSpace(text);
  return true;
}

}  // namespace

bool ParseCSeq(absl::string_view text, CSeq* out) {
  *out = CSeq();
  text = Trim(text);
  if (!TakeNumberAndSpace(&text, kMaxCSeq, &out->number)) return false;
  if (!IsToken(text)) return false;
  out->method_text = text;
  out->method = MethodFromName(text);
  return true;
}

bool ParseRAck(absl::string_view text, RAck* out) {
  *out = RAck();
  text = Trim(text);
  if (!TakeNumberAndSpace(&text, std::numeric_limits<uint32_t>::max(), &out->rseq)) return false;
  return out->rseq != 0 && ParseCSeq(text, &out->cseq);
}

}  // namespace understudy::sip
