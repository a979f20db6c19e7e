// A list of pairs as the T-Library has it: UserData, Reasons, Extensions. Order counts, and a key may stand more than once
// (RequestAttachUserData appends).
#ifndef UNDERSTUDY_TLIB_KEY_VALUE_LIST_H_
#define UNDERSTUDY_TLIB_KEY_VALUE_LIST_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::tlib {

struct KeyValuePair;

class KeyValueList {
 public:
  KeyValueList() = default;

  // Behind what is there.
  void Append(KeyValuePair pair);
  void Append(absl::string_view key, int64_t value);
  void Append(absl::string_view key, absl::string_view value);
  // The first of that key gets the value and the others go; appended if there is none.
  void Update(const KeyValuePair& pair);
  // All of that key. False: there was none.
  bool Erase(absl::string_view key);
  void Clear() { pairs_.clear(); }

  // The first; nullptr: none.
  const KeyValuePair* Find(absl::string_view key) const;
  // The text of the first of that key; "" when there is none, or it is no text.
  absl::string_view Text(absl::string_view key) const;

  const std::vector<KeyValuePair>& pairs() const { return pairs_; }
  bool empty() const { return pairs_.empty(); }
  // Octets of keys and values, nested ones too, and 8 a number: what limits are about.
  size_t octets() const;

  friend bool operator==(const KeyValueList&, const KeyValueList&);

 private:
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

inline bool operator==(const KeyValueList& a, const KeyValueList& b) {
  return a.pairs_ == b.pairs_;
}

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_KEY_VALUE_LIST_H_
