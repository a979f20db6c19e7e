#include "engine/archive.h"

#include <string>
#include <vector>

#include "engine/ids.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

struct Inner {
  int32_t a = 0;
  std::string b;
  template <class Archive>
  void Fields(Archive& archive) {
    archive.Field(1, a);
    archive.Field(2, b);
  }
  friend bool operator==(const Inner&, const Inner&) = default;
};

enum class Colour : uint8_t { kRed = 0, kGreen = 1 };

struct Row {
  std::string text;
  SharedBytes bytes;
  Duration span;
  EngineTime time;
  CallId id;
  Endpoint endpoint;
  std::vector<Inner> list;
  absl::optional<std::string> maybe;
  absl::btree_map<std::string, uint32_t> map;
  Colour colour = Colour::kRed;
  bool flag = false;
  int64_t negative = 0;
  uint64_t large = 0;
  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, text);
    a.Field(2, bytes);
    a.Field(3, span);
    a.Field(4, time);
    a.Field(5, id);
    a.Field(6, endpoint);
    a.Field(7, list);
    a.Field(8, maybe);
    a.Field(9, map);
    a.Field(10, colour);
    a.Field(11, flag);
    a.Field(12, negative);
    a.Field(13, large);
  }
  friend bool operator==(const Row&, const Row&) = default;
};

// A later version of Inner: one field more, one gone.
struct LaterInner {
  std::string b;
  uint32_t c = 7;
  template <class Archive>
  void Fields(Archive& archive) {
    archive.Field(2, b);
    archive.Field(3, c);
  }
};

Row Full() {
  Row row;
  row.text = std::string("a\0b", 3);
  row.bytes = SharedBytes("bytes");
  row.span = Duration::Seconds(-3);
  row.time = EngineTime::FromNanoseconds(1) + Duration::Seconds(1 << 30);
  row.id = CallId(300);
  row.endpoint = Endpoint::V4(10, 0, 0, 1, 65535);
  row.list = {{-1, "x"}, {2147483647, ""}};
  row.maybe = "";
  row.map = {{"one", 1}, {"two", 2}};
  row.colour = Colour::kGreen;
  row.flag = true;
  row.negative = INT64_MIN;
  row.large = UINT64_MAX;
  return row;
}

TEST(ArchiveTest, SaveAndLoadAreInverse) {
  Row loaded;
  ASSERT_TRUE(LoadRow(SaveRow(Full()), loaded));
  EXPECT_EQ(loaded, Full());
  ASSERT_TRUE(LoadRow(SaveRow(Row()), loaded));
  EXPECT_EQ(loaded, Row());
}

std::string SevenBitsToAByte(uint64_t v) {
  std::string bytes;
  for (; v >= 0x80; v >>= 7) bytes.push_back(static_cast<char>(v | 0x80));
  bytes.push_back(static_cast<char>(v));
  return bytes;
}

TEST(ArchiveTest, NumbersOfEveryLengthHaveSevenBitsToAByte) {
  for (int bit = 0; bit < 64; ++bit) {
    for (const uint64_t v : {(uint64_t{1} << bit) - 1, uint64_t{1} << bit, UINT64_MAX >> bit,
                             0xa5a5a5a5a5a5a5a5 >> bit}) {
      std::string bytes = "x";
      FieldWriter(&bytes).Field(1, v);
      ASSERT_EQ(bytes, "x\1" + SevenBitsToAByte(v)) << v;
    }
  }
}

TEST(ArchiveTest, AWriterThatIsClearedBeginsAnew) {
  std::string buffer;
  FieldWriter writer(&buffer);
  writer.WriteRow(Full());
  EXPECT_EQ(writer.bytes(), SaveRow(Full()));
  writer.Clear();
  writer.WriteRow(Inner{1, std::string(1000, 'x')});
  EXPECT_EQ(writer.bytes(), SaveRow(Inner{1, std::string(1000, 'x')}));
}

TEST(ArchiveTest, AFieldThatIsNotThereKeepsItsDefault) {
  LaterInner later;
  std::string only_b;
  FieldWriter(&only_b).Field(2, std::string("x"));
  ASSERT_TRUE(LoadRow(only_b, later));
  EXPECT_EQ(later.b, "x");
  EXPECT_EQ(later.c, 7u);
}

TEST(ArchiveTest, AFieldThatIsNotKnownIsAnError) {
  LaterInner later;
  EXPECT_FALSE(LoadRow(SaveRow(Inner{1, "x"}), later));
  Inner inner;
  EXPECT_FALSE(LoadRow(SaveRow(LaterInner{"x", 1}), inner));
}

TEST(ArchiveTest, DamagedBytesAreRefusedOrReadAsSomethingElseButNeverCrash) {
  const std::string saved = SaveRow(Full());
  for (size_t cut = 0; cut < saved.size(); ++cut) {
    Row row;
    LoadRow(saved.substr(0, cut), row);
  }
  for (size_t at = 0; at < saved.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = saved;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      Row row;
      LoadRow(damaged, row);
    }
  }
}

}  // namespace
}  // namespace understudy::engine
