// A session description as slices of the body that it was parsed from. RFC 8866 (grammar of RFC 4566),
// directions and hold of RFC 3264.
//
//   Sdp sdp;
//   SdpError error;
//   if (ParseSdp(message.body(), &sdp, &error)) held = IsHold(sdp);
//
// A B2BUA passes bodies on as the octets they are; this reads them to know who holds whom and to show them in
// a dump. Nothing is forwarded or refused because of it. No allocation for descriptions of ordinary size, one
// pass, linear time.
#ifndef UNDERSTUDY_SIP_SDP_H_
#define UNDERSTUDY_SIP_SDP_H_

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"

namespace understudy::sip {

inline constexpr size_t kMaxSdpLines = 1024;
inline constexpr size_t kMaxSdpMedia = 64;

struct SdpLine {
  char type = 0;
  absl::string_view value;  // what follows '=', without the line end
};

// o= (RFC 8866 5.2). The numbers stay text: they may be longer than 64 bits.
struct SdpOrigin {
  absl::string_view username;
  absl::string_view session_id;
  absl::string_view session_version;
  absl::string_view net_type;
  absl::string_view address_type;
  absl::string_view address;
};

// c= (RFC 8866 5.7). All empty: there is none.
struct SdpConnection {
  absl::string_view net_type;      // "IN"
  absl::string_view address_type;  // "IP4", "IP6"
  absl::string_view address;       // with "/ttl" or "/number", when there
};

// As the sender of the description sees it (RFC 3264 5.1). Without an attribute a stream is sendrecv.
enum class SdpDirection : uint8_t { kSendRecv, kSendOnly, kRecvOnly, kInactive };

// m= and the lines under it (RFC 8866 5.14).
struct SdpMedia {
  absl::string_view media;  // "audio"
  uint16_t port = 0;        // 0: the stream is refused or gone (RFC 3264 6)
  uint16_t port_count = 1;
  absl::string_view protocol;                        // "RTP/AVP"
  absl::string_view formats;                         // "0 8 101"
  SdpConnection connection;                          // its own first c=, else the session's
  SdpDirection direction = SdpDirection::kSendRecv;  // its own, else the session's
  size_t first_line = 0;                             // the m= line, in Sdp::lines
  size_t line_count = 0;
};

struct Sdp {
  absl::InlinedVector<SdpLine, 24> lines;  // all of them, in order
  SdpOrigin origin;
  absl::string_view session_name;
  SdpConnection connection;
  SdpDirection direction = SdpDirection::kSendRecv;
  absl::InlinedVector<SdpMedia, 2> media;
  // What RFC 8866 demands and old phones leave out.
  bool has_origin = false;
  bool has_session_name = false;
  bool has_time = false;

  void Clear();
};

struct SdpError {
  size_t line = 0;         // the first is 1
  absl::string_view text;  // static
};

// True: every line is "<letter>=<value>" with a letter of RFC 8866 in a section where it may stand, v= is
// first and 0, o=, c=, t= and m= are well formed. o=, s= and t= may be missing, session lines may stand in any
// order, line ends are CRLF or LF, the last one may be missing. False: `error` names the first trouble, and
// `sdp` holds what came before it. Everything points into `body`.
bool ParseSdp(absl::string_view body, Sdp* sdp, SdpError* error);

// True when RFC 8866 would take it too: v=, o=, s=, t=, and a c= for each medium.
bool HasAllMandatoryLines(const Sdp& sdp);

// True when the sender receives nothing on any stream it has: there is a stream with a port, and each such
// stream is sendonly or inactive, or its address is 0.0.0.0 or :: (RFC 3264 8.4, RFC 2543 B.5).
bool IsHold(const Sdp& sdp);

// Appends the lines with CRLF.
void AppendSdp(const Sdp& sdp, std::string* out);

// "sendrecv" and so on. The text is static.
absl::string_view SdpDirectionName(SdpDirection direction);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_SDP_H_
