#include "daemon/config/option_reference.h"

#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "daemon/config/option_table.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

TEST(OptionReference, TheDocumentHoldsTheTableAsItIs) {
  std::ifstream file("docs/configuration.md", std::ios::binary);
  ASSERT_TRUE(file) << "docs/configuration.md";
  std::string document(std::istreambuf_iterator<char>(file), {});
  absl::StatusOr<std::string> renewed = WithOptionReference(document);
  ASSERT_TRUE(renewed.ok()) << renewed.status();
  EXPECT_TRUE(*renewed == document)
      << "stale: bazel run //daemon/config:option_reference_main -- \"$PWD/docs/configuration.md\"";
}

TEST(OptionReference, EveryRowIsPrintedOnceASection) {
  std::string text = OptionReference();
  for (const OptionRow& row : OptionTable()) {
    EXPECT_TRUE(absl::StrContains(text, absl::StrCat("\n| `", row.name, "` |"))) << row.FullName();
  }
}

TEST(OptionReference, ADocumentWithoutItsMarkersIsRefused) {
  EXPECT_FALSE(WithOptionReference("").ok());
  EXPECT_FALSE(WithOptionReference("<!-- option reference: end -->\n<!-- option reference: begin -->\n").ok());
}

}  // namespace
}  // namespace understudy::daemon
