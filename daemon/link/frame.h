// A frame on the link between the two nodes, as bytes.
//
//   std::string last_words = EncodeFrame(kType, payload);   // prebuilt, for a crash handler
//
//   [u32 length of the payload][u32 CRC-32C][u16 type][u16 0][payload]      little endian
//
// The checksum is of the payload and then of the last four bytes of the header. Values; any thread.
#ifndef UNDERSTUDY_DAEMON_LINK_FRAME_H_
#define UNDERSTUDY_DAEMON_LINK_FRAME_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"

namespace understudy::link {

inline constexpr size_t kFrameHeaderBytes = 12;
inline constexpr size_t kMaxFramePayload = size_t{17} << 20;

// Types from here on are the link's own.
inline constexpr uint16_t kFirstReservedType = 0xfff0;
inline constexpr uint16_t kGreetingType = 0xfffe;  // the first frame each way: kGreeting
inline constexpr uint16_t kGoodbyeType = 0xffff;   // the last one: why, for people
inline constexpr absl::string_view kGreeting = "understudy-link 1";

struct FrameHeader {
  size_t length = 0;  // of the payload, at most kMaxFramePayload
  uint32_t crc = 0;
  uint16_t type = 0;
};

using FrameHeaderBytes = std::array<char, kFrameHeaderBytes>;
FrameHeaderBytes EncodeFrameHeader(uint16_t type, absl::string_view payload);
std::string EncodeFrame(uint16_t type, absl::string_view payload);

// `bytes`: kFrameHeaderBytes of them. DataLoss: no frame begins so.
absl::StatusOr<FrameHeader> DecodeFrameHeader(const char* bytes);

// DataLoss when the payload is not the one that the header was made for.
absl::Status CheckFramePayload(const FrameHeader& header, absl::string_view payload);

}  // namespace understudy::link

#endif  // UNDERSTUDY_DAEMON_LINK_FRAME_H_
