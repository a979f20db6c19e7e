#include "sip/via.h"

#include <cstddef>

#include "absl/strings/match.h"
#include "sip/grammar.h"
#include "sip/host.h"
#include "sip/number.h"
#include "sip/params.h"

namespace understudy::sip {
namespace {

// "SIP / 2.0 / UDP": RFC 3261 25.1 sent-protocol, LWS around the slashes.
bool TakeProtocol(absl::string_view* text, Via* out) {
  absl::string_view* parts[] = {&out->protocol, &out->version, &out->transport};
  for (size_t i = 0; i < 3; ++i) {
    *parts[i] = TakeToken(text);
    if (parts[i]->empty()) return false;
    if (i == 2) break;
    SkipSpace(text);
    if (text->empty() || text->front() != '/') return false;
    text->remove_prefix(1);
    SkipSpace(text);
  }
  return !text->empty() && IsSpace(text->front());
}

bool ReadRport(const Param& param, Via* out) {
  out->rport = uint16_t{0};
  if (param.value.empty()) return true;
  uint32_t port = 0;
  if (!ParseNumber(param.value, 65535, &port) || port == 0) return false;
  out->rport = static_cast<uint16_t>(port);
  return true;
}

bool ReadParam(const Param& param, Via* out) {
  if (out->branch.empty() && absl::EqualsIgnoreCase(param.name, "branch")) {
    out->branch = param.value;
    out->has_cookie = absl::StartsWithIgnoreCase(param.value, kBranchCookie);
  } else if (absl::EqualsIgnoreCase(param.name, "received")) {
    out->received = WithoutBrackets(param.value);
  } else if (absl::EqualsIgnoreCase(param.name, "maddr")) {
    out->maddr = param.value;
  } else if (absl::EqualsIgnoreCase(param.name, "rport")) {
    return ReadRport(param, out);
  }
  return true;
}

}  // namespace

bool ParseVia(absl::string_view text, Via* out) {
  *out = Via();
  text = Trim(text);
  out->text = text;
  if (!TakeProtocol(&text, out)) return false;
  SkipSpace(&text);
  const absl::string_view sent_by = text.substr(0, Find(text, ';'));
  HostPort parsed;
  if (!ParseHostPort(Trim(sent_by), &parsed)) return false;
  out->host = parsed.host;
  out->port = parsed.port;
  out->params = text.substr(sent_by.size());
  ParamReader reader(out->params);
  for (Param param; reader.Next(&param);) {
    if (!ReadParam(param, out)) return false;
  }
  return reader.ok();
}

}  // namespace understudy::sip
