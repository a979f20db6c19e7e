#include "tests/sim/agents/sip_view.h"

#include <cstring>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace understudy::sim {
namespace {

constexpr absl::string_view kNone = {};

absl::string_view DirectionName(char direction) {
  switch (direction) {
    case 'o':
      return "sendonly";
    case 'r':
      return "recvonly";
    case 'i':
      return "inactive";
    default:
      return "sendrecv";
  }
}

// The number at the front of `*rest`, taken off. False: there is none.
bool TakeNumber(absl::string_view* rest, uint32_t* out) {
  uint64_t value = 0;
  size_t digits = 0;
  while (digits < rest->size() && digits < 10 && (*rest)[digits] >= '0' && (*rest)[digits] <= '9') {
    value = value * 10 + static_cast<uint64_t>((*rest)[digits] - '0');
    ++digits;
  }
  if (digits == 0 || value > 0xFFFFFFFF) return false;
  rest->remove_prefix(digits);
  *out = static_cast<uint32_t>(value);
  return true;
}

absl::string_view ParamIn(absl::string_view text, absl::string_view start) {
  const size_t at = text.find(start);
  if (at == absl::string_view::npos) return kNone;
  const absl::string_view rest = text.substr(at + start.size());
  return rest.substr(0, rest.find_first_of(";, "));
}

bool HasListed(absl::string_view list, absl::string_view token) {
  return absl::StrContains(list, token);
}

}  // namespace

bool ReadNumber(absl::string_view text, uint32_t* out) {
  return TakeNumber(&text, out) && text.empty();
}

bool ReadMark(absl::string_view text, StepMark* out) {
  uint32_t side = 0;
  if (!TakeNumber(&text, &out->call) || !absl::ConsumePrefix(&text, ".")) return false;
  if (!TakeNumber(&text, &side) || side > 1 || !absl::ConsumePrefix(&text, ".")) return false;
  out->side = static_cast<uint8_t>(side);
  return ReadNumber(text, &out->step);
}

absl::string_view UriIn(absl::string_view name_addr) {
  const size_t open = name_addr.find('<');
  const size_t close = name_addr.find('>');
  if (open == absl::string_view::npos || close == absl::string_view::npos || close < open) return kNone;
  return name_addr.substr(open + 1, close - open - 1);
}

absl::string_view TagIn(absl::string_view name_addr) {
  const size_t close = name_addr.find('>');
  return close == absl::string_view::npos ? kNone : ParamIn(name_addr.substr(close), ";tag=");
}

// A word at a time; the numbers are those of splitmix64.
uint64_t TextHash(absl::string_view text) {
  uint64_t hash = 0x9e3779b97f4a7c15 ^ text.size();
  while (!text.empty()) {
    uint64_t word = 0;
    const size_t octets = text.size() < sizeof(word) ? text.size() : sizeof(word);
    std::memcpy(&word, text.data(), octets);
    text.remove_prefix(octets);
    hash = (hash ^ word) * 0xbf58476d1ce4e5b9;
    hash ^= hash >> 29;
  }
  hash *= 0x94d049bb133111eb;
  return hash ^ (hash >> 31);
}

const char* SipView::Read(absl::string_view text) {
  bytes = text;
  bool first = true;
  for (absl::string_view rest = text;;) {
    const size_t end = rest.find('\n');
    if (end == absl::string_view::npos || end == 0 || rest[end - 1] != '\r') return "a line that does not end in CRLF";
    const absl::string_view line = rest.substr(0, end - 1);
    const absl::string_view whole = rest.substr(0, end + 1);
    rest.remove_prefix(end + 1);
    if (line.empty()) {
      body = rest;
      break;
    }
    const char* wrong = nullptr;
    if (first) {
      wrong = ReadStartLine(line);
    } else {
      const size_t colon = line.find(": ");
      if (colon == absl::string_view::npos) return "a line that is no header";
      wrong = ReadHeader(line.substr(0, colon), line.substr(colon + 2), whole);
    }
    if (wrong != nullptr) return wrong;
    first = false;
  }
  return CheckCore();
}

const char* SipView::ReadStartLine(absl::string_view line) {
  if (absl::ConsumePrefix(&line, "SIP/2.0 ")) {
    uint32_t code = 0;
    if (!TakeNumber(&line, &code) || code < 100 || code > 699) return "a bad status";
    status = static_cast<int>(code);
    return nullptr;
  }
  is_request = true;
  const size_t space = line.find(' ');
  if (space == absl::string_view::npos || !absl::EndsWith(line, " SIP/2.0")) return "a bad request line";
  method = sip::MethodFromName(line.substr(0, space));
  request_uri = line.substr(space + 1, line.size() - space - 9);
  return method == sip::Method::kUnknown ? "an unknown method" : nullptr;
}

const char* SipView::ReadCSeq(absl::string_view value) {
  cseq_text = value;
  const size_t space = value.find(' ');
  if (space == absl::string_view::npos || !ReadNumber(value.substr(0, space), &cseq)) return "a bad CSeq";
  cseq_method_ = sip::MethodFromName(value.substr(space + 1));
  if (is_request && cseq_method_ != method) return "a CSeq of another method";
  if (!is_request) method = cseq_method_;
  return nullptr;
}

const char* SipView::ReadInterval(absl::string_view value) {
  if (session_expires != 0) return "two Session-Expires";
  if (!TakeNumber(&value, &session_expires) || session_expires == 0) return "a bad Session-Expires";
  if (value.empty()) return nullptr;
  if (value != ";refresher=uac" && value != ";refresher=uas") return "a bad refresher";
  refresher = value[value.size() - 1];
  return nullptr;
}

const char* SipView::ReadHeader(absl::string_view name, absl::string_view value, absl::string_view line) {
  if (name == "Via") {
    if (branch.empty()) {
      branch = ParamIn(value, ";branch=");
      vias = line;
    } else {
      vias = absl::string_view(vias.data(), static_cast<size_t>(line.data() + line.size() - vias.data()));
    }
  } else if (name == "From") {
    from = value;
    from_tag = TagIn(value);
  } else if (name == "To") {
    to = value;
    to_tag = TagIn(value);
  } else if (name == "Call-ID") {
    call_id = value;
  } else if (name == "CSeq") {
    return ReadCSeq(value);
  } else if (name == "Contact") {
    if (++contact_count == 1) {
      contact = UriIn(value);
      contacts = value;
    }
  } else if (name == "Content-Length") {
    length_ = value;
  } else if (name == "Content-Type") {
    content_type = value;
  } else if (name == "X-Sim") {
    if (!ReadMark(value, &mark)) return "a bad X-Sim";
  } else if (name == "RSeq") {
    if (!ReadNumber(value, &rseq) || rseq == 0) return "a bad RSeq";
  } else if (name == "RAck") {
    rack = value;
  } else if (name == "Require") {
    requires_100rel |= HasListed(value, "100rel");
    requires_timer |= HasListed(value, "timer");
  } else if (name == "Supported") {
    supports_100rel |= HasListed(value, "100rel");
    supports_timer |= HasListed(value, "timer");
  } else if (name == "Session-Expires") {
    return ReadInterval(value);
  } else if (name == "Min-SE") {
    if (!ReadNumber(value, &min_se) || min_se == 0) return "a bad Min-SE";
  } else if (name == "Refer-To") {
    refer_to = UriIn(value);
  }
  return nullptr;
}

const char* SipView::CheckCore() const {
  uint32_t length = 0;
  if (!ReadNumber(length_, &length) || length != body.size()) return "a Content-Length that is not its body's";
  if (!absl::StartsWith(branch, "z9hG4bK")) return "no branch";
  if (from_tag.empty()) return "no From tag";
  if (UriIn(to).empty()) return "no To";
  if (call_id.empty()) return "no Call-ID";
  if (cseq_method_ == sip::Method::kUnknown) return "no CSeq";
  if (!is_request && status > 100 && to_tag.empty()) return "an answer without a To tag";
  return nullptr;
}

void AppendSession(uint32_t call, uint8_t side, uint32_t version, char direction, std::string* out) {
  const uint32_t session = call * 2 + side;
  const uint32_t host = 1 + session % 250;
  absl::StrAppend(out, "v=0\r\no=- ", session, " ", version, " IN IP4 10.77.0.", host, "\r\ns=-\r\nc=IN IP4 10.77.0.");
  absl::StrAppend(out, host, "\r\nt=0 0\r\nm=audio ", 10000 + 2 * (session % 20000), " RTP/AVP 0 8\r\na=");
  absl::StrAppend(out, DirectionName(direction), "\r\n");
}

bool ReadSession(absl::string_view body, SessionView* out) {
  absl::string_view rest = body;
  uint32_t session = 0;
  if (!absl::ConsumePrefix(&rest, "v=0\r\no=- ") || !TakeNumber(&rest, &session)) return false;
  if (!absl::ConsumePrefix(&rest, " ") || !TakeNumber(&rest, &out->version)) return false;
  out->call = session / 2;
  out->side = static_cast<uint8_t>(session % 2);
  for (char direction : {'s', 'o', 'r', 'i'}) {
    if (!absl::EndsWith(body, absl::StrCat("\r\na=", DirectionName(direction), "\r\n"))) continue;
    out->direction = direction;
    std::string expected;
    AppendSession(out->call, out->side, out->version, direction, &expected);
    return body == expected;
  }
  return false;
}

}  // namespace understudy::sim
