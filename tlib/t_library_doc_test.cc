// docs/t_library.md has every number and name of this room's headers, and the table of requests as it is.
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_split.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message.h"
#include "tlib/request_rules.h"

namespace understudy::tlib {
namespace {

using ::testing::Contains;
using ::testing::HasSubstr;
using ::testing::StartsWith;

std::string Document() {
  std::ifstream file("docs/t_library.md");
  EXPECT_TRUE(file.good());
  return {std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>()};
}

std::vector<std::string> Lines() {
  return absl::StrSplit(Document(), '\n');
}

std::string Row(const RequestRule& rule) {
  std::vector<std::string> must;
  std::vector<std::string> may;
  for (Attribute attribute : AllAttributes()) {
    if (rule.Must(attribute)) must.push_back(absl::StrCat("`", AttributeName(attribute), "`"));
    if (rule.May(attribute)) may.push_back(absl::StrCat("`", AttributeName(attribute), "`"));
  }
  return absl::StrCat("| ", static_cast<unsigned>(rule.request), " | `", MessageTypeName(rule.request), "` | ",
                      must.empty() ? "-" : absl::StrJoin(must, ", "), " | ",
                      may.empty() ? "-" : absl::StrJoin(may, ", "), " | ");
}

absl::string_view KindName(AttributeKind kind) {
  constexpr absl::string_view kNames[] = {"number", "id", "text", "list", "enum"};
  return kNames[static_cast<size_t>(kind)];
}

TEST(TLibraryDocument, HasARowForEveryRequestThatIsServed) {
  const std::vector<std::string> lines = Lines();
  for (const RequestRule& rule : RequestRules()) EXPECT_THAT(lines, Contains(StartsWith(Row(rule))));
}

TEST(TLibraryDocument, NamesEveryMessageWithItsNumber) {
  const std::string document = Document();
  for (MessageType type : AllMessageTypes()) {
    const auto number = static_cast<unsigned>(type);
    const std::string row = absl::StrCat("\n| ", number, " | `", MessageTypeName(type), "` | ");
    const std::string named = absl::StrCat(number, " `", MessageTypeName(type), "`");
    EXPECT_NE(document.find(row) == std::string::npos, document.find(named) == std::string::npos)
        << MessageTypeName(type) << " must stand once: in a table, or among those that are not served or sent";
  }
}

TEST(TLibraryDocument, DescribesEveryAttributeWithItsNumberKindAndLimit) {
  const std::vector<std::string> lines = Lines();
  for (Attribute attribute : AllAttributes()) {
    const size_t most = MostOctets(attribute);
    EXPECT_THAT(lines, Contains(StartsWith(absl::StrCat("| ", static_cast<unsigned>(attribute), " | `",
                                                        AttributeName(attribute), "` | ", KindName(KindOf(attribute)),
                                                        " | ", most == 0 ? "-" : absl::StrCat(most), " | "))));
  }
}

TEST(TLibraryDocument, HasEveryValueOfEveryEnumeration) {
  const std::vector<std::string> lines = Lines();
  for (Attribute attribute : AllAttributes()) {
    if (KindOf(attribute) != AttributeKind::kEnum || attribute == Attribute::kErrorCode) continue;
    std::vector<std::string> values;
    for (int64_t value = 0; !EnumName(attribute, value).empty(); ++value) {
      values.push_back(absl::StrCat(value, " ", EnumName(attribute, value)));
    }
    EXPECT_THAT(lines, Contains(::testing::AllOf(HasSubstr(absl::StrCat("`", AttributeName(attribute), "`")),
                                                 HasSubstr(absl::StrCat("| ", absl::StrJoin(values, ", "), " |")))));
  }
}

TEST(TLibraryDocument, SaysOfEveryErrorCodeWhenItIsGiven) {
  const std::vector<std::string> lines = Lines();
  for (int64_t code = 0; !EnumName(Attribute::kErrorCode, code).empty(); ++code) {
    EXPECT_THAT(lines,
                Contains(StartsWith(absl::StrCat("| ", code, " | `", EnumName(Attribute::kErrorCode, code), "` | "))));
  }
}

}  // namespace
}  // namespace understudy::tlib
