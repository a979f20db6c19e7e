// A list of pairs as the T-Library has it: UserData, Reasons, Extensions. Order counts, and a key may stand more than
// once (RequestAttachUserData appends).
#ifndef UNDERSTUDY_TLIB_KEY_VALUE_LIST_H_
#define UNDERSTUDY_TLIB_KEY_VALUE_LIST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <type_traits>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::tlib {

struct KeyValuePair;

// What a pair takes beside its key and value, when it is encoded.
inline constexpr size_t kPairOctets = 48;

class KeyValueList {
 public:
  KeyValueList() = default;

  // Behind what is there. Texts become UTF-8 without NUL (tlib/text.h); those of a KeyValuePair must be that already,
  // as those of every list that came over a link are.
  void Append(KeyValuePair pair);
  template <class Number, class = std::enable_if_t<std::is_integral_v<Number> || std::is_enum_v<Number>>>
  void Append(absl::string_view key, Number value) {
    AppendNumber(key, static_cast<int64_t>(value));
  }
  void Append(absl::string_view key, absl::string_view value);
  void Append(absl::string_view key, const char* value) { Append(key, absl::string_view(value)); }
  void Append(absl::string_view key, const std::string& value) { Append(key, absl::string_view(value)); }
  void Append(absl::string_view key, KeyValueList value);
  // The first of that key gets the value and the others go; appended if there is none.
  void Update(const KeyValuePair& pair);
  // All of that key. False: there was none.
  bool Erase(absl::string_view key);
  void Clear();

  // The first; nullptr: none.
  const KeyValuePair* Find(absl::string_view key) const;
  // The text of the first of that key; "" when there is none, or it is no text.
  absl::string_view Text(absl::string_view key) const;

  const std::vector<KeyValuePair>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }
  // Octets of keys and values, nested ones too, and kPairOctets a pair: never less than an encoded list takes, and what
  // limits are about.
  size_t octets() const;
  // 1, and more by one for each list in a list.
  int depth() const;

  friend bool operator==(const KeyValueList& a, const KeyValueList& b);

 private:
  void AppendNumber(absl::string_view key, int64_t value);

  std::vector<KeyValuePair> pairs_;
};

struct Binary {
  std::string octets;
  friend bool operator==(const Binary&, const Binary&) = default;
};

struct KeyValuePair {
  std::string key;
  std::variant<int64_t, std::string, Binary, KeyValueList> value;
  friend bool operator==(const KeyValuePair&, const KeyValuePair&) = default;
};

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_KEY_VALUE_LIST_H_
