#include "tlib/key_value_list.h"

#include <algorithm>
#include <utility>

#include "tlib/text.h"

namespace understudy::tlib {
namespace {

size_t OctetsOf(const KeyValuePair& pair) {
  if (const auto* text = std::get_if<std::string>(&pair.value)) return text->size();
  if (const auto* binary = std::get_if<Binary>(&pair.value)) return binary->octets.size();
  if (const auto* list = std::get_if<KeyValueList>(&pair.value)) return list->octets();
  return 0;
}

void MakeText(std::string* octets) {
  if (!IsText(*octets)) *octets = AsText(*octets, octets->size());
}

// Lists in it have done so with their own.
void MakeText(KeyValuePair* pair) {
  MakeText(&pair->key);
  if (auto* text = std::get_if<std::string>(&pair->value)) MakeText(text);
}

}  // namespace

void KeyValueList::Append(KeyValuePair pair) {
  MakeText(&pair);
  pairs_.push_back(std::move(pair));
}

void KeyValueList::AppendNumber(absl::string_view key, int64_t value) {
  pairs_.push_back({AsText(key, key.size()), value});
}

void KeyValueList::Append(absl::string_view key, absl::string_view value) {
  pairs_.push_back({AsText(key, key.size()), AsText(value, value.size())});
}

void KeyValueList::Append(absl::string_view key, KeyValueList value) {
  pairs_.push_back({AsText(key, key.size()), std::move(value)});
}

void KeyValueList::Update(const KeyValuePair& pair) {
  KeyValuePair made = pair;
  MakeText(&made);
  const auto has_its_key = [&made](const KeyValuePair& other) { return other.key == made.key; };
  const auto first = std::find_if(pairs_.begin(), pairs_.end(), has_its_key);
  if (first == pairs_.end()) {
    pairs_.push_back(std::move(made));
    return;
  }
  pairs_.erase(std::remove_if(first + 1, pairs_.end(), has_its_key), pairs_.end());
  first->value = std::move(made.value);
}

bool KeyValueList::Erase(absl::string_view key) {
  const auto kept =
      std::remove_if(pairs_.begin(), pairs_.end(), [key](const KeyValuePair& pair) { return pair.key == key; });
  const bool found = kept != pairs_.end();
  pairs_.erase(kept, pairs_.end());
  return found;
}

void KeyValueList::Clear() {
  pairs_.clear();
}

const KeyValuePair* KeyValueList::Find(absl::string_view key) const {
  const auto found =
      std::find_if(pairs_.begin(), pairs_.end(), [key](const KeyValuePair& pair) { return pair.key == key; });
  return found == pairs_.end() ? nullptr : &*found;
}

absl::string_view KeyValueList::Text(absl::string_view key) const {
  const KeyValuePair* pair = Find(key);
  const auto* text = pair == nullptr ? nullptr : std::get_if<std::string>(&pair->value);
  return text == nullptr ? absl::string_view() : absl::string_view(*text);
}

size_t KeyValueList::octets() const {
  size_t sum = 0;
  for (const KeyValuePair& pair : pairs_) sum += kPairOctets + pair.key.size() + OctetsOf(pair);
  return sum;
}

int KeyValueList::depth() const {
  int deepest = 0;
  for (const KeyValuePair& pair : pairs_) {
    if (const auto* list = std::get_if<KeyValueList>(&pair.value)) deepest = std::max(deepest, list->depth());
  }
  return deepest + 1;
}

bool operator==(const KeyValueList& a, const KeyValueList& b) {
  return a.pairs_ == b.pairs_;
}

}  // namespace understudy::tlib
