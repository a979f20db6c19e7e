#include "daemon/cti/frame_json.h"

#include <initializer_list>
#include <utility>
#include <variant>

#include "absl/status/status.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "boost/json/object.hpp"
#include "boost/json/parse.hpp"
#include "boost/json/serialize.hpp"
#include "boost/json/value.hpp"
#include "tlib/frame_codec.h"
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
absl::string_view FromBoost(json::string_view text) {
  return absl::string_view(text.data(), text.size());
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

// Of our own making.
json::value Parsed(const std::string& text) {
  return json::parse(text);
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

json::object Fields(const tlib::RequestFrame& request) {
  return {{"Frame", "Request"}, {"Number", request.number}, {"Message", Parsed(tlib::ToJson(request.message))}};
}

json::object Fields(const tlib::EventFrame& event) {
  const absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(event.message.view());
  US_CHECK(message.ok());
  return {
      {"Frame", "Event"}, {"Number", event.number}, {"Message", Parsed(tlib::ToJson(*message, event.reference_id))}};
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

// ---- Object to frame

// Takes members one by one; the first that is wrong, or nobody's, is the error.
class Members {
 public:
  Members(absl::string_view frame, const json::object& object) : frame_(frame), object_(object) {}

  template <class Number>
  Members& Take(absl::string_view name, Number* number) {
    const json::value* const value = Find(name);
    if (value == nullptr) return *this;
    boost::system::error_code error;
    const Number taken = value->to_number<Number>(error);
    if (error) return Wrong(name, "a number of its range");
    *number = taken;
    return *this;
  }

  Members& Take(absl::string_view name, std::string* text) {
    const json::value* const value = Find(name);
    if (value == nullptr) return *this;
    if (!value->is_string()) return Wrong(name, "a text");
    *text = std::string(FromBoost(value->get_string()));
    return *this;
  }

  Members& TakeText(absl::string_view name, size_t most_octets, std::string* text) {
    Take(name, text);
    if (text->size() > most_octets) return Wrong(name, absl::StrCat("a text of at most ", most_octets, " octets"));
    return tlib::IsText(*text) ? *this : Wrong(name, "a text without NUL");
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
    const json::value* const value = Find("Message");
    if (value == nullptr) return Wrong("Message", "there");
    absl::StatusOr<tlib::Message> parsed = tlib::FromJson(json::serialize(*value));
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
      return absl::InvalidArgumentError(absl::StrCat("a frame ", frame_, " has an unknown member"));
    }
    return frame;
  }

 private:
  const json::value* Find(absl::string_view name) {
    const json::value* const value = object_.if_contains(ToBoost(name));
    if (value != nullptr) ++taken_;
    return value;
  }

  const absl::string_view frame_;
  const json::object& object_;
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
  return json::serialize(std::visit([](const auto& f) { return Fields(f); }, frame));
}

absl::StatusOr<tlib::Frame> FrameFromJson(absl::string_view text) {
  if (text.size() > kMostFrameText) {
    return absl::ResourceExhaustedError(absl::StrCat("a frame's text has at most ", kMostFrameText, " octets"));
  }
  boost::system::error_code error;
  const json::value parsed = json::parse(ToBoost(text), error);
  if (error) return absl::InvalidArgumentError(absl::StrCat("no JSON: ", error.message()));
  const json::object* const object = parsed.if_object();
  const json::value* const name = object == nullptr ? nullptr : object->if_contains("Frame");
  if (name == nullptr || !name->is_string()) return absl::InvalidArgumentError("no object with a member Frame");
  for (const Row& row : kRows) {
    if (ToBoost(row.name) == name->get_string()) return row.read(Members(row.name, *object));
  }
  return absl::InvalidArgumentError("an unknown Frame");
}

}  // namespace understudy::daemon
