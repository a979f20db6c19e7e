// Output of a tool compared with the text in testdata/. After a wanted change:
//
//   REWRITE_GOLDEN=1 bazel run //tools:journal_dump_test      and read the difference before you commit it
#ifndef UNDERSTUDY_TOOLS_GOLDEN_TESTING_H_
#define UNDERSTUDY_TOOLS_GOLDEN_TESTING_H_

#include "absl/strings/string_view.h"

namespace understudy::tools {

// Expects `text` to be what testdata/NAME.txt holds.
void ExpectGolden(absl::string_view name, absl::string_view text);

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_GOLDEN_TESTING_H_
