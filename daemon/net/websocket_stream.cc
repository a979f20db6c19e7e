#include "daemon/net/websocket_stream.h"

#include <openssl/sha.h>

#include <algorithm>
#include <boost/beast/core/error.hpp>
#include <boost/beast/http/empty_body.hpp>
#include <boost/beast/http/parser.hpp>
#include <boost/beast/http/rfc7230.hpp>
#include <boost/beast/websocket/rfc6455.hpp>

#include "absl/strings/escaping.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "tlib/text.h"

namespace understudy::net {
namespace {

namespace asio = boost::asio;
namespace http = boost::beast::http;
using Request = http::request<http::empty_body>;

constexpr size_t kMostRequest = 8 << 10;
constexpr size_t kMostControl = 125;
constexpr char kGuid[] = "258EAFA5-E914-47DA-95CA-C5AB0DC85B11";  // RFC 6455 section 1.3
constexpr uint8_t kLast = 0x80;
constexpr uint8_t kReserved = 0x70;
constexpr uint8_t kMasked = 0x80;

enum Opcode : uint8_t { kContinuation = 0, kText = 1, kBinary = 2, kClose = 8, kPing = 9, kPong = 10 };

// Section 7.4.1.
constexpr uint16_t kNormal = 1000;
constexpr uint16_t kGoingAway = 1001;
constexpr uint16_t kProtocolError = 1002;
constexpr uint16_t kTooBig = 1009;

std::string AcceptOf(absl::string_view key) {
  const std::string text = absl::StrCat(key, kGuid);
  unsigned char digest[SHA_DIGEST_LENGTH];
  SHA1(reinterpret_cast<const unsigned char*>(text.data()), text.size(), digest);
  return absl::Base64Escape(absl::string_view(reinterpret_cast<const char*>(digest), sizeof digest));
}

// Sixteen octets (section 4.1).
bool IsKey(absl::string_view key) {
  std::string nonce;
  return key.size() == 24 && absl::Base64Unescape(key, &nonce) && nonce.size() == 16;
}

absl::string_view FieldOf(const Request& request, http::field field) {
  const auto value = request[field];
  return absl::string_view(value.data(), value.size());
}

bool OffersSip(const Request& request) {
  for (const auto& protocol : http::token_list(request[http::field::sec_websocket_protocol])) {
    if (absl::EqualsIgnoreCase(absl::string_view(protocol.data(), protocol.size()), "sip")) return true;
  }
  return false;
}

// What to answer instead of 101.
struct Refusal {
  absl::string_view status;
  absl::string_view why;
};
constexpr Refusal kNoHandshake = {"400 Bad Request", "only WebSocket is spoken here"};
constexpr Refusal kNoUpgrade = {"426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
                                "only WebSocket is spoken here"};
constexpr Refusal kOtherVersion = {"426 Upgrade Required\r\nUpgrade: websocket\r\nSec-WebSocket-Version: 13",
                                   "the version of WebSocket is 13"};

// Sections 4.2.1 and 4.2.2, and the subprotocol "sip" (RFC 7118 section 4).
absl::optional<Refusal> WhyRefused(const Request& request, const std::vector<std::string>& origins) {
  if (!boost::beast::websocket::is_upgrade(request)) return kNoUpgrade;
  if (FieldOf(request, http::field::sec_websocket_version) != "13") return kOtherVersion;
  if (!IsKey(FieldOf(request, http::field::sec_websocket_key))) {
    return Refusal{"400 Bad Request", "Sec-WebSocket-Key is 16 octets in base64"};
  }
  const absl::string_view origin = FieldOf(request, http::field::origin);
  if (!origin.empty() && !origins.empty() && std::find(origins.begin(), origins.end(), origin) == origins.end()) {
    return Refusal{"403 Forbidden", "this origin is not in sip-ws-origins"};
  }
  if (!OffersSip(request)) return Refusal{"400 Bad Request", "the subprotocol is sip"};
  return absl::nullopt;
}

uint64_t BigEndian(absl::string_view bytes) {
  uint64_t value = 0;
  for (char c : bytes) value = value << 8 | static_cast<uint8_t>(c);
  return value;
}

void AppendFrame(uint8_t opcode, absl::string_view payload, std::string* out) {
  out->push_back(static_cast<char>(kLast | opcode));
  int more = 0;
  if (payload.size() <= kMostControl) {
    out->push_back(static_cast<char>(payload.size()));
  } else {
    more = payload.size() <= 0xFFFF ? 2 : 8;
    out->push_back(static_cast<char>(more == 2 ? 126 : 127));
  }
  for (int i = more - 1; i >= 0; --i) out->push_back(static_cast<char>(uint64_t{payload.size()} >> (8 * i)));
  out->append(payload.data(), payload.size());
}

void AppendClose(uint16_t code, std::string* out) {
  const char status[] = {static_cast<char>(code >> 8), static_cast<char>(code)};
  AppendFrame(kClose, absl::string_view(status, sizeof status), out);
}

}  // namespace

std::string WebsocketStream::Frame(absl::string_view message) {
  std::string frame;
  frame.reserve(message.size() + 10);
  AppendFrame(tlib::IsText(message) ? kText : kBinary, message, &frame);
  return frame;
}

std::string WebsocketStream::Goodbye() {
  std::string frame;
  AppendClose(kGoingAway, &frame);
  return frame;
}

std::string WebsocketStream::TakeOutput() {
  std::string output;
  output.swap(output_);
  return output;
}

void WebsocketStream::Feed(absl::string_view octets) {
  buffer_.erase(0, begin_);
  begin_ = 0;
  buffer_.append(octets.data(), octets.size());
}

WebsocketStream::Event WebsocketStream::Next(absl::string_view* message) {
  if (ended_) return Event::kEnded;
  if (!open_) return Open();
  if (given_) message_.clear();
  given_ = false;
  for (;;) {
    Header header;
    const Whole whole = ReadHeader(&header);
    if (whole == Whole::kBroken) return End(Event::kBroken, kProtocolError);
    if (whole == Whole::kNotYet) return Event::kNeedMore;
    if (header.opcode < kClose &&
        header.payload > options_->message_octets - std::min(message_.size(), options_->message_octets)) {
      return End(Event::kTooLarge, kTooBig);
    }
    if (buffer_.size() - begin_ < header.octets + header.payload) return Event::kNeedMore;
    const Event event = Take(header);
    if (event == Event::kNeedMore) continue;
    *message = message_;
    return event;
  }
}

WebsocketStream::Event WebsocketStream::Open() {
  if (!absl::StartsWith("GET ", absl::string_view(buffer_).substr(0, 4))) {
    return Refuse(kNoHandshake.status, kNoHandshake.why);
  }
  const size_t end = buffer_.find("\r\n\r\n");
  if (end == std::string::npos && buffer_.size() <= kMostRequest) return Event::kNeedMore;
  http::request_parser<http::empty_body> parser;
  parser.header_limit(kMostRequest);
  boost::beast::error_code error;
  if (end != std::string::npos) parser.put(asio::const_buffer(buffer_.data(), end + 4), error);
  if (error || !parser.is_header_done()) return Refuse(kNoHandshake.status, kNoHandshake.why);
  if (const auto refusal = WhyRefused(parser.get(), options_->origins)) return Refuse(refusal->status, refusal->why);
  absl::StrAppend(&output_,
                  "HTTP/1.1 101 Switching Protocols\r\nUpgrade: websocket\r\nConnection: Upgrade\r\n"
                  "Sec-WebSocket-Accept: ",
                  AcceptOf(FieldOf(parser.get(), http::field::sec_websocket_key)),
                  "\r\nSec-WebSocket-Protocol: sip\r\n\r\n");
  begin_ += end + 4;
  open_ = true;
  return Event::kOpened;
}

WebsocketStream::Event WebsocketStream::Refuse(absl::string_view status, absl::string_view why) {
  absl::StrAppend(&output_, "HTTP/1.1 ", status,
                  "\r\nConnection: close\r\nContent-Type: text/plain\r\nContent-Length: ", why.size() + 1, "\r\n\r\n",
                  why, "\n");
  ended_ = true;
  return Event::kEnded;
}

// Section 5.2; whoever connects masks (5.1), and control frames are short and whole (5.5).
WebsocketStream::Whole WebsocketStream::ReadHeader(Header* header) const {
  const absl::string_view rest = absl::string_view(buffer_).substr(begin_);
  if (rest.size() < 2) return Whole::kNotYet;
  const uint8_t first = static_cast<uint8_t>(rest[0]);
  const uint8_t second = static_cast<uint8_t>(rest[1]);
  if ((first & kReserved) != 0 || (second & kMasked) == 0) return Whole::kBroken;
  const uint8_t length = second & ~kMasked;
  const size_t more = length == 126 ? 2 : length == 127 ? 8 : 0;
  header->opcode = first & 0x0F;
  header->last = (first & kLast) != 0;
  header->octets = 2 + more + 4;
  const bool control = header->opcode >= kClose;
  if (control && (length > kMostControl || !header->last)) return Whole::kBroken;
  if (rest.size() < header->octets) return Whole::kNotYet;
  header->payload = more == 0 ? length : BigEndian(rest.substr(2, more));
  return Whole::kYes;
}

WebsocketStream::Event WebsocketStream::Take(const Header& header) {
  const char* const mask = buffer_.data() + begin_ + header.octets - 4;
  std::string payload = buffer_.substr(begin_ + header.octets, header.payload);
  for (size_t i = 0; i < payload.size(); ++i) payload[i] = static_cast<char>(payload[i] ^ mask[i % 4]);
  begin_ += header.octets + header.payload;
  return header.opcode >= kClose ? TakeControl(header, payload) : TakeData(header, payload);
}

WebsocketStream::Event WebsocketStream::TakeData(const Header& header, absl::string_view payload) {
  const bool begins = header.opcode == kText || header.opcode == kBinary;
  if (!begins && header.opcode != kContinuation) return End(Event::kBroken, kProtocolError);
  if (begins == in_message_) return End(Event::kBroken, kProtocolError);
  message_.append(payload.data(), payload.size());
  in_message_ = !header.last;
  if (in_message_) return Event::kNeedMore;
  given_ = true;
  return Event::kMessage;
}

WebsocketStream::Event WebsocketStream::TakeControl(const Header& header, absl::string_view payload) {
  switch (header.opcode) {
    case kPing:
      AppendFrame(kPong, payload, &output_);
      return Event::kPing;
    case kPong:
      return Event::kNeedMore;
    case kClose:
      return End(Event::kEnded, kNormal);
    default:
      return End(Event::kBroken, kProtocolError);
  }
}

WebsocketStream::Event WebsocketStream::End(Event how, uint16_t code) {
  AppendClose(code, &output_);
  ended_ = true;
  return how;
}

}  // namespace understudy::net
