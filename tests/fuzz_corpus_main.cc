// main() for the plain test of a fuzz target: each file of the corpus, whole and cut short, goes through it once.
// Usage: x_fuzz_test [--corpus=DIRECTORY[,DIRECTORY...]] [FILE...]
#include <cstddef>
#include <cstdint>
#include <fstream>
#include <iterator>
#include <string>
#include <vector>

#include "absl/flags/flag.h"
#include "absl/flags/parse.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "tests/corpus.h"

ABSL_FLAG(std::string, corpus, "", "directories of the SIP corpus, separated by commas");

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size);

namespace understudy::tests {
namespace {

std::vector<std::string> files;

// A copy of exactly this size, so that AddressSanitizer sees a read past the end.
void Feed(absl::string_view bytes) {
  std::vector<uint8_t> input(bytes.begin(), bytes.end());
  LLVMFuzzerTestOneInput(input.data(), input.size());
}

void FeedWholeAndCut(const std::string& bytes) {
  Feed(bytes);
  const size_t step = bytes.size() / 50 + 1;
  for (size_t length = 0; length < bytes.size(); length += step) Feed(absl::string_view(bytes).substr(0, length));
}

TEST(FuzzCorpus, NoFileOfTheCorpusBreaksTheTarget) {
  const std::string named = absl::GetFlag(FLAGS_corpus);
  if (!named.empty() && !CorpusPath("")) GTEST_SKIP() << kNoCorpus;
  std::vector<std::string> directories = absl::StrSplit(named, ',', absl::SkipEmpty());
  for (const std::string& directory : directories) {
    std::vector<std::string> listed = CorpusFiles(directory);
    EXPECT_FALSE(listed.empty()) << directory;
    for (const std::string& file : listed) FeedWholeAndCut(*ReadCorpusFile(file));
  }
}

TEST(FuzzCorpus, NoSeedBreaksTheTarget) {
  for (const std::string& file : files) {
    std::ifstream stream(file, std::ios::binary);
    ASSERT_TRUE(stream.good()) << file;
    FeedWholeAndCut(std::string(std::istreambuf_iterator<char>(stream), std::istreambuf_iterator<char>()));
  }
}

TEST(FuzzCorpus, EmptyInputDoesNotBreakTheTarget) {
  Feed("");
}

}  // namespace
}  // namespace understudy::tests

int main(int argc, char** argv) {
  testing::InitGoogleTest(&argc, argv);
  std::vector<char*> rest = absl::ParseCommandLine(argc, argv);
  understudy::tests::files.assign(rest.begin() + 1, rest.end());
  return RUN_ALL_TESTS();
}
