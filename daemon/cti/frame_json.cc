#include "daemon/cti/frame_json.h"

#include <cstdint>
#include <limits>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "boost/json/object.hpp"
#include "boost/json/serialize.hpp"
#include "tlib/frame_codec.h"
#include "tlib/json_reader.h"
#include "tlib/message_codec.h"
#include "tlib/message_json.h"
#include "tlib/text.h"

namespace understudy::daemon {
namespace {

namespace json = boost::json;
using tlib::Attribute;

json::string_view ToBoost(absl::string_view text) {
  return json::string_view(text.data(), text.size());
}

std::string Hex(uint64_t id) {
  return absl::StrCat(absl::Hex(id, absl::kZeroPad16));
}

json::string Name(Attribute attribute, int64_t value) {
  return json::string(ToBoost(tlib::EnumName(attribute, value)));
}

json::string Cut(const std::string& text, size_t most_octets) {
  return json::string(ToBoost(tlib::AsText(text, most_octets)));
}

// ---- Frame to object

json::object Fields(const tlib::Hello& hello) {
  return {{"Frame", "Hello"},
          {"Version", hello.version},
          {"Application", Cut(hello.application, tlib::kMostNameOctets)},
          {"Password", Cut(hello.password, tlib::kMostNameOctets)},
          {"Addp", hello.addp_milliseconds}};
}

json::object Fields(const tlib::Welcome& welcome) {
  return {{"Frame", "Welcome"},
          {"Version", welcome.version},
          {"Server", Cut(welcome.server, tlib::kMostNameOctets)},
          {"Program", Cut(welcome.program, tlib::kMostNameOctets)},
          {"Role", Name(Attribute::kServerRole, static_cast<int64_t>(welcome.role))},
          {"Addp", welcome.addp_milliseconds},
          {"SessionTimeout", welcome.session_timeout_milliseconds},
          {"MostFrameOctets", welcome.most_frame_octets},
          {"RequestWindow", welcome.request_window}};
}

json::object Fields(const tlib::Attach& attach) {
  return {{"Frame", "Attach"},
          {"Session", Hex(attach.session)},
          {"Token", Hex(attach.token)},
          {"SeenEvent", attach.seen_event}};
}

json::object Fields(const tlib::Attached& attached) {
  return {{"Frame", "Attached"},
          {"Session", Hex(attached.session)},
          {"Token", Hex(attached.token)},
          {"LastRequest", attached.last_request}};
}

json::object Fields(const tlib::Acknowledge& acknowledge) {
  return {{"Frame", "Acknowledge"}, {"Number", acknowledge.number}};
}

json::object Fields(const tlib::Ping&) {
  return {{"Frame", "Ping"}};
}

json::object Fields(const tlib::Pong&) {
  return {{"Frame", "Pong"}};
}

json::object Fields(const tlib::Role& role) {
  return {{"Frame", "Role"}, {"Role", Name(Attribute::kServerRole, static_cast<int64_t>(role.role))}};
}

json::object Fields(const tlib::Goodbye& goodbye) {
  return {{"Frame", "Goodbye"},
          {"Code", Name(Attribute::kErrorCode, static_cast<int64_t>(goodbye.code))},
          {"Text", Cut(goodbye.text, tlib::kMostTextOctets)}};
}

template <class AnyFrame>
std::string Text(const AnyFrame& frame) {
  return json::serialize(Fields(frame));
}

std::string Numbered(absl::string_view frame, uint64_t number, const std::string& message) {
  return absl::StrCat("{\"Frame\":\"", frame, "\",\"Number\":", number, ",\"Message\":", message, "}");
}

std::string Text(const tlib::RequestFrame& request) {
  return Numbered("Request", request.number, tlib::ToJson(request.message));
}

std::string Text(const tlib::EventFrame& event) {
  const absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(event.message.view());
  US_CHECK(message.ok());
  return Numbered("Event", event.number, tlib::ToJson(*message, event.reference_id));
}

// ---- Object to frame

const tlib::JsonValue* FindMember(const tlib::JsonObject& object, absl::string_view name) {
  for (const tlib::JsonMember& member : object) {
    if (member.name == name) return &member.value;
  }
  return nullptr;
}

// Takes members one by one; the first that is wrong, or nobody's, is the error.
class Members {
 public:
  Members(absl::string_view frame, const tlib::JsonObject& object) : frame_(frame), object_(object) {}

  template <class Number>
  Members& Take(absl::string_view name, Number* number) {
    const tlib::JsonValue* const value = Find(name);
    if (value == nullptr) return *this;
    const auto* taken = std::get_if<int64_t>(&value->value);
    const bool fits =
        taken != nullptr && *taken >= 0 && static_cast<uint64_t>(*taken) <= std::numeric_limits<Number>::max();
    if (!fits) return Wrong(name, "a number of its range");
    *number = static_cast<Number>(*taken);
    return *this;
  }

  Members& Take(absl::string_view name, std::string* text) {
    const tlib::JsonValue* const value = Find(name);
    if (value == nullptr) return *this;
    const auto* taken = std::get_if<std::string>(&value->value);
    if (taken == nullptr) return Wrong(name, "a text");
    *text = *taken;
    return *this;
  }

  Members& TakeText(absl::string_view name, size_t most_octets, std::string* text) {
    Take(name, text);
    if (text->size() > most_octets) return Wrong(name, absl::StrCat("a text of at most ", most_octets, " octets"));
    return *this;
  }

  Members& TakeName(absl::string_view name, std::string* text) { return TakeText(name, tlib::kMostNameOctets, text); }

  Members& TakeId(absl::string_view name, uint64_t* id) {
    std::string text = "0";
    Take(name, &text);
    if (text.size() > 16 || !absl::SimpleHexAtoi(text, id)) return Wrong(name, "16 hexadecimal digits");
    return *this;
  }

  template <class Enum>
  Members& TakeEnum(absl::string_view name, Attribute attribute, Enum* taken) {
    std::string text(tlib::EnumName(attribute, 0));
    Take(name, &text);
    const absl::optional<int64_t> value = tlib::FindEnum(attribute, text);
    if (!value) return Wrong(name, "a name of the reference");
    *taken = static_cast<Enum>(*value);
    return *this;
  }

  Members& TakeMessage(tlib::Message* message) {
    const tlib::JsonValue* const value = Find("Message");
    if (value == nullptr) return Wrong("Message", "there");
    absl::StatusOr<tlib::Message> parsed = tlib::FromJson(*value);
    if (parsed.ok()) {
      *message = *std::move(parsed);
    } else if (error_.ok()) {
      error_ = parsed.status();
    }
    return *this;
  }

  Members& Wrong(absl::string_view name, absl::string_view wanted) {
    if (error_.ok()) {
      error_ = absl::InvalidArgumentError(absl::StrCat("in a frame ", frame_, " ", name, " is not ", wanted));
    }
    return *this;
  }

  absl::StatusOr<tlib::Frame> Done(tlib::Frame frame) const {
    if (!error_.ok()) return error_;
    if (taken_ + 1 < object_.size()) {  // and "Frame"
      return absl::InvalidArgumentError(absl::StrCat("a frame ", frame_, " has a member twice, or an unknown one"));
    }
    return frame;
  }

 private:
  const tlib::JsonValue* Find(absl::string_view name) {
    const tlib::JsonValue* const value = FindMember(object_, name);
    if (value != nullptr) ++taken_;
    return value;
  }

  const absl::string_view frame_;
  const tlib::JsonObject& object_;
  size_t taken_ = 0;
  absl::Status error_;
};

absl::StatusOr<tlib::Frame> ToHello(Members members) {
  tlib::Hello hello;
  members.Take("Version", &hello.version).TakeName("Application", &hello.application);
  if (hello.application.empty()) members.Wrong("Application", "the name of an application");
  members.TakeName("Password", &hello.password);
  return members.Take("Addp", &hello.addp_milliseconds).Done(std::move(hello));
}

absl::StatusOr<tlib::Frame> ToWelcome(Members members) {
  tlib::Welcome welcome;
  members.Take("Version", &welcome.version).TakeName("Server", &welcome.server).TakeName("Program", &welcome.program);
  members.TakeEnum("Role", Attribute::kServerRole, &welcome.role).Take("Addp", &welcome.addp_milliseconds);
  members.Take("SessionTimeout", &welcome.session_timeout_milliseconds);
  members.Take("MostFrameOctets", &welcome.most_frame_octets);
  return members.Take("RequestWindow", &welcome.request_window).Done(std::move(welcome));
}

absl::StatusOr<tlib::Frame> ToAttach(Members members) {
  tlib::Attach attach;
  members.TakeId("Session", &attach.session).TakeId("Token", &attach.token);
  return members.Take("SeenEvent", &attach.seen_event).Done(attach);
}

absl::StatusOr<tlib::Frame> ToAttached(Members members) {
  tlib::Attached attached;
  members.TakeId("Session", &attached.session).TakeId("Token", &attached.token);
  return members.Take("LastRequest", &attached.last_request).Done(attached);
}

absl::StatusOr<tlib::Frame> ToRequest(Members members) {
  tlib::RequestFrame request;
  return members.Take("Number", &request.number).TakeMessage(&request.message).Done(std::move(request));
}

absl::StatusOr<tlib::Frame> ToEvent(Members members) {
  tlib::EventFrame event;
  tlib::Message message;
  members.Take("Number", &event.number).TakeMessage(&message);
  if (message.Has(Attribute::kReferenceID)) event.reference_id = message.Number(Attribute::kReferenceID);
  message.Erase(Attribute::kReferenceID);
  event.message = tlib::EncodeMessage(message);
  return members.Done(std::move(event));
}

absl::StatusOr<tlib::Frame> ToAcknowledge(Members members) {
  tlib::Acknowledge acknowledge;
  return members.Take("Number", &acknowledge.number).Done(acknowledge);
}

absl::StatusOr<tlib::Frame> ToPing(Members members) {
  return members.Done(tlib::Ping{});
}

absl::StatusOr<tlib::Frame> ToPong(Members members) {
  return members.Done(tlib::Pong{});
}

absl::StatusOr<tlib::Frame> ToRole(Members members) {
  tlib::Role role;
  return members.TakeEnum("Role", Attribute::kServerRole, &role.role).Done(role);
}

absl::StatusOr<tlib::Frame> ToGoodbye(Members members) {
  tlib::Goodbye goodbye;
  members.TakeEnum("Code", Attribute::kErrorCode, &goodbye.code);
  return members.TakeText("Text", tlib::kMostTextOctets, &goodbye.text).Done(goodbye);
}

struct Row {
  absl::string_view name;
  absl::StatusOr<tlib::Frame> (*read)(Members members);
};

constexpr Row kRows[] = {
    {"Hello", ToHello},     {"Welcome", ToWelcome}, {"Attach", ToAttach},           {"Attached", ToAttached},
    {"Request", ToRequest}, {"Event", ToEvent},     {"Acknowledge", ToAcknowledge}, {"Ping", ToPing},
    {"Pong", ToPong},       {"Role", ToRole},       {"Goodbye", ToGoodbye},
};

}  // namespace

std::string FrameToJson(const tlib::Frame& frame) {
  return std::visit([](const auto& f) { return Text(f); }, frame);
}

absl::StatusOr<tlib::Frame> FrameFromJson(absl::string_view text) {
  if (text.size() > kMostFrameText) {
    return absl::ResourceExhaustedError(absl::StrCat("a frame's text has at most ", kMostFrameText, " octets"));
  }
  const absl::StatusOr<tlib::JsonValue> parsed = tlib::ParseJson(text);
  if (!parsed.ok()) return parsed.status();
  const auto* object = std::get_if<tlib::JsonObject>(&parsed->value);
  const tlib::JsonValue* const value = object == nullptr ? nullptr : FindMember(*object, "Frame");
  const auto* name = value == nullptr ? nullptr : std::get_if<std::string>(&value->value);
  if (name == nullptr) return absl::InvalidArgumentError("no object with a member Frame");
  for (const Row& row : kRows) {
    if (row.name == *name) return row.read(Members(row.name, *object));
  }
  return absl::InvalidArgumentError("an unknown Frame");
}

}  // namespace understudy::daemon
