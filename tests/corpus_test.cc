#include "tests/corpus.h"

#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/types/optional.h"
#include "gtest/gtest.h"

namespace understudy::tests {
namespace {

TEST(Corpus, FilesAreReadFromInsideTheSandbox) {
  if (!CorpusPath("")) GTEST_SKIP() << kNoCorpus;
  absl::optional<std::string> message = ReadCorpusFile("torture4475/wsinv.dat");
  ASSERT_TRUE(message.has_value());
  EXPECT_TRUE(absl::StartsWith(*message, "INVITE "));
}

TEST(Corpus, AListingNamesFilesThatCanBeRead) {
  std::vector<std::string> files = CorpusFiles("torture5118");
  if (!CorpusPath("")) GTEST_SKIP() << kNoCorpus;
  ASSERT_FALSE(files.empty());
  for (const std::string& file : files) EXPECT_TRUE(ReadCorpusFile(file).has_value()) << file;
}

TEST(Corpus, AMissingFileIsNothing) {
  EXPECT_EQ(CorpusPath("no/such/file"), absl::nullopt);
  EXPECT_EQ(ReadCorpusFile("no/such/file"), absl::nullopt);
  EXPECT_TRUE(CorpusFiles("no/such/directory").empty());
}

TEST(Corpus, ADirectoryHasNoBytes) {
  EXPECT_EQ(ReadCorpusFile(""), absl::nullopt);
}

}  // namespace
}  // namespace understudy::tests
