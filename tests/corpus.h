#ifndef UNDERSTUDY_TESTS_CORPUS_H_
#define UNDERSTUDY_TESTS_CORPUS_H_

// The SIP test corpus: messages that nobody here wrote, kept beside the repository and never copied into it.
//
// It lies in shared/corpus, where shared is $UNDERSTUDY_SHARED or else the directory `shared` beside the workspace. A
// clone without it builds and tests all the same; a test that needs a file skips:
//
//   absl::optional<std::string> message = tests::ReadCorpusFile("torture4475/wsinv.dat");
//   if (!message) GTEST_SKIP() << tests::kNoCorpus;
//
// `bazel test` finds it from inside the sandbox, and so does a test program started by hand.

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"

namespace understudy::tests {

inline constexpr char kNoCorpus[] =
    "the SIP corpus is not here: set UNDERSTUDY_SHARED, or put the directory shared beside the workspace";

// The absolute path of a file or directory of the corpus ("torture4475/wsinv.dat", "fuzz"; "" is the corpus itself), or
// nothing when there is no such file.
absl::optional<std::string> CorpusPath(absl::string_view relative);

// The bytes of that file, or nothing when it cannot be read.
absl::optional<std::string> ReadCorpusFile(absl::string_view relative);

// Every regular file under that directory, at any depth, relative to the corpus, in byte order; empty without the
// corpus.
std::vector<std::string> CorpusFiles(absl::string_view relative_directory);

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_CORPUS_H_
