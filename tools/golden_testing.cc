#include "tools/golden_testing.h"

#include <cstdlib>
#include <fstream>
#include <sstream>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"

namespace understudy::tools {

void ExpectGolden(absl::string_view name, absl::string_view text) {
  const std::string path = absl::StrCat("tools/testdata/", name, ".txt");
  const char* workspace = std::getenv("BUILD_WORKSPACE_DIRECTORY");
  if (workspace != nullptr && std::getenv("REWRITE_GOLDEN") != nullptr) {
    std::ofstream out(absl::StrCat(workspace, "/", path), std::ios::binary);
    out << text;
    EXPECT_TRUE(out.good()) << "cannot write " << path;
    return;
  }
  std::ifstream in(path, std::ios::binary);
  std::ostringstream expected;
  expected << in.rdbuf();
  EXPECT_EQ(expected.str(), std::string(text))
      << path << " says otherwise; tools/golden_testing.h tells how to rewrite it";
}

}  // namespace understudy::tools
