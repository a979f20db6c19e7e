#include "tlib/message_codec.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tlib/message.capnp.h"
#include "tlib/segment.h"
#include "tlib/text.h"

namespace understudy::tlib {
namespace {

using ListBuilder = capnp::List<wire::Pair>::Builder;
using ListReader = capnp::List<wire::Pair>::Reader;

// Root pointer, the message, the tag of its attributes; an attribute, and what its text or list is padded with.
constexpr size_t kMessageOctets = 40;
constexpr size_t kAttributeOctets = 32;

size_t MostEncodedOctets(const Message& message) {
  size_t sum = kMessageOctets;
  for (const auto& [attribute, value] : message.attributes()) {
    sum += kAttributeOctets;
    if (const auto* text = std::get_if<std::string>(&value)) sum += text->size();
    if (const auto* list = std::get_if<KeyValueList>(&value)) sum += list->octets();
  }
  return sum;
}

void Fill(ListBuilder out, const KeyValueList& list) {
  unsigned at = 0;
  for (const KeyValuePair& pair : list.pairs()) {
    wire::Pair::Builder row = out[at++];
    row.setKey(AsCapnpText(pair.key));
    if (const auto* number = std::get_if<int64_t>(&pair.value)) {
      row.setNumber(*number);
    } else if (const auto* text = std::get_if<std::string>(&pair.value)) {
      row.setText(AsCapnpText(*text));
    } else if (const auto* binary = std::get_if<Binary>(&pair.value)) {
      row.setBinary(AsData(binary->octets));
    } else {
      const auto& inner = std::get<KeyValueList>(pair.value);
      Fill(row.initList(static_cast<unsigned>(inner.pairs().size())), inner);
    }
  }
}

void Fill(wire::Message::Builder out, const Message& message) {
  out.setType(static_cast<uint16_t>(message.type()));
  auto rows = out.initAttributes(static_cast<unsigned>(message.attributes().size()));
  unsigned at = 0;
  for (const auto& [attribute, value] : message.attributes()) {
    wire::Attribute::Builder row = rows[at++];
    row.setNumber(static_cast<uint16_t>(attribute));
    if (const auto* number = std::get_if<int64_t>(&value)) {
      row.setValue(*number);
    } else if (const auto* text = std::get_if<std::string>(&value)) {
      row.setText(AsCapnpText(*text));
    } else {
      const auto& list = std::get<KeyValueList>(value);
      Fill(row.initList(static_cast<unsigned>(list.pairs().size())), list);
    }
  }
}

absl::Status Wrong(absl::string_view where, absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat(where, ": ", what));
}

absl::Status Read(absl::string_view where, ListReader in, int depth, KeyValueList* out);

absl::Status Read(absl::string_view where, wire::Pair::Reader in, int depth, KeyValuePair* out) {
  const absl::string_view key = AsView(in.getKey());
  if (!IsText(key)) return Wrong(where, "a key is not UTF-8");
  out->key.assign(key.data(), key.size());
  switch (in.which()) {
    case wire::Pair::NUMBER:
      out->value = in.getNumber();
      return absl::OkStatus();
    case wire::Pair::TEXT: {
      const absl::string_view text = AsView(in.getText());
      if (!IsText(text)) return Wrong(where, absl::StrCat("the value of \"", key, "\" is not UTF-8"));
      out->value.emplace<std::string>(text.data(), text.size());
      return absl::OkStatus();
    }
    case wire::Pair::BINARY:
      out->value = Binary{std::string(AsView(in.getBinary()))};
      return absl::OkStatus();
    case wire::Pair::LIST:
      return Read(where, in.getList(), depth + 1, &out->value.emplace<KeyValueList>());
  }
  return Wrong(where, absl::StrCat("the value of \"", key, "\" is of no kind known here"));
}

absl::Status Read(absl::string_view where, ListReader in, int depth, KeyValueList* out) {
  if (depth > kMostListDepth) return Wrong(where, absl::StrCat("more than ", kMostListDepth, " lists in each other"));
  for (wire::Pair::Reader row : in) {
    KeyValuePair pair;
    if (absl::Status status = Read(where, row, depth, &pair); !status.ok()) return status;
    out->Append(std::move(pair));
  }
  return absl::OkStatus();
}

absl::Status TooLong(Attribute attribute, size_t octets) {
  return Wrong(AttributeName(attribute), absl::StrCat(octets, " octets; at most ", MostOctets(attribute)));
}

absl::Status ReadText(Attribute attribute, absl::string_view text, Message* out) {
  if (text.size() > MostOctets(attribute)) return TooLong(attribute, text.size());
  if (!IsText(text)) return Wrong(AttributeName(attribute), "not UTF-8");
  out->Set(attribute, text);
  return absl::OkStatus();
}

absl::Status ReadList(Attribute attribute, ListReader in, Message* out) {
  if (in.size() * kPairOctets > MostOctets(attribute)) return TooLong(attribute, in.size() * kPairOctets);
  KeyValueList list;
  if (absl::Status status = Read(AttributeName(attribute), in, 1, &list); !status.ok()) return status;
  if (list.octets() > MostOctets(attribute)) return TooLong(attribute, list.octets());
  out->Set(attribute, std::move(list));
  return absl::OkStatus();
}

absl::Status Read(Attribute attribute, wire::Attribute::Reader in, Message* out) {
  const AttributeKind kind = KindOf(attribute);
  if (in.isText() && kind == AttributeKind::kText) return ReadText(attribute, AsView(in.getText()), out);
  if (in.isList() && kind == AttributeKind::kList) return ReadList(attribute, in.getList(), out);
  if (in.isValue() && kind != AttributeKind::kText && kind != AttributeKind::kList) {
    out->Set(attribute, in.getValue());
    return absl::OkStatus();
  }
  return Wrong(AttributeName(attribute), "its value is of the wrong kind");
}

absl::Status Read(wire::Message::Reader in, Message* out) {
  const auto type = static_cast<MessageType>(in.getType());
  if (MessageTypeName(type).empty()) return Wrong("message", absl::StrCat("type ", in.getType(), " is not served"));
  *out = Message(type);
  unsigned last = 0;
  for (wire::Attribute::Reader row : in.getAttributes()) {
    const unsigned number = row.getNumber();
    if (number <= last) {
      return Wrong(MessageTypeName(type), absl::StrCat("attribute ", number, " after ", last, ": numbers must rise"));
    }
    last = number;
    const auto attribute = static_cast<Attribute>(number);
    if (AttributeName(attribute).empty()) continue;
    if (absl::Status status = Read(attribute, row, out); !status.ok()) return status;
  }
  return absl::OkStatus();
}

}  // namespace

SharedBytes EncodeMessage(const Message& message) {
  SharedBytes bytes;
  BuildSegment<wire::Message>(
      MostEncodedOctets(message), [&message](wire::Message::Builder out) { Fill(out, message); },
      [&bytes](absl::string_view octets) { bytes = SharedBytes(octets); });
  US_CHECK_LE(bytes.size(), kMostMessageOctets);
  return bytes;
}

absl::StatusOr<Message> DecodeMessage(absl::string_view bytes) {
  Message message;
  absl::Status status = ReadSegment<wire::Message>("message", bytes, kMostMessageOctets,
                                                   [&message](wire::Message::Reader in) { return Read(in, &message); });
  if (!status.ok()) return status;
  return message;
}

}  // namespace understudy::tlib
