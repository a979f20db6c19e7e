#include "tlib/message.h"

#include <algorithm>

#include "base/check.h"
#include "tlib/text.h"

namespace understudy::tlib {
namespace {

bool IsNumeric(Attribute attribute) {
  const AttributeKind kind = KindOf(attribute);
  return kind != AttributeKind::kText && kind != AttributeKind::kList;
}

// Where `attribute` stands, or would.
template <class Attributes>
auto Place(Attributes& attributes, Attribute attribute) {
  return std::lower_bound(attributes.begin(), attributes.end(), attribute,
                          [](const std::pair<Attribute, Value>& a, Attribute b) { return a.first < b; });
}

}  // namespace

Message& Message::SetNumber(Attribute attribute, int64_t value) {
  US_CHECK(IsNumeric(attribute));
  Put(attribute, value);
  return *this;
}

Message& Message::Set(Attribute attribute, absl::string_view value) {
  US_CHECK(KindOf(attribute) == AttributeKind::kText);
  Put(attribute, AsText(value, MostOctets(attribute)));
  return *this;
}

Message& Message::Set(Attribute attribute, KeyValueList value) {
  US_CHECK(KindOf(attribute) == AttributeKind::kList);
  US_CHECK_LE(value.octets(), MostOctets(attribute));
  US_CHECK_LE(value.depth(), kMostListDepth);
  Put(attribute, std::move(value));
  return *this;
}

void Message::Erase(Attribute attribute) {
  const auto place = Place(attributes_, attribute);
  if (place != attributes_.end() && place->first == attribute) attributes_.erase(place);
}

int64_t Message::Number(Attribute attribute, int64_t otherwise) const {
  US_CHECK(IsNumeric(attribute));
  const Value* value = Find(attribute);
  return value == nullptr ? otherwise : std::get<int64_t>(*value);
}

absl::string_view Message::Text(Attribute attribute) const {
  US_CHECK(KindOf(attribute) == AttributeKind::kText);
  const Value* value = Find(attribute);
  return value == nullptr ? absl::string_view() : absl::string_view(std::get<std::string>(*value));
}

const KeyValueList& Message::List(Attribute attribute) const {
  static const KeyValueList* const kEmpty = new KeyValueList();
  US_CHECK(KindOf(attribute) == AttributeKind::kList);
  const Value* value = Find(attribute);
  return value == nullptr ? *kEmpty : std::get<KeyValueList>(*value);
}

const Value* Message::Find(Attribute attribute) const {
  const auto place = Place(attributes_, attribute);
  return place != attributes_.end() && place->first == attribute ? &place->second : nullptr;
}

void Message::Put(Attribute attribute, Value value) {
  const auto place = Place(attributes_, attribute);
  if (place != attributes_.end() && place->first == attribute) {
    place->second = std::move(value);
  } else {
    attributes_.insert(place, {attribute, std::move(value)});
  }
}

}  // namespace understudy::tlib
