// A T-Library message: a type, and attributes by name. Requests go from a client to the server, events come back.
//
//   Message call(MessageType::kRequestMakeCall);
//   call.Set(Attribute::kThisDN, "1001").Set(Attribute::kOtherDN, "1002");
//   call.Text(Attribute::kThisDN);                      // "1001"
//
// A value: it copies, compares, encodes (tlib/message_codec.h) and prints as JSON (tlib/message_json.h). Attributes are
// kept in the order of their numbers, so that equal messages have equal bytes. Names and numbers of messages are those
// of the T-Library reference, those of attributes are our own (docs/t_library.md).
#ifndef UNDERSTUDY_TLIB_MESSAGE_H_
#define UNDERSTUDY_TLIB_MESSAGE_H_

#include <cstdint>
#include <string>
#include <type_traits>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "tlib/attribute.h"
#include "tlib/key_value_list.h"
#include "tlib/message_type.h"

namespace understudy::tlib {

// A number is whatever AttributeKind says: a count, an enumeration's value, an id, microseconds.
using Value = std::variant<int64_t, std::string, KeyValueList>;

class Message {
 public:
  Message() = default;
  explicit Message(MessageType type) : type_(type) {}

  MessageType type() const { return type_; }

  // Replaces what it was. The kind of value must be the attribute's (KindOf): CHECKed. A text that is none becomes
  // one, and is cut at MostOctets (tlib/text.h), for what comes from SIP may be anything. A list must be within
  // MostOctets and kMostListDepth: CHECKed, for nobody could say which of its pairs may go.
  template <class Number, class = std::enable_if_t<std::is_integral_v<Number> || std::is_enum_v<Number>>>
  Message& Set(Attribute attribute, Number value) {
    return SetNumber(attribute, static_cast<int64_t>(value));
  }
  Message& Set(Attribute attribute, absl::string_view value);
  Message& Set(Attribute attribute, const char* value) { return Set(attribute, absl::string_view(value)); }
  Message& Set(Attribute attribute, const std::string& value) { return Set(attribute, absl::string_view(value)); }
  Message& Set(Attribute attribute, KeyValueList value);
  void Erase(Attribute attribute);

  bool Has(Attribute attribute) const { return Find(attribute) != nullptr; }
  // `otherwise`, "" and the empty list where there is no such attribute.
  int64_t Number(Attribute attribute, int64_t otherwise = 0) const;
  absl::string_view Text(Attribute attribute) const;
  const KeyValueList& List(Attribute attribute) const;

  const std::vector<std::pair<Attribute, Value>>& attributes() const { return attributes_; }

  friend bool operator==(const Message&, const Message&) = default;

 private:
  Message& SetNumber(Attribute attribute, int64_t value);
  const Value* Find(Attribute attribute) const;
  void Put(Attribute attribute, Value value);

  MessageType type_ = MessageType::kRequestRegisterClient;
  std::vector<std::pair<Attribute, Value>> attributes_;  // by number
};

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_MESSAGE_H_
