// Any octets as a session description: what was accepted, written and parsed again is the same description.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "sip/sdp.h"

namespace understudy::sip {
namespace {

void CheckSameConnection(const SdpConnection& a, const SdpConnection& b) {
  US_CHECK_EQ(a.net_type, b.net_type);
  US_CHECK_EQ(a.address_type, b.address_type);
  US_CHECK_EQ(a.address, b.address);
}

void CheckSameMedia(const SdpMedia& a, const SdpMedia& b) {
  US_CHECK_EQ(a.media, b.media);
  US_CHECK_EQ(a.port, b.port);
  US_CHECK_EQ(a.port_count, b.port_count);
  US_CHECK_EQ(a.protocol, b.protocol);
  US_CHECK_EQ(a.formats, b.formats);
  US_CHECK(a.direction == b.direction);
  US_CHECK_EQ(a.first_line, b.first_line);
  US_CHECK_EQ(a.line_count, b.line_count);
  CheckSameConnection(a.connection, b.connection);
}

void CheckSame(const Sdp& a, const Sdp& b) {
  US_CHECK_EQ(a.lines.size(), b.lines.size());
  for (size_t i = 0; i < a.lines.size(); ++i) {
    US_CHECK_EQ(a.lines[i].type, b.lines[i].type);
    US_CHECK_EQ(a.lines[i].value, b.lines[i].value);
  }
  US_CHECK_EQ(a.media.size(), b.media.size());
  for (size_t i = 0; i < a.media.size(); ++i) CheckSameMedia(a.media[i], b.media[i]);
  CheckSameConnection(a.connection, b.connection);
  US_CHECK_EQ(a.origin.session_id, b.origin.session_id);
  US_CHECK_EQ(a.origin.address, b.origin.address);
  US_CHECK_EQ(a.session_name, b.session_name);
  US_CHECK(a.direction == b.direction);
  US_CHECK_EQ(HasAllMandatoryLines(a), HasAllMandatoryLines(b));
  US_CHECK_EQ(IsHold(a), IsHold(b));
}

// Each medium's lines follow the last one's, and the first is its m=.
void CheckLines(const Sdp& sdp) {
  US_CHECK_LE(sdp.lines.size(), kMaxSdpLines);
  US_CHECK_LE(sdp.media.size(), kMaxSdpMedia);
  if (sdp.media.empty()) return;
  size_t next = sdp.media.front().first_line;
  for (const SdpMedia& media : sdp.media) {
    US_CHECK_EQ(media.first_line, next);
    US_CHECK_EQ(sdp.lines[media.first_line].type, 'm');
    next += media.line_count;
  }
  US_CHECK_EQ(next, sdp.lines.size());
}

void FuzzSdp(absl::string_view body) {
  Sdp sdp;
  SdpError error;
  if (!ParseSdp(body, &sdp, &error)) {
    US_CHECK(!error.text.empty());
    return;
  }
  CheckLines(sdp);
  std::string written;
  AppendSdp(sdp, &written);
  Sdp again;
  US_CHECK(ParseSdp(written, &again, &error));
  CheckSame(sdp, again);
}

}  // namespace
}  // namespace understudy::sip

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  understudy::sip::FuzzSdp(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
