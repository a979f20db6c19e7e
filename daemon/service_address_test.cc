#include "daemon/service_address.h"

#include <fcntl.h>
#include <signal.h>
#include <sys/resource.h>
#include <sys/stat.h>
#include <sys/time.h>
#include <unistd.h>

#include <fstream>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/net/owned_fd.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using testing::HasSubstr;

class ServiceAddressTest : public testing::Test {
 protected:
  ~ServiceAddressTest() override { unlink(path_.c_str()); }

  void Write(const std::string& lines) {
    std::ofstream(path_) << "#!/bin/sh\n" << lines << "\n";
    EXPECT_EQ(chmod(path_.c_str(), 0700), 0);
  }
  // What Prepare says of the down-script.
  absl::Status Prepare(Duration timeout = Duration::Seconds(60)) const {
    ServiceAddress::Options options;
    options.scripts.down = path_;
    options.scripts.timeout = timeout;
    return ServiceAddress(options, nullptr).Prepare();
  }
  absl::Status Run(const std::string& lines, Duration timeout = Duration::Seconds(60)) {
    Write(lines);
    return Prepare(timeout);
  }

  const std::string path_ = absl::StrCat(testing::TempDir(), "/down-", getpid(), ".sh");
};

// No descriptor is free while it lives; a child has what it needs.
class NoDescriptors {
 public:
  NoDescriptors() {
    getrlimit(RLIMIT_NOFILE, &before_);
    const rlimit few = {128, before_.rlim_max};
    setrlimit(RLIMIT_NOFILE, &few);
    for (int fd; (fd = open("/dev/null", O_RDONLY | O_CLOEXEC)) >= 0;) held_.emplace_back(fd);
  }
  ~NoDescriptors() { setrlimit(RLIMIT_NOFILE, &before_); }

 private:
  rlimit before_ = {};
  std::vector<net::OwnedFd> held_;
};

TEST_F(ServiceAddressTest, AScriptThatEndsWellIsAllThereIs) {
  EXPECT_TRUE(Run("exit 0").ok());
}

TEST_F(ServiceAddressTest, AScriptThatFailsIsAnErrorThatNamesIt) {
  const absl::Status status = Run("exit 3");
  EXPECT_EQ(status.code(), absl::StatusCode::kFailedPrecondition);
  EXPECT_THAT(std::string(status.message()), HasSubstr(".sh ended with status"));
}

TEST_F(ServiceAddressTest, AScriptThatDoesNotEndIsKilled) {
  const absl::Status status = Run("exec sleep 1000", Duration::Milliseconds(100));
  EXPECT_EQ(status.code(), absl::StatusCode::kDeadlineExceeded);
  EXPECT_THAT(std::string(status.message()), HasSubstr("within node/service-script-timeout, 100 ms, and was killed"));
}

TEST_F(ServiceAddressTest, SignalsDoNotCutItsTimeShort) {
  struct sigaction action = {};
  action.sa_handler = [](int) {};
  struct sigaction before = {};
  sigaction(SIGALRM, &action, &before);
  const itimerval often = {{0, 5000}, {0, 5000}};
  setitimer(ITIMER_REAL, &often, nullptr);
  EXPECT_TRUE(Run("sleep 0.2").ok());
  const itimerval never = {};
  setitimer(ITIMER_REAL, &never, nullptr);
  sigaction(SIGALRM, &before, nullptr);
}

TEST_F(ServiceAddressTest, WithoutADescriptorOfTheProcessItsEndIsNoticedToo) {
  Write("sleep 0.1");
  const NoDescriptors none;
  EXPECT_EQ(open("/dev/null", O_RDONLY | O_CLOEXEC), -1);
  EXPECT_TRUE(Prepare().ok());
  EXPECT_EQ(Prepare(Duration::Milliseconds(10)).code(), absl::StatusCode::kDeadlineExceeded);
}

}  // namespace
}  // namespace understudy::daemon
