// docs/testing.md lists every fault, every mark and every relaxation.
#include <fstream>
#include <iterator>
#include <string>

#include "absl/strings/str_cat.h"
#include "gtest/gtest.h"
#include "tests/sim/coverage.h"
#include "tests/sim/fault.h"

namespace understudy::sim {
namespace {

class TestingDocument : public testing::Test {
 protected:
  TestingDocument() {
    std::ifstream file("docs/testing.md");
    text_.assign(std::istreambuf_iterator<char>(file), std::istreambuf_iterator<char>());
  }
  bool Says(const std::string& part) const { return text_.find(part) != std::string::npos; }

 private:
  std::string text_;
};

TEST_F(TestingDocument, ListsEveryFaultWithItsUnit) {
  for (const FaultTraits& traits : AllFaults()) {
    EXPECT_TRUE(Says(absl::StrCat("| ", traits.name, " | ", traits.unit, " |"))) << traits.name;
  }
}

TEST_F(TestingDocument, ListsEveryMarkWithWhatItIs) {
  for (const MarkTraits& traits : AllMarks()) {
    EXPECT_TRUE(Says(absl::StrCat("| ", traits.name, " | ", traits.what, " |"))) << traits.name;
  }
}

TEST_F(TestingDocument, ListsEveryRelaxationWithItsReason) {
  for (const Relaxation& relaxation : kRelaxations) {
    EXPECT_TRUE(Says(absl::StrCat("| ", RunClassName(relaxation.run_class), " | ", CheckName(relaxation.check), " | ",
                                  relaxation.reason, " |")))
        << relaxation.reason;
  }
}

}  // namespace
}  // namespace understudy::sim
