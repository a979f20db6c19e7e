#include "daemon/net/stun.h"

#include <algorithm>
#include <cstddef>
#include <cstdint>
#include <iterator>

namespace understudy::net {
namespace {

constexpr size_t kHeader = 20;
constexpr size_t kAttributeHeader = 4;
constexpr uint32_t kCookie = 0x2112A442;
constexpr uint16_t kBindingRequest = 0x0001;
constexpr uint16_t kBindingSuccess = 0x0101;
constexpr uint16_t kBindingError = 0x0111;
constexpr uint16_t kErrorCode = 0x0009;
constexpr uint16_t kUnknownAttributes = 0x000A;
constexpr uint16_t kXorMappedAddress = 0x0020;
constexpr uint16_t kFirstOptional = 0x8000;
constexpr size_t kMostUnknown = 8;

// USERNAME, MESSAGE-INTEGRITY, REALM, NONCE, MESSAGE-INTEGRITY-SHA256, PASSWORD-ALGORITHM, USERHASH: understood, and
// nobody is asked for a password here.
constexpr uint16_t kUnderstood[] = {0x0006, 0x0008, 0x0014, 0x0015, 0x001C, 0x001D, 0x001E};

uint16_t Get16(absl::string_view bytes, size_t at) {
  return static_cast<uint16_t>(static_cast<uint8_t>(bytes[at]) << 8 | static_cast<uint8_t>(bytes[at + 1]));
}

uint32_t Get32(absl::string_view bytes, size_t at) {
  return uint32_t{Get16(bytes, at)} << 16 | Get16(bytes, at + 2);
}

void Put16(uint32_t value, std::string* out) {
  out->push_back(static_cast<char>(value >> 8));
  out->push_back(static_cast<char>(value));
}

std::string Begin(uint16_t type, size_t length, absl::string_view request) {
  std::string out;
  Put16(type, &out);
  Put16(static_cast<uint32_t>(length), &out);
  out.append(request.data() + 4, kHeader - 4);  // the cookie and the transaction
  return out;
}

// RFC 8489 section 14.2: the address XOR cookie and transaction.
std::string Mapped(absl::string_view request, const Endpoint& remote) {
  const size_t skipped = remote.is_v4() ? 12 : 0;
  const size_t size = remote.ip().size() - skipped;
  std::string out = Begin(kBindingSuccess, kAttributeHeader + 4 + size, request);
  Put16(kXorMappedAddress, &out);
  Put16(static_cast<uint32_t>(4 + size), &out);
  Put16(remote.is_v4() ? 1 : 2, &out);
  Put16(remote.port() ^ (kCookie >> 16), &out);
  for (size_t i = 0; i < size; ++i) {
    out.push_back(static_cast<char>(remote.ip()[skipped + i] ^ static_cast<uint8_t>(request[4 + i])));
  }
  return out;
}

// Section 14.8: class 4, number 20, without a phrase; section 14.10: the types, padded to four octets.
std::string Refused(absl::string_view request, const std::string& unknown) {
  const size_t padded = (unknown.size() + 3) / 4 * 4;
  std::string out = Begin(kBindingError, 2 * kAttributeHeader + 4 + padded, request);
  Put16(kErrorCode, &out);
  Put16(4, &out);
  Put16(0, &out);
  Put16(4 << 8 | 20, &out);
  Put16(kUnknownAttributes, &out);
  Put16(static_cast<uint32_t>(unknown.size()), &out);
  out += unknown;
  out.resize(out.size() + padded - unknown.size());
  return out;
}

// The types that must be understood and are not, as 14.10 wants them. False: they are malformed.
bool ReadAttributes(absl::string_view request, std::string* unknown) {
  for (size_t at = kHeader; at < request.size();) {
    if (request.size() - at < kAttributeHeader) return false;
    const uint16_t type = Get16(request, at);
    const size_t size = (size_t{Get16(request, at + 2)} + 3) / 4 * 4;
    at += kAttributeHeader;
    if (request.size() - at < size) return false;
    at += size;
    const bool known = std::find(std::begin(kUnderstood), std::end(kUnderstood), type) != std::end(kUnderstood);
    if (type < kFirstOptional && !known && unknown->size() < 2 * kMostUnknown) Put16(type, unknown);
  }
  return true;
}

}  // namespace

bool IsStun(absl::string_view datagram) {
  if (datagram.size() < kHeader || (datagram[0] & 0xC0) != 0) return false;
  return Get32(datagram, 4) == kCookie;
}

std::string AnswerToStun(absl::string_view datagram, const Endpoint& remote) {
  if (!IsStun(datagram) || Get16(datagram, 0) != kBindingRequest) return "";
  if (datagram.size() - kHeader != Get16(datagram, 2) || datagram.size() % 4 != 0) return "";
  std::string unknown;
  if (!ReadAttributes(datagram, &unknown)) return "";
  return unknown.empty() ? Mapped(datagram, remote) : Refused(datagram, unknown);
}

}  // namespace understudy::net
