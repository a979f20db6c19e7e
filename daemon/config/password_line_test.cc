#include "daemon/config/password_line.h"

#include <unistd.h>

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using testing::HasSubstr;

// A pipe into which `text` has been written.
class Input {
 public:
  explicit Input(const std::string& text) {
    EXPECT_EQ(pipe(ends_), 0);
    EXPECT_EQ(write(ends_[1], text.data(), text.size()), static_cast<ssize_t>(text.size()));
  }
  ~Input() {
    End();
    close(ends_[0]);
  }

  int fd() const { return ends_[0]; }
  // Nothing more is written.
  void End() {
    if (ends_[1] >= 0) close(ends_[1]);
    ends_[1] = -1;
  }
  std::string Rest() {
    End();
    std::string rest(65536, ' ');
    rest.resize(static_cast<size_t>(read(fd(), rest.data(), rest.size())));
    return rest;
  }

 private:
  int ends_[2];
};

std::string Read(int fd) {
  const absl::StatusOr<std::string> line = ReadPasswordLine(fd);
  return line.ok() ? *line : std::string(line.status().message());
}

std::string PasswordOf(const std::string& text) {
  Input input(text);
  input.End();
  return Read(input.fd());
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
  for (const char* none : {"", "\n", "\r\n", "\nopen"})
    EXPECT_THAT(PasswordOf(none), HasSubstr("there is no password"));
  EXPECT_EQ(PasswordOf(std::string(128, 'x')), std::string(128, 'x'));
  EXPECT_THAT(PasswordOf(std::string(129, 'x')), HasSubstr("of more than 128 octets in the first line; allowed"));
  EXPECT_EQ(PasswordOf(std::string(128, 'x') + "\r\nopen"), std::string(128, 'x'));
}

TEST(PasswordLine, ALineThatNeverEndsIsNotReadToItsEnd) {
  Input input(std::string(60000, 'x'));
  EXPECT_THAT(Read(input.fd()), HasSubstr("of more than 128 octets"));
  EXPECT_EQ(input.Rest().size(), 60000u - 130u);
}

TEST(PasswordLine, WhoTypesItNeedNotEndTheInput) {
  Input input("open\n");
  EXPECT_EQ(Read(input.fd()), "open");
}

TEST(PasswordLine, WhatCannotBeReadSaysWhy) {
  EXPECT_THAT(Read(-1), HasSubstr("the password cannot be read: Bad file descriptor"));
}

}  // namespace
}  // namespace understudy::daemon
