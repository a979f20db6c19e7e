#include "sip/sdp.h"

#include <algorithm>
#include <array>
#include <initializer_list>

#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"

namespace understudy::sip {
namespace {

constexpr absl::string_view kSessionLetters = "vosiuepcbtrzka";
constexpr absl::string_view kMediaLetters = "micbka";

// Takes the next field off `*rest`; fields stand one or more spaces apart. Empty at the end.
absl::string_view NextField(absl::string_view* rest) {
  while (!rest->empty() && rest->front() == ' ') rest->remove_prefix(1);
  const absl::string_view field = rest->substr(0, rest->find(' '));
  rest->remove_prefix(field.size());
  return field;
}

// Exactly as many fields as there are targets.
bool ReadFields(absl::string_view text, std::initializer_list<absl::string_view*> fields) {
  for (absl::string_view* field : fields) {
    *field = NextField(&text);
    if (field->empty()) return false;
  }
  return NextField(&text).empty();
}

bool IsDigits(absl::string_view text) {
  return !text.empty() && std::all_of(text.begin(), text.end(), absl::ascii_isdigit);
}

bool ReadUint16(absl::string_view text, uint16_t* out) {
  uint32_t value = 0;
  if (!IsDigits(text) || !absl::SimpleAtoi(text, &value) || value > 65535) return false;
  *out = static_cast<uint16_t>(value);
  return true;
}

bool ReadDirection(absl::string_view attribute, SdpDirection* out) {
  for (SdpDirection direction :
       {SdpDirection::kSendRecv, SdpDirection::kSendOnly, SdpDirection::kRecvOnly, SdpDirection::kInactive}) {
    if (attribute != SdpDirectionName(direction)) continue;
    *out = direction;
    return true;
  }
  return false;
}

class SdpParser {
 public:
  SdpParser(Sdp* sdp, SdpError* error) : sdp_(sdp), error_(error) {}

  bool Parse(absl::string_view body) {
    while (!body.empty()) {
      ++line_;
      const size_t end = body.find('\n');
      absl::string_view line = body.substr(0, end);
      body.remove_prefix(end == absl::string_view::npos ? body.size() : end + 1);
      if (!line.empty() && line.back() == '\r') line.remove_suffix(1);
      if (!ReadLine(line)) return false;
    }
    return line_ > 0 ? true : Fail("empty");
  }

 private:
  bool Fail(absl::string_view text) {
    *error_ = {line_, text};
    return false;
  }

  bool ReadLine(absl::string_view line) {
    if (line.size() < 2 || line[1] != '=') return Fail("not a line of the form x=value");
    if (line.find('\r') != absl::string_view::npos) return Fail("CR inside a line");
    if (line.find('\0') != absl::string_view::npos) return Fail("NUL inside a line");
    if (sdp_->lines.size() == kMaxSdpLines) return Fail("too many lines");
    if (sdp_->lines.empty() && line[0] != 'v') return Fail("does not begin with v=");
    const absl::string_view letters = sdp_->media.empty() ? kSessionLetters : kMediaLetters;
    if (line[0] != 'm' && letters.find(line[0]) == absl::string_view::npos) return Fail("letter out of place");
    const absl::string_view value = line.substr(2);
    sdp_->lines.push_back({line[0], value});
    if (!sdp_->media.empty() && line[0] != 'm') ++sdp_->media.back().line_count;
    return ReadValue(line[0], value);
  }

  bool ReadValue(char type, absl::string_view value) {
    switch (type) {
      case 'v':
        return ReadVersion(value);
      case 'o':
        return ReadOrigin(value);
      case 's':
        return ReadName(value);
      case 't':
        return ReadTime(value);
      case 'c':
        return ReadConnection(value);
      case 'm':
        return ReadMedia(value);
      case 'a':
        return ReadAttribute(value);
      default:
        return true;
    }
  }

  bool ReadVersion(absl::string_view value) {
    if (line_ != 1) return Fail("second v=");
    return value == "0" ? true : Fail("version is not 0");
  }

  bool ReadOrigin(absl::string_view value) {
    if (sdp_->has_origin) return Fail("second o=");
    sdp_->has_origin = true;
    SdpOrigin& o = sdp_->origin;
    if (!ReadFields(value,
                    {&o.username, &o.session_id, &o.session_version, &o.net_type, &o.address_type, &o.address})) {
      return Fail("o= has not six fields");
    }
    if (!IsDigits(o.session_id)) return Fail("session id is not a number");
    return IsDigits(o.session_version) ? true : Fail("session version is not a number");
  }

  bool ReadName(absl::string_view value) {
    if (sdp_->has_session_name) return Fail("second s=");
    sdp_->has_session_name = true;
    sdp_->session_name = value;
    return true;
  }

  bool ReadTime(absl::string_view value) {
    absl::string_view start, stop;
    if (!ReadFields(value, {&start, &stop})) return Fail("t= has not two fields");
    sdp_->has_time = true;
    if (!IsDigits(start)) return Fail("start time is not a number");
    return IsDigits(stop) ? true : Fail("stop time is not a number");
  }

  bool ReadConnection(absl::string_view value) {
    SdpConnection c;
    if (!ReadFields(value, {&c.net_type, &c.address_type, &c.address})) return Fail("c= has not three fields");
    if (sdp_->media.empty()) {
      if (!sdp_->connection.address.empty()) return Fail("second c=");
      sdp_->connection = c;
      return true;
    }
    if (media_has_connection_) return true;
    media_has_connection_ = true;
    sdp_->media.back().connection = c;
    return true;
  }

  bool ReadMedia(absl::string_view value) {
    if (sdp_->media.size() == kMaxSdpMedia) return Fail("too many media");
    SdpMedia media;
    media.media = NextField(&value);
    const absl::string_view ports = NextField(&value);
    media.protocol = NextField(&value);
    media.formats = absl::StripAsciiWhitespace(value);
    if (media.formats.empty()) return Fail("m= has not four fields");
    if (!ReadPorts(ports, &media)) return Fail("port is not a number from 0 to 65535");
    media.connection = sdp_->connection;
    media.direction = sdp_->direction;
    media.first_line = sdp_->lines.size() - 1;
    media.line_count = 1;
    media_has_connection_ = false;
    sdp_->media.push_back(media);
    return true;
  }

  static bool ReadPorts(absl::string_view text, SdpMedia* media) {
    const size_t slash = text.find('/');
    if (slash == absl::string_view::npos) return ReadUint16(text, &media->port);
    if (!ReadUint16(text.substr(slash + 1), &media->port_count)) return false;
    return ReadUint16(text.substr(0, slash), &media->port);
  }

  bool ReadAttribute(absl::string_view value) {
    ReadDirection(absl::StripTrailingAsciiWhitespace(value),
                  sdp_->media.empty() ? &sdp_->direction : &sdp_->media.back().direction);
    return true;
  }

  Sdp* sdp_;
  SdpError* error_;
  size_t line_ = 0;
  bool media_has_connection_ = false;
};

bool ReceivesNothing(const SdpMedia& media) {
  if (media.direction == SdpDirection::kSendOnly || media.direction == SdpDirection::kInactive) return true;
  const absl::string_view address = media.connection.address;
  return address == "0.0.0.0" || address == "::";
}

}  // namespace

void Sdp::Clear() {
  lines.clear();
  origin = SdpOrigin();
  session_name = absl::string_view();
  connection = SdpConnection();
  direction = SdpDirection::kSendRecv;
  media.clear();
  has_origin = false;
  has_session_name = false;
  has_time = false;
}

bool ParseSdp(absl::string_view body, Sdp* sdp, SdpError* error) {
  sdp->Clear();
  *error = SdpError();
  return SdpParser(sdp, error).Parse(body);
}

bool HasAllMandatoryLines(const Sdp& sdp) {
  if (!sdp.has_origin || !sdp.has_session_name || !sdp.has_time) return false;
  return std::all_of(sdp.media.begin(), sdp.media.end(),
                     [](const SdpMedia& media) { return !media.connection.address.empty(); });
}

bool IsHold(const Sdp& sdp) {
  bool has_stream = false;
  for (const SdpMedia& media : sdp.media) {
    if (media.port == 0) continue;
    has_stream = true;
    if (!ReceivesNothing(media)) return false;
  }
  return has_stream;
}

void AppendSdp(const Sdp& sdp, std::string* out) {
  for (const SdpLine& line : sdp.lines) {
    out->push_back(line.type);
    out->push_back('=');
    out->append(line.value.data(), line.value.size());
    out->append("\r\n", 2);
  }
}

absl::string_view SdpDirectionName(SdpDirection direction) {
  static constexpr std::array<absl::string_view, 4> kNames = {"sendrecv", "sendonly", "recvonly", "inactive"};
  return kNames[static_cast<size_t>(direction)];
}

}  // namespace understudy::sip
