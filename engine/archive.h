// Rows of the state as bytes, and back. A row lists its fields once:
//
//   struct Binding {
//     std::string contact;
//     EngineTime expires;
//     template <class Archive>
//     void Fields(Archive& a) {
//       a.Field(1, contact);
//       a.Field(2, expires);
//     }
//   };
//
// and that list serves saving, loading and the digest, so they cannot disagree. Field numbers ascend and are
// never used twice. A field that a file does not have keeps its default; a field that this program does not know
// is an error. Equal rows give equal bytes.
#ifndef UNDERSTUDY_ENGINE_ARCHIVE_H_
#define UNDERSTUDY_ENGINE_ARCHIVE_H_

#include <algorithm>
#include <bit>
#include <cstddef>
#include <cstdint>
#include <cstring>
#include <string>
#include <type_traits>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/endpoint.h"
#include "base/shared_bytes.h"
#include "base/strong_id.h"
#include "base/time.h"

namespace understudy::engine {

class FieldWriter {
 public:
  // Appends to `*out`, which must outlive the writer, and is whole when the writer has ended.
  explicit FieldWriter(std::string* out) : out_(*out), size_(out->size()) {}
  FieldWriter(const FieldWriter&) = delete;
  FieldWriter& operator=(const FieldWriter&) = delete;
  ~FieldWriter() { out_.resize(size_); }

  // What has been written so far, with what was there before; begins anew. One writer for many rows allocates once.
  absl::string_view bytes() const { return absl::string_view(out_.data(), size_); }
  void Clear() { size_ = 0; }

  template <class T>
  void Field(uint32_t number, const T& value) {
    Number(number);
    Write(value);
  }

  // A field that rows did not have at first: not written while it is the default, so that old states keep their digest.
  template <class T>
  void LaterField(uint32_t number, const T& value) {
    if (!(value == T())) Field(number, value);
  }

  template <class Row>
  void WriteRow(const Row& row) {
    const_cast<Row&>(row).Fields(*this);
  }

 private:
  static constexpr size_t kLongestNumber = 10;
  static constexpr size_t kFirstRoom = 256;

  // Where so many bytes can be written.
  char* Room(size_t bytes) {
    if (out_.size() - size_ < bytes) out_.resize(std::max({size_ + bytes, 2 * size_, kFirstRoom}));
    return &out_[size_];
  }
  void Number(uint64_t v) {
    char* const at = Room(kLongestNumber);
    if (v < 0x80) {
      *at = static_cast<char>(v);
      ++size_;
    } else {
      size_ += PutNumber(v, at);
    }
  }
  // Seven bits to a byte: of 56 bits each half goes to its half of the word, then of each half each half, and so on.
  // Keys are as long as numbers get, and most of what a state holds.
  static size_t PutNumber(uint64_t v, char* at) {
    constexpr uint64_t kMore = 0x8080808080808080;  // every byte has one that follows
    uint64_t word = (v & 0x000000000fffffff) | (v & 0x00fffffff0000000) << 4;
    word = (word & 0x00003fff00003fff) | (word & 0x0fffc0000fffc000) << 2;
    word = (word & 0x007f007f007f007f) | (word & 0x3f803f803f803f80) << 1;
    const size_t size = static_cast<size_t>(std::bit_width(v) + 6) / 7;
    word |= size > 8 ? kMore : kMore >> (8 * (9 - size));
    if constexpr (std::endian::native == std::endian::big) word = __builtin_bswap64(word);
    std::memcpy(at, &word, sizeof word);
    if (size > 8) at[8] = static_cast<char>(v >> 56 | (size > 9 ? 0x80 : 0));
    if (size > 9) at[9] = 1;
    return size;
  }
  void Raw(const void* bytes, size_t size) {
    if (size == 0) return;
    std::memcpy(Room(size), bytes, size);
    size_ += size;
  }
  void Bytes(absl::string_view bytes) {
    Number(bytes.size());
    Raw(bytes.data(), bytes.size());
  }
  void Signed(int64_t v) { Number((static_cast<uint64_t>(v) << 1) ^ static_cast<uint64_t>(v >> 63)); }

  void Write(const std::string& v) { Bytes(v); }
  void Write(const SharedBytes& v) { Bytes(v.view()); }
  void Write(Duration v) { Signed(v.nanoseconds()); }
  template <class Tag>
  void Write(TimePoint<Tag> v) {
    Signed(v.nanoseconds());
  }
  template <class Tag>
  void Write(StrongId<Tag> v) {
    Number(v.value());
  }
  void Write(const Endpoint& v) {
    Raw(v.ip().data(), v.ip().size());
    Number(v.port());
  }
  template <class T>
  void Write(const std::vector<T>& v) {
    Number(v.size());
    for (const T& element : v) Write(element);
  }
  template <class T>
  void Write(const absl::optional<T>& v) {
    Number(v.has_value() ? 1 : 0);
    if (v.has_value()) Write(*v);
  }
  template <class K, class V>
  void Write(const absl::btree_map<K, V>& v) {
    Number(v.size());
    for (const auto& [key, value] : v) {
      Write(key);
      Write(value);
    }
  }
  template <class T>
  void Write(const T& v) {
    if constexpr (std::is_enum_v<T> || std::is_same_v<T, bool>) {
      Number(static_cast<uint64_t>(v));
    } else if constexpr (std::is_unsigned_v<T>) {
      Number(v);
    } else if constexpr (std::is_signed_v<T>) {
      Signed(v);
    } else {
      const size_t at = size_;
      Number(0);
      WriteRow(v);
      SetSize(at);
    }
  }
  // The byte at `at` becomes the size of what follows it: more than one byte where it must.
  void SetSize(size_t at) {
    const size_t size = size_ - at - 1;
    if (size < 0x80) {
      out_[at] = static_cast<char>(size);
      return;
    }
    std::string number;
    FieldWriter(&number).Number(size);
    out_.replace(at, 1, number);
    size_ += number.size() - 1;
  }

  std::string& out_;  // longer than what is written: room
  size_t size_;       // that is written
};

class FieldReader {
 public:
  // Reads from `bytes`, which must outlive the reader.
  explicit FieldReader(absl::string_view bytes) : rest_(bytes) { NextNumber(); }

  template <class T>
  void Field(uint32_t number, T& value) {
    if (!ok_ || !has_next_ || next_ > number) return;
    if (next_ < number) return Fail();
    Read(value);
    NextNumber();
  }

  template <class T>
  void LaterField(uint32_t number, T& value) {
    Field(number, value);
  }

  // True when every byte was understood.
  template <class Row>
  bool ReadRow(Row& row) {
    row.Fields(*this);
    return ok_ && !has_next_;
  }

 private:
  void Fail() { ok_ = false; }
  void NextNumber() {
    has_next_ = ok_ && !rest_.empty();
    if (has_next_) next_ = Number();
  }
  uint64_t Number() {
    uint64_t v = 0;
    for (int shift = 0; shift < 64 && !rest_.empty(); shift += 7) {
      const uint8_t byte = static_cast<uint8_t>(rest_[0]);
      rest_.remove_prefix(1);
      v |= static_cast<uint64_t>(byte & 0x7f) << shift;
      if (byte < 0x80) return v;
    }
    Fail();
    return 0;
  }
  int64_t Signed() {
    const uint64_t v = Number();
    return static_cast<int64_t>(v >> 1) ^ -static_cast<int64_t>(v & 1);
  }
  absl::string_view Bytes() {
    const uint64_t size = Number();
    if (!ok_ || size > rest_.size()) {
      Fail();
      return {};
    }
    absl::string_view bytes = rest_.substr(0, size);
    rest_.remove_prefix(size);
    return bytes;
  }

  void Read(std::string& v) { v = std::string(Bytes()); }
  void Read(SharedBytes& v) { v = SharedBytes(Bytes()); }
  void Read(Duration& v) { v = Duration::Nanoseconds(Signed()); }
  template <class Tag>
  void Read(TimePoint<Tag>& v) {
    v = TimePoint<Tag>::FromNanoseconds(Signed());
  }
  template <class Tag>
  void Read(StrongId<Tag>& v) {
    v = StrongId<Tag>(Number());
  }
  void Read(Endpoint& v) {
    Endpoint::Ip ip{};
    if (rest_.size() < ip.size()) return Fail();
    std::memcpy(ip.data(), rest_.data(), ip.size());
    rest_.remove_prefix(ip.size());
    v = Endpoint(ip, static_cast<uint16_t>(Number()));
  }
  template <class T>
  void Read(std::vector<T>& v) {
    const uint64_t size = Number();
    if (size > rest_.size()) return Fail();
    v.clear();
    for (uint64_t i = 0; i < size && ok_; ++i) Read(v.emplace_back());
  }
  template <class T>
  void Read(absl::optional<T>& v) {
    v.reset();
    if (Number() != 0) Read(v.emplace());
  }
  template <class K, class V>
  void Read(absl::btree_map<K, V>& v) {
    const uint64_t size = Number();
    if (size > rest_.size()) return Fail();
    v.clear();
    for (uint64_t i = 0; i < size && ok_; ++i) {
      K key{};
      Read(key);
      Read(v[std::move(key)]);
    }
  }
  template <class T>
  void Read(T& v) {
    if constexpr (std::is_enum_v<T> || std::is_same_v<T, bool> || std::is_unsigned_v<T>) {
      v = static_cast<T>(Number());
    } else if constexpr (std::is_signed_v<T>) {
      v = static_cast<T>(Signed());
    } else {
      FieldReader reader(Bytes());
      if (!reader.ReadRow(v)) Fail();
    }
  }

  absl::string_view rest_;
  uint64_t next_ = 0;
  bool has_next_ = false;
  bool ok_ = true;
};

// Bytes of a row, and the row of bytes.
template <class Row>
std::string SaveRow(const Row& row) {
  std::string bytes;
  FieldWriter(&bytes).WriteRow(row);
  return bytes;
}

// False, and `row` is half filled, when the bytes are not of this kind of row.
template <class Row>
bool LoadRow(absl::string_view bytes, Row& row) {
  return FieldReader(bytes).ReadRow(row);
}

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_ARCHIVE_H_
