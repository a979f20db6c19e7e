#include "daemon/link/frame.h"

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/crc32c.h"

namespace understudy::link {
namespace {

constexpr char kTlsHandshake[] = {0x16, 0x03};

void Put(uint64_t value, int bytes, char* out) {
  for (int i = 0; i < bytes; ++i) out[i] = static_cast<char>(value >> (8 * i));
}

uint32_t Get(const char* in, int bytes) {
  uint32_t value = 0;
  for (int i = 0; i < bytes; ++i) value |= uint32_t{static_cast<uint8_t>(in[i])} << (8 * i);
  return value;
}

uint32_t Checksum(const char* type_bytes, absl::string_view payload) {
  return Crc32c({type_bytes, 4}, Crc32c(payload));
}

}  // namespace

FrameHeaderBytes EncodeFrameHeader(uint16_t type, absl::string_view payload) {
  US_CHECK_LE(payload.size(), kMaxFramePayload);
  FrameHeaderBytes bytes;
  Put(payload.size(), 4, &bytes[0]);
  Put(type, 4, &bytes[8]);
  Put(Checksum(&bytes[8], payload), 4, &bytes[4]);
  return bytes;
}

std::string EncodeFrame(uint16_t type, absl::string_view payload) {
  const FrameHeaderBytes header = EncodeFrameHeader(type, payload);
  return absl::StrCat(absl::string_view(header.data(), header.size()), payload);
}

absl::StatusOr<FrameHeader> DecodeFrameHeader(const char* bytes) {
  const uint32_t length = Get(bytes, 4);
  const bool padded = Get(bytes + 10, 2) == 0;
  if (length <= kMaxFramePayload && padded)
    return FrameHeader{length, Get(bytes + 4, 4), static_cast<uint16_t>(Get(bytes + 8, 2))};
  if (absl::string_view(bytes, 2) == absl::string_view(kTlsHandshake, 2)) {
    return absl::DataLossError("not a frame: the peer speaks TLS, and this node does not");
  }
  if (length > kMaxFramePayload) {
    return absl::DataLossError(absl::StrCat("not a frame, or one of ", length, " bytes: at most ", kMaxFramePayload));
  }
  return absl::DataLossError("not a frame: the last two bytes of its header are not zero");
}

absl::Status CheckFramePayload(const FrameHeader& header, absl::string_view payload) {
  char type_bytes[4];
  Put(header.type, 4, type_bytes);
  if (Checksum(type_bytes, payload) == header.crc) return absl::OkStatus();
  return absl::DataLossError(
      absl::StrCat("a frame of type ", header.type, " with ", payload.size(), " bytes has a wrong checksum"));
}

}  // namespace understudy::link
