#include "tlib/message_samples_testing.h"

#include <cstdint>
#include <limits>
#include <string>
#include <utility>

namespace understudy::tlib {

KeyValueList FullList() {
  KeyValueList list;
  for (int depth = 1; depth < kMostListDepth; ++depth) {
    KeyValueList outer;
    outer.Append("in", std::move(list));
    list = std::move(outer);
  }
  list.Append("number", std::numeric_limits<int64_t>::min());
  list.Append("text", "\xc3\xa4\xe2\x82\xac \"\\\n");
  list.Append("", "");
  list.Append("number", std::numeric_limits<int64_t>::max());
  list.Append(KeyValuePair{"binary", Binary{std::string("\0\xff\x80", 3)}});
  list.Append("empty", KeyValueList());
  KeyValueList like_binary;
  like_binary.Append("base64", "text");
  list.Append("text as binary is written", std::move(like_binary));
  return list;
}

void SetSample(Attribute attribute, Message* message) {
  switch (KindOf(attribute)) {
    case AttributeKind::kText:
      message->Set(attribute, "\xc3\xa4 1001");
      return;
    case AttributeKind::kList:
      message->Set(attribute, FullList());
      return;
    case AttributeKind::kEnum:
      message->Set(attribute, 0);
      return;
    case AttributeKind::kId:
      message->Set(attribute, 0xfedcba9876543210);
      return;
    case AttributeKind::kNumber:
      message->Set(attribute, -static_cast<int64_t>(attribute));
      return;
  }
}

Message FullMessage(MessageType type) {
  Message message(type);
  for (Attribute attribute : AllAttributes()) SetSample(attribute, &message);
  return message;
}

Message LargestMessage() {
  Message message(MessageType::kEventEstablished);
  for (Attribute attribute : AllAttributes()) {
    if (KindOf(attribute) == AttributeKind::kText) {
      message.Set(attribute, std::string(MostOctets(attribute), 'x'));
    } else if (KindOf(attribute) == AttributeKind::kList) {
      KeyValueList list;
      while (list.octets() + kPairOctets + 2 <= MostOctets(attribute)) list.Append("k", "v");
      message.Set(attribute, std::move(list));
    } else {
      SetSample(attribute, &message);
    }
  }
  return message;
}

std::vector<Message> SampleMessages() {
  std::vector<Message> messages;
  const auto attributes = AllAttributes();
  for (size_t i = 0; i < AllMessageTypes().size(); ++i) {
    Message& message = messages.emplace_back(AllMessageTypes()[i]);
    for (size_t k = i % 7; k < attributes.size(); k += 7) SetSample(attributes[k], &message);
  }
  return messages;
}

}  // namespace understudy::tlib
