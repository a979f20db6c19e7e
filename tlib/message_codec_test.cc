#include "tlib/message_codec.h"

#include <cstring>
#include <string>
#include <utility>
#include <vector>

#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message.capnp.h"
#include "tlib/message_samples_testing.h"
#include "tlib/segment.h"

namespace understudy::tlib {
namespace {

using ::testing::HasSubstr;

std::string Encoded(const Message& message) {
  return std::string(EncodeMessage(message).view());
}

// Bytes that `fill` makes, which need be no message that Message could hold.
template <class Fill>
std::string Built(Fill fill) {
  std::string bytes;
  BuildSegment<wire::Message>(size_t{1} << 20, fill,
                              [&bytes](absl::string_view octets) { bytes = std::string(octets); });
  return bytes;
}

// Of a message with one attribute.
template <class Fill>
std::string BuiltWith(Attribute attribute, Fill fill) {
  return Built([&](wire::Message::Builder out) {
    out.setType(static_cast<uint16_t>(MessageType::kEventRinging));
    wire::Attribute::Builder row = out.initAttributes(1)[0];
    row.setNumber(static_cast<uint16_t>(attribute));
    fill(row);
  });
}

void ExpectRefused(absl::string_view bytes, absl::string_view why) {
  const absl::StatusOr<Message> message = DecodeMessage(bytes);
  ASSERT_FALSE(message.ok()) << why;
  EXPECT_EQ(message.status().code(), absl::StatusCode::kInvalidArgument);
  EXPECT_THAT(std::string(message.status().message()), HasSubstr(std::string(why)));
}

// Whatever it is, it is an error or a message that encodes and decodes to itself.
void ExpectErrorOrMessage(absl::string_view bytes) {
  const absl::StatusOr<Message> message = DecodeMessage(bytes);
  if (!message.ok()) return;
  const absl::StatusOr<Message> again = DecodeMessage(EncodeMessage(*message).view());
  ASSERT_TRUE(again.ok()) << again.status();
  EXPECT_EQ(*again, *message);
}

TEST(MessageCodec, EveryTypeComesBack) {
  for (const Message& message : SampleMessages()) {
    const absl::StatusOr<Message> decoded = DecodeMessage(EncodeMessage(message).view());
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, message) << MessageTypeName(message.type());
  }
}

TEST(MessageCodec, EveryAttributeComesBack) {
  for (Attribute attribute : AllAttributes()) {
    Message message(MessageType::kEventRinging);
    SetSample(attribute, &message);
    const absl::StatusOr<Message> decoded = DecodeMessage(EncodeMessage(message).view());
    ASSERT_TRUE(decoded.ok()) << AttributeName(attribute) << ": " << decoded.status();
    EXPECT_EQ(*decoded, message) << AttributeName(attribute);
  }
}

TEST(MessageCodec, AMessageWithEveryAttributeAtItsLimitComesBack) {
  const Message message = LargestMessage();
  const SharedBytes bytes = EncodeMessage(message);
  EXPECT_LE(bytes.size(), kMostMessageOctets);
  const absl::StatusOr<Message> decoded = DecodeMessage(bytes.view());
  ASSERT_TRUE(decoded.ok()) << decoded.status();
  EXPECT_EQ(*decoded, message);
}

TEST(MessageCodec, TheLimitsOfAllAttributesAddUpToAMessage) {
  size_t sum = 40;
  for (Attribute attribute : AllAttributes()) sum += 32 + MostOctets(attribute);
  EXPECT_LE(sum, kMostMessageOctets);
}

TEST(MessageCodec, OctetsOfAListAreNeverLessThanItTakes) {
  for (size_t key = 0; key < 18; ++key) {
    for (size_t value = 0; value < 18; ++value) {
      KeyValueList list;
      list.Append(std::string(key, 'k'), std::string(value, 'v'));
      list.Append(KeyValuePair{std::string(key, 'b'), Binary{std::string(value, 'v')}});
      KeyValueList outer;
      outer.Append("list", list);
      const size_t without =
          Encoded(Message(MessageType::kEventRinging).Set(Attribute::kUserData, KeyValueList())).size();
      const size_t with = Encoded(Message(MessageType::kEventRinging).Set(Attribute::kUserData, outer)).size();
      EXPECT_LE(with - without, outer.octets()) << key << " " << value;
    }
  }
}

TEST(MessageCodec, EqualMessagesHaveEqualBytes) {
  Message forward(MessageType::kEventRinging);
  Message backward(MessageType::kEventRinging);
  const auto attributes = AllAttributes();
  for (size_t i = 0; i < attributes.size(); ++i) {
    SetSample(attributes[i], &forward);
    SetSample(attributes[attributes.size() - 1 - i], &backward);
  }
  EXPECT_EQ(Encoded(forward), Encoded(backward));
  EXPECT_EQ(Encoded(*DecodeMessage(Encoded(forward))), Encoded(forward));
}

TEST(MessageCodec, BytesNeedNotBeAligned) {
  const Message message = FullMessage(MessageType::kEventEstablished);
  const std::string bytes = Encoded(message);
  for (size_t shift = 0; shift < 8; ++shift) {
    std::vector<char> moved(bytes.size() + shift);
    std::memcpy(moved.data() + shift, bytes.data(), bytes.size());
    const absl::StatusOr<Message> decoded = DecodeMessage(absl::string_view(moved.data() + shift, bytes.size()));
    ASSERT_TRUE(decoded.ok()) << decoded.status();
    EXPECT_EQ(*decoded, message);
  }
}

TEST(MessageCodec, NothingButTheWholeIsAMessage) {
  const Message message = FullMessage(MessageType::kEventRinging);
  const std::string bytes = Encoded(message);
  for (size_t length = 0; length < bytes.size(); ++length) {
    EXPECT_FALSE(DecodeMessage(bytes.substr(0, length)).ok()) << length;
  }
  ExpectRefused("", "message of 0 octets");
  ExpectRefused("1234567", "message of 7 octets");
  ExpectRefused(std::string(kMostMessageOctets + 8, '\0'), "allowed are 8 to");
}

TEST(MessageCodec, AFlippedBitIsAnErrorOrAnotherMessage) {
  Message message(MessageType::kEventRinging);
  for (Attribute attribute : {Attribute::kConnID, Attribute::kCallType, Attribute::kThisDN, Attribute::kUserData}) {
    SetSample(attribute, &message);
  }
  std::string bytes = Encoded(message);
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (unsigned bit = 0; bit < 8; ++bit) {
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
      ExpectErrorOrMessage(bytes);
      bytes[at] = static_cast<char>(bytes[at] ^ (1 << bit));
    }
  }
}

TEST(MessageCodec, ATypeThatIsNoneIsRefused) {
  ExpectRefused(Built([](wire::Message::Builder out) { out.setType(40); }), "type 40 is not served");
}

TEST(MessageCodec, AnAttributeOfALaterVersionIsLeftOut) {
  const auto later = static_cast<Attribute>(AllAttributes().size() + 1);
  const absl::StatusOr<Message> message =
      DecodeMessage(BuiltWith(later, [](wire::Attribute::Builder row) { row.setText("later"); }));
  ASSERT_TRUE(message.ok()) << message.status();
  EXPECT_EQ(*message, Message(MessageType::kEventRinging));
}

TEST(MessageCodec, AttributesTwiceOrOutOfOrderAreRefused) {
  for (unsigned second : {0u, 1u, 8u}) {
    const std::string bytes = Built([second](wire::Message::Builder out) {
      auto rows = out.initAttributes(2);
      rows[0].setNumber(8);
      rows[0].setText("1001");
      rows[1].setNumber(static_cast<uint16_t>(second));
      rows[1].setText("1002");
    });
    ExpectRefused(bytes, absl::StrCat("attribute ", second, " after 8: numbers must rise"));
  }
}

TEST(MessageCodec, AnAttributeOfTheWrongKindIsRefused) {
  for (Attribute attribute : AllAttributes()) {
    const AttributeKind kind = KindOf(attribute);
    const std::string why = absl::StrCat(AttributeName(attribute), ": its value is of the wrong kind");
    if (kind == AttributeKind::kText || kind == AttributeKind::kList) {
      ExpectRefused(BuiltWith(attribute, [](wire::Attribute::Builder row) { row.setValue(1); }), why);
    } else {
      ExpectRefused(BuiltWith(attribute, [](wire::Attribute::Builder row) { row.setText("1"); }), why);
    }
    if (kind != AttributeKind::kList) {
      ExpectRefused(BuiltWith(attribute, [](wire::Attribute::Builder row) { row.initList(1); }), why);
    }
  }
}

TEST(MessageCodec, ATextBeyondItsLimitIsRefused) {
  for (Attribute attribute : AllAttributes()) {
    if (KindOf(attribute) != AttributeKind::kText) continue;
    const std::string text(MostOctets(attribute) + 1, 'x');
    const std::string bytes =
        BuiltWith(attribute, [&text](wire::Attribute::Builder row) { row.setText(AsCapnpText(text)); });
    ExpectRefused(bytes,
                  absl::StrCat(AttributeName(attribute), ": ", text.size(), " octets; at most ", text.size() - 1));
  }
}

TEST(MessageCodec, TextThatIsNotUtf8OrHasNulIsRefused) {
  for (const std::string& text : {std::string("\xff"), std::string("a\0b", 3)}) {
    const capnp::Text::Reader octets = AsCapnpText(text);
    ExpectRefused(BuiltWith(Attribute::kThisDN, [&](wire::Attribute::Builder row) { row.setText(octets); }),
                  "ThisDN: not UTF-8");
    ExpectRefused(
        BuiltWith(Attribute::kUserData, [&](wire::Attribute::Builder row) { row.initList(1)[0].setKey(octets); }),
        "UserData: a key is not UTF-8");
    ExpectRefused(
        BuiltWith(Attribute::kUserData, [&](wire::Attribute::Builder row) { row.initList(1)[0].setText(octets); }),
        "UserData: the value of \"\" is not UTF-8");
  }
}

TEST(MessageCodec, AListBeyondItsLimitIsRefused) {
  const size_t most = MostOctets(Attribute::kUserData) / kPairOctets;
  ExpectRefused(BuiltWith(Attribute::kUserData,
                          [&](wire::Attribute::Builder row) { row.initList(static_cast<unsigned>(most + 1)); }),
                "UserData: ");
  const std::string value(MostOctets(Attribute::kUserData), 'x');
  ExpectRefused(BuiltWith(Attribute::kUserData,
                          [&](wire::Attribute::Builder row) { row.initList(1)[0].setText(AsCapnpText(value)); }),
                "octets; at most 16384");
}

TEST(MessageCodec, ListsTooDeepAreRefused) {
  const auto nested = [](int depth) {
    return BuiltWith(Attribute::kUserData, [depth](wire::Attribute::Builder row) {
      auto pairs = row.initList(1);
      for (int i = 1; i < depth; ++i) pairs = pairs[0].initList(1);
    });
  };
  EXPECT_TRUE(DecodeMessage(nested(kMostListDepth)).ok());
  ExpectRefused(nested(kMostListDepth + 1), "UserData: more than 8 lists in each other");
  ExpectRefused(nested(100), "UserData: more than 8 lists in each other");
}

TEST(MessageCodec, PointersToTheSamePlaceAgainAndAgainAreRefused) {
  std::string bytes = BuiltWith(Attribute::kUserData, [](wire::Attribute::Builder row) {
    auto pairs = row.initList(200);
    pairs[0].setText(std::string(2000, 'x').c_str());
    for (unsigned i = 1; i < 200; ++i) pairs[i].setText("12345678");
  });
  ASSERT_TRUE(DecodeMessage(bytes).ok());
  // The pairs are 32 octets each, and their second pointer is the text's: all shall lead to the first one's.
  const size_t first = bytes.find("xxxx") - 8 * 4 * 200;
  int64_t pointer = 0;
  std::memcpy(&pointer, &bytes[first + 24], 8);
  for (size_t i = 1; i < 200; ++i) {
    const int64_t moved = pointer - static_cast<int64_t>(i) * 16;
    std::memcpy(&bytes[first + i * 32 + 24], &moved, 8);
  }
  ExpectRefused(bytes, "traversal limit");
}

}  // namespace
}  // namespace understudy::tlib
