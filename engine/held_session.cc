#include "engine/held_session.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "sip/sdp.h"

namespace understudy::engine {
namespace {

bool IsDirection(const sip::SdpLine& line) {
  if (line.type != 'a') return false;
  for (const sip::SdpDirection direction : {sip::SdpDirection::kSendRecv, sip::SdpDirection::kSendOnly,
                                            sip::SdpDirection::kRecvOnly, sip::SdpDirection::kInactive}) {
    if (line.value == sip::SdpDirectionName(direction)) return true;
  }
  return false;
}

void AppendLine(char type, absl::string_view value, std::string* out) {
  out->push_back(type);
  absl::StrAppend(out, "=", value, "\r\n");
}

// A version that is no number of 64 bits stays as it is.
void AppendOrigin(absl::string_view line, const sip::SdpOrigin& origin, uint32_t rewrites, std::string* out) {
  uint64_t version = 0;
  if (!absl::SimpleAtoi(origin.session_version, &version) || version > UINT64_MAX - rewrites) {
    return AppendLine('o', line, out);
  }
  absl::StrAppend(out, "o=", origin.username, " ", origin.session_id, " ", version + rewrites, " ");
  absl::StrAppend(out, origin.net_type, " ", origin.address_type, " ", origin.address, "\r\n");
}

enum class Streams : uint8_t { kAsTheyAre, kInactive };

std::string Rewrite(absl::string_view session, uint32_t rewrites, Streams streams) {
  sip::Sdp sdp;
  sip::SdpError error;
  if (!sip::ParseSdp(session, &sdp, &error)) return std::string(session);
  std::string out;
  for (const sip::SdpLine& line : sdp.lines) {
    if (streams == Streams::kInactive && IsDirection(line)) continue;
    if (line.type == 'o') {
      AppendOrigin(line.value, sdp.origin, rewrites, &out);
    } else {
      AppendLine(line.type, line.value, &out);
    }
  }
  return out;
}

// A medium ends with its attributes: that is where its direction goes.
std::string WithDirection(absl::string_view session) {
  sip::Sdp sdp;
  sip::SdpError error;
  if (!sip::ParseSdp(session, &sdp, &error)) return std::string(session);
  std::string out;
  size_t line = 0;
  for (const sip::SdpMedia& medium : sdp.media) {
    for (; line < medium.first_line + medium.line_count; ++line) {
      AppendLine(sdp.lines[line].type, sdp.lines[line].value, &out);
    }
    AppendLine('a', sip::SdpDirectionName(sip::SdpDirection::kInactive), &out);
  }
  for (; line < sdp.lines.size(); ++line) AppendLine(sdp.lines[line].type, sdp.lines[line].value, &out);
  return out;
}

}  // namespace

std::string HeldSession(absl::string_view session, uint32_t rewrites) {
  return WithDirection(Rewrite(session, rewrites, Streams::kInactive));
}

bool IsHeld(absl::string_view session) {
  sip::Sdp sdp;
  sip::SdpError error;
  return sip::ParseSdp(session, &sdp, &error) && sip::IsHold(sdp);
}

std::string LaterSession(absl::string_view session, uint32_t rewrites) {
  if (rewrites == 0) return std::string(session);
  return Rewrite(session, rewrites, Streams::kAsTheyAre);
}

}  // namespace understudy::engine
