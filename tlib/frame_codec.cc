#include "tlib/frame_codec.h"

#include <array>
#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "tlib/frame.capnp.h"
#include "tlib/message_codec.h"
#include "tlib/segment.h"
#include "tlib/text.h"

namespace understudy::tlib {
namespace {

constexpr size_t kLengthOctets = 4;
constexpr size_t kFrameOctets = 128;  // every alternative without its texts and its message

struct Writer {
  wire::Frame::Builder out;

  void operator()(const Hello& frame) {
    auto hello = out.initHello();
    hello.setVersion(frame.version);
    hello.setAddpMilliseconds(frame.addp_milliseconds);
    hello.setApplication(AsCapnpText(AsText(frame.application, kMostNameOctets)));
    hello.setPassword(AsCapnpText(AsText(frame.password, kMostNameOctets)));
  }
  void operator()(const Welcome& frame) {
    auto welcome = out.initWelcome();
    welcome.setVersion(frame.version);
    welcome.setAddpMilliseconds(frame.addp_milliseconds);
    welcome.setSessionTimeoutMilliseconds(frame.session_timeout_milliseconds);
    welcome.setMostFrameOctets(frame.most_frame_octets);
    welcome.setRequestWindow(frame.request_window);
    welcome.setRole(static_cast<uint8_t>(frame.role));
    welcome.setServer(AsCapnpText(AsText(frame.server, kMostNameOctets)));
    welcome.setProgram(AsCapnpText(AsText(frame.program, kMostNameOctets)));
  }
  void operator()(const Attach& frame) {
    auto attach = out.initAttach();
    attach.setSession(frame.session);
    attach.setToken(frame.token);
    attach.setSeenEvent(frame.seen_event);
  }
  void operator()(const Attached& frame) {
    auto attached = out.initAttached();
    attached.setSession(frame.session);
    attached.setToken(frame.token);
    attached.setLastRequest(frame.last_request);
  }
  void operator()(const RequestFrame& frame) {
    auto request = out.initRequest();
    request.setNumber(frame.number);
    request.setMessage(AsData(EncodeMessage(frame.message).view()));
  }
  void operator()(const EventFrame& frame) {
    auto event = out.initEvent();
    event.setNumber(frame.number);
    event.setHasReferenceId(frame.reference_id.has_value());
    event.setReferenceId(frame.reference_id.value_or(0));
    event.setMessage(AsData(frame.message.view()));
  }
  void operator()(const Acknowledge& frame) { out.setAcknowledge(frame.number); }
  void operator()(const Ping&) { out.setPing(); }
  void operator()(const Pong&) { out.setPong(); }
  void operator()(const Role& frame) { out.setRole(static_cast<uint8_t>(frame.role)); }
  void operator()(const Goodbye& frame) {
    auto goodbye = out.initGoodbye();
    goodbye.setCode(static_cast<uint16_t>(frame.code));
    goodbye.setText(AsCapnpText(AsText(frame.text, kMostTextOctets)));
  }
};

size_t MostEncodedOctets(const Frame& frame) {
  if (const auto* event = std::get_if<EventFrame>(&frame)) return kFrameOctets + event->message.size();
  if (std::holds_alternative<RequestFrame>(frame)) return kFrameOctets + kMostMessageOctets;
  return kFrameOctets + kMostTextOctets;
}

absl::Status Wrong(absl::string_view where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("frame ", where, ": ", what));
}

absl::Status ReadText(absl::string_view where, capnp::Text::Reader in, size_t most_octets, std::string* out) {
  const absl::string_view text = AsView(in);
  if (text.size() > most_octets) return Wrong(where, absl::StrCat(text.size(), " octets; at most ", most_octets));
  if (!IsText(text)) return Wrong(where, "not UTF-8");
  out->assign(text.data(), text.size());
  return absl::OkStatus();
}

absl::Status ReadRole(absl::string_view where, uint8_t in, ServerRole* out) {
  if (in > static_cast<uint8_t>(ServerRole::kBackup)) return Wrong(where, absl::StrCat("role ", in, " is none"));
  *out = static_cast<ServerRole>(in);
  return absl::OkStatus();
}

absl::Status Read(wire::Hello::Reader in, Hello* out) {
  out->version = in.getVersion();
  out->addp_milliseconds = in.getAddpMilliseconds();
  absl::Status status = ReadText("Hello, application", in.getApplication(), kMostNameOctets, &out->application);
  if (status.ok() && out->application.empty()) status = Wrong("Hello, application", "empty");
  if (status.ok()) status = ReadText("Hello, password", in.getPassword(), kMostNameOctets, &out->password);
  return status;
}

absl::Status Read(wire::Welcome::Reader in, Welcome* out) {
  out->version = in.getVersion();
  out->addp_milliseconds = in.getAddpMilliseconds();
  out->session_timeout_milliseconds = in.getSessionTimeoutMilliseconds();
  out->most_frame_octets = in.getMostFrameOctets();
  out->request_window = in.getRequestWindow();
  absl::Status status = ReadRole("Welcome", in.getRole(), &out->role);
  if (status.ok()) status = ReadText("Welcome, server", in.getServer(), kMostNameOctets, &out->server);
  if (status.ok()) status = ReadText("Welcome, program", in.getProgram(), kMostNameOctets, &out->program);
  return status;
}

absl::Status Read(wire::Request::Reader in, RequestFrame* out) {
  out->number = in.getNumber();
  absl::StatusOr<Message> message = DecodeMessage(AsView(in.getMessage()));
  if (!message.ok()) return Wrong("Request", message.status().message());
  out->message = *std::move(message);
  return absl::OkStatus();
}

absl::Status Read(wire::Event::Reader in, EventFrame* out) {
  const absl::string_view message = AsView(in.getMessage());
  if (message.size() > kMostMessageOctets)
    return Wrong("Event", absl::StrCat("a message of ", message.size(), " octets"));
  out->number = in.getNumber();
  if (in.getHasReferenceId()) out->reference_id = in.getReferenceId();
  out->message = SharedBytes(message);
  return absl::OkStatus();
}

absl::Status Read(wire::Goodbye::Reader in, Goodbye* out) {
  out->code = static_cast<ErrorCode>(in.getCode());
  return ReadText("Goodbye", in.getText(), kMostTextOctets, &out->text);
}

absl::Status Read(wire::Frame::Reader in, Frame* out) {
  switch (in.which()) {
    case wire::Frame::HELLO:
      return Read(in.getHello(), &out->emplace<Hello>());
    case wire::Frame::WELCOME:
      return Read(in.getWelcome(), &out->emplace<Welcome>());
    case wire::Frame::ATTACH:
      *out = Attach{in.getAttach().getSession(), in.getAttach().getToken(), in.getAttach().getSeenEvent()};
      return absl::OkStatus();
    case wire::Frame::ATTACHED:
      *out = Attached{in.getAttached().getSession(), in.getAttached().getToken(), in.getAttached().getLastRequest()};
      return absl::OkStatus();
    case wire::Frame::REQUEST:
      return Read(in.getRequest(), &out->emplace<RequestFrame>());
    case wire::Frame::EVENT:
      return Read(in.getEvent(), &out->emplace<EventFrame>());
    case wire::Frame::ACKNOWLEDGE:
      *out = Acknowledge{in.getAcknowledge()};
      return absl::OkStatus();
    case wire::Frame::PING:
      *out = Ping{};
      return absl::OkStatus();
    case wire::Frame::PONG:
      *out = Pong{};
      return absl::OkStatus();
    case wire::Frame::ROLE:
      return ReadRole("Role", in.getRole(), &out->emplace<Role>().role);
    case wire::Frame::GOODBYE:
      return Read(in.getGoodbye(), &out->emplace<Goodbye>());
  }
  return absl::InvalidArgumentError(
      absl::StrCat("a frame of a kind unknown here: ", static_cast<unsigned>(in.which())));
}

// 32 bits, little endian.
uint32_t LengthAt(absl::string_view octets) {
  uint32_t length = 0;
  for (size_t i = kLengthOctets; i-- > 0;) length = length << 8 | static_cast<uint8_t>(octets[i]);
  return length;
}

}  // namespace

void AppendFrame(const Frame& frame, std::string* out) {
  BuildSegment<wire::Frame>(
      MostEncodedOctets(frame), [&frame](wire::Frame::Builder root) { std::visit(Writer{root}, frame); },
      [out](absl::string_view octets) {
        US_CHECK_LE(octets.size(), kMaxFrame);
        for (size_t i = 0; i < kLengthOctets; ++i) out->push_back(static_cast<char>(octets.size() >> (8 * i) & 0xff));
        out->append(octets.data(), octets.size());
      });
}

absl::StatusOr<Frame> DecodeFrame(absl::string_view segment) {
  Frame frame;
  absl::Status status = ReadSegment<wire::Frame>("frame", segment, kMaxFrame,
                                                 [&frame](wire::Frame::Reader in) { return Read(in, &frame); });
  if (!status.ok()) return status;
  return frame;
}

void FrameReader::Push(absl::string_view octets) {
  if (at_ > 0) {
    pending_.erase(0, at_);
    at_ = 0;
  }
  pending_.append(octets.data(), octets.size());
}

absl::StatusOr<absl::optional<Frame>> FrameReader::Next() {
  const absl::string_view rest = absl::string_view(pending_).substr(at_);
  if (rest.size() < kLengthOctets) return absl::optional<Frame>();
  const size_t length = LengthAt(rest);
  if (length > most_octets_) {
    return absl::ResourceExhaustedError(absl::StrCat("a frame of ", length, " octets; at most ", most_octets_));
  }
  if (rest.size() - kLengthOctets < length) return absl::optional<Frame>();
  absl::StatusOr<Frame> frame = DecodeFrame(rest.substr(kLengthOctets, length));
  if (!frame.ok()) return frame.status();
  at_ += kLengthOctets + length;
  return absl::optional<Frame>(*std::move(frame));
}

}  // namespace understudy::tlib
