// Every scenario in this directory does what its file says.
//   bazel run //tests/scenarios:rewrite     writes what it does now into the files: then read the diff
#include <fstream>
#include <sstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/scenarios/scenario.h"

namespace understudy::tests {
namespace {

std::vector<std::string> files;

std::string ReadFile(const std::string& path) {
  std::ifstream in(path);
  std::ostringstream text;
  text << in.rdbuf();
  return text.str();
}

class ScenarioTest : public testing::TestWithParam<std::string> {};

TEST_P(ScenarioTest, DoesWhatItSays) {
  const std::string recorded = ReadFile(GetParam());
  ASSERT_FALSE(recorded.empty());
  const ScenarioResult result = RunScenario(recorded);
  for (const std::string& fault : result.faults) ADD_FAILURE() << fault;
  EXPECT_EQ(result.text, recorded);
}

std::string NameOf(const testing::TestParamInfo<std::string>& info) {
  std::string name = info.param.substr(info.param.rfind('/') + 1);
  name.resize(name.rfind('.'));
  return name;
}

INSTANTIATE_TEST_SUITE_P(Files, ScenarioTest, testing::ValuesIn(files), NameOf);

}  // namespace
}  // namespace understudy::tests

int main(int argc, char** argv) {
  for (int i = 1; i < argc; ++i) {
    if (argv[i][0] != '-') understudy::tests::files.emplace_back(argv[i]);
  }
  testing::InitGoogleTest(&argc, argv);
  return RUN_ALL_TESTS();
}
