#include "daemon/config/password_line.h"

#include <sstream>
#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using testing::HasSubstr;

std::string PasswordOf(const std::string& text) {
  std::istringstream in(text);
  const absl::StatusOr<std::string> line = ReadPasswordLine(in);
  return line.ok() ? *line : std::string(line.status().message());
}

TEST(PasswordLine, IsTheFirstLineWithoutItsEnd) {
  EXPECT_EQ(PasswordOf("open"), "open");
  EXPECT_EQ(PasswordOf("open\n"), "open");
  EXPECT_EQ(PasswordOf("open\r\nshut\r\n"), "open");
}

TEST(PasswordLine, BlanksBelongToThePassword) {
  EXPECT_EQ(PasswordOf(" op en \t\n"), " op en \t");
}

TEST(PasswordLine, NoneAndOneThatIsTooLongAreToldApart) {
  for (const char* none : {"", "\n", "\r\n", "\nopen"}) EXPECT_THAT(PasswordOf(none), HasSubstr("there is no password"));
  EXPECT_EQ(PasswordOf(std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_THAT(PasswordOf(std::string(129, 'x')), HasSubstr("of 129 octets; allowed: 1 to 128"));
}

}  // namespace
}  // namespace understudy::daemon
