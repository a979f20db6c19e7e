#include "daemon/quarantine/quarantine.h"

#include <signal.h>
#include <sys/mman.h>
#include <sys/stat.h>
#include <sys/wait.h>
#include <unistd.h>

#include <atomic>
#include <cstdlib>
#include <filesystem>
#include <fstream>
#include <functional>
#include <thread>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "gtest/gtest.h"

namespace understudy::quarantine {
namespace {

namespace fs = std::filesystem;

constexpr WallTime kNow = WallTime::FromNanoseconds(1700000000LL * 1000000000);
constexpr char kPoison[] = "INVITE sip:poison SIP/2.0\r\n\r\n";

class QuarantineTest : public testing::Test {
 protected:
  QuarantineTest() {
    const char* base = std::getenv("TEST_TMPDIR");
    std::string pattern = absl::StrCat(base != nullptr ? base : "/tmp", "/quarantine.XXXXXX");
    EXPECT_NE(mkdtemp(pattern.data()), nullptr);
    root_ = pattern;
    options_.directory = root_ + "/here";
  }
  ~QuarantineTest() override { fs::remove_all(root_); }

  std::unique_ptr<Quarantine> Open(WallTime now = kNow) {
    absl::StatusOr<std::unique_ptr<Quarantine>> opened = Quarantine::Open(options_, now);
    EXPECT_TRUE(opened.ok()) << opened.status();
    return *std::move(opened);
  }

  // A process that applies `bytes` and meets its end in `end`. Returns the signal it died of, or the
  // negative exit status (sanitizers report a fault and exit).
  int Die(const std::function<void()>& end, absl::string_view bytes = kPoison, WallTime now = kNow) {
    const pid_t child = fork();
    if (child == 0) {
      const auto quarantine = Quarantine::Open(options_, now).value();
      quarantine->CatchCrashes();
      Quarantine::Armed armed(quarantine.get(), bytes);
      end();
      _exit(0);
    }
    int status = 0;
    EXPECT_EQ(waitpid(child, &status, 0), child);
    return WIFSIGNALED(status) ? WTERMSIG(status) : -WEXITSTATUS(status);
  }

  size_t Files() const {
    size_t n = 0;
    for (const auto& entry : fs::directory_iterator(options_.directory)) n += entry.path().extension() == ".bin";
    return n;
  }

  std::string root_;
  QuarantineOptions options_;
};

TEST_F(QuarantineTest, FailedCheckQuarantinesTheInputAndNothingElse) {
  EXPECT_EQ(Die([] { US_CHECK(1 == 2); }), SIGABRT);
  const auto quarantine = Open();
  ASSERT_TRUE(quarantine->casualty().has_value());
  EXPECT_EQ(quarantine->casualty()->fingerprint, Fingerprint(kPoison));
  EXPECT_TRUE(quarantine->Holds(kPoison, kNow));
  EXPECT_FALSE(quarantine->Holds("another message", kNow));
  EXPECT_EQ(quarantine->dropped(), 1u);
}

TEST_F(QuarantineTest, BytesAreKeptForTheDeveloperAlone) {
  Die([] { std::abort(); });
  const auto quarantine = Open();
  const std::string file = quarantine->casualty()->file;
  std::ifstream in(file, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), kPoison);
  EXPECT_EQ(fs::path(file).filename().string().substr(0, 17), "20231114T221320Z-");
  struct stat info;
  ASSERT_EQ(stat(file.c_str(), &info), 0);
  EXPECT_EQ(info.st_mode & 0777, 0600u);
}

TEST_F(QuarantineTest, FaultsQuarantineTheInput) {
  void* const page = mmap(nullptr, 4096, PROT_NONE, MAP_PRIVATE | MAP_ANONYMOUS, -1, 0);
  EXPECT_NE(Die([page] { *static_cast<volatile char*>(page) = 1; }), 0);
  EXPECT_TRUE(Open()->Holds(kPoison, kNow));
}

#if !defined(__SANITIZE_ADDRESS__) && !defined(__SANITIZE_THREAD__)
volatile int depth_limit = 1 << 30;

// Not a tail call, and not without an end as far as the compiler can see.
int Descend(int depth) {
  volatile char room[4096];
  room[0] = static_cast<char>(depth);
  return depth < depth_limit ? Descend(depth + 1) + room[0] : 0;
}

TEST_F(QuarantineTest, OverflowOfTheStackQuarantinesTheInput) {
  EXPECT_EQ(Die([] { std::exit(Descend(0)); }), SIGSEGV);
  EXPECT_TRUE(Open()->Holds(kPoison, kNow));
}
#endif

TEST_F(QuarantineTest, KillFromOutsideQuarantinesNobody) {
  EXPECT_EQ(Die([] { raise(SIGKILL); }), SIGKILL);
  const auto quarantine = Open();
  EXPECT_FALSE(quarantine->casualty().has_value());
  EXPECT_FALSE(quarantine->Holds(kPoison, kNow));
  EXPECT_EQ(Files(), 0u);
}

TEST_F(QuarantineTest, SameInputAtHandAtTwoKillsIsQuarantined) {
  Die([] { raise(SIGKILL); });
  Die([] { raise(SIGKILL); });
  EXPECT_TRUE(Open()->Holds(kPoison, kNow));
}

TEST_F(QuarantineTest, DifferentInputsAtTwoKillsAreInnocent) {
  Die([] { raise(SIGKILL); }, "first");
  Die([] { raise(SIGKILL); }, "second");
  EXPECT_EQ(Open()->held(), 0u);
}

TEST_F(QuarantineTest, KillsFarApartAreACoincidence) {
  Die([] { raise(SIGKILL); });
  Open();
  const WallTime later = kNow + Duration::Seconds(3600);
  Die([] { raise(SIGKILL); }, kPoison, later);
  EXPECT_EQ(Open(later)->held(), 0u);
}

TEST_F(QuarantineTest, CrashOfAnotherThreadSaysNothingAboutTheInput) {
  Die([] {
    std::thread other([] { std::abort(); });
    other.join();
  });
  EXPECT_FALSE(Open()->casualty().has_value());
}

TEST_F(QuarantineTest, CrashBetweenInputsQuarantinesNobody) {
  const pid_t child = fork();
  if (child == 0) {
    const auto quarantine = Quarantine::Open(options_, kNow).value();
    quarantine->CatchCrashes();
    { Quarantine::Armed armed(quarantine.get(), kPoison); }
    std::abort();
  }
  int status = 0;
  waitpid(child, &status, 0);
  EXPECT_FALSE(Open()->casualty().has_value());
}

TEST_F(QuarantineTest, QuarantineOutlivesFurtherRestartsAndEnds) {
  Die([] { std::abort(); });
  EXPECT_TRUE(Open()->Holds(kPoison, kNow));
  EXPECT_FALSE(Open()->casualty().has_value()) << "told once";
  const WallTime nearly = kNow + Duration::Seconds(599);
  EXPECT_TRUE(Open(nearly)->Holds(kPoison, nearly));
  const WallTime after = kNow + Duration::Seconds(600);
  EXPECT_FALSE(Open(kNow)->Holds(kPoison, after));
  EXPECT_EQ(Open(after)->held(), 0u);
}

TEST_F(QuarantineTest, ClockThatWentBackDoesNotHoldForLonger) {
  Die([] { std::abort(); });
  Open();
  const WallTime before = kNow + Duration::Seconds(-3600);
  const auto quarantine = Open(before);
  EXPECT_TRUE(quarantine->Holds(kPoison, before));
  EXPECT_FALSE(quarantine->Holds(kPoison, before + Duration::Seconds(600)));
}

TEST_F(QuarantineTest, OldestFilesGo) {
  options_.max_files = 3;
  for (int i = 0; i < 5; ++i) {
    Die([] { std::abort(); }, absl::StrCat("poison ", i), kNow + Duration::Seconds(i));
    Open(kNow + Duration::Seconds(i));
  }
  EXPECT_EQ(Files(), 3u);
  EXPECT_EQ(Open()->held(), 5u);
}

TEST_F(QuarantineTest, FingerprintOfAnotherNodeIsHeldAcrossRestarts) {
  ASSERT_TRUE(Open()->Hold(Fingerprint(kPoison), kNow).ok());
  EXPECT_TRUE(Open()->Holds(kPoison, kNow));
}

TEST_F(QuarantineTest, DamagedFilesDoNotKeepTheServerFromStarting) {
  Open();
  std::ofstream(options_.directory + "/fingerprints") << "held\nnonsense x y\nheld 12 99999999999999999\n\xff\n";
  std::ofstream(options_.directory + "/slot") << "not a slot";
  EXPECT_EQ(Open()->held(), 0u);
}

TEST_F(QuarantineTest, UnusableDirectoryIsAnErrorThatNamesIt) {
  options_.directory = "/proc/nowhere";
  const absl::Status status = Quarantine::Open(options_, kNow).status();
  EXPECT_NE(status.message().find("/proc/nowhere"), absl::string_view::npos) << status;
}

TEST_F(QuarantineTest, AnInputIsKeptWithoutItsSecretsUnderTheFingerprintOfTheWhole) {
  const pid_t child = fork();
  if (child == 0) {
    const auto quarantine = Quarantine::Open(options_, kNow).value();
    quarantine->CatchCrashes();
    Quarantine::Armed armed(quarantine.get(), "INVITE redacted", Fingerprint(kPoison));
    std::abort();
  }
  int status = 0;
  waitpid(child, &status, 0);
  const auto quarantine = Open();
  ASSERT_TRUE(quarantine->casualty().has_value());
  std::ifstream in(quarantine->casualty()->file, std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}), "INVITE redacted");
  EXPECT_TRUE(quarantine->Holds(kPoison, kNow));
  EXPECT_FALSE(quarantine->Holds("INVITE redacted", kNow));
}

TEST_F(QuarantineTest, ATimerThatCrashesIsToldAndNobodyIsQuarantined) {
  for (const bool crash : {true, false}) {
    const pid_t child = fork();
    if (child == 0) {
      const auto quarantine = Quarantine::Open(options_, kNow).value();
      quarantine->CatchCrashes();
      Quarantine::Armed armed(quarantine.get(), Lsn(4711));
      if (crash) US_CHECK(1 == 2);
      raise(SIGKILL);
    }
    int status = 0;
    waitpid(child, &status, 0);
    const auto quarantine = Open();
    EXPECT_EQ(quarantine->fatal_timer_after(), crash ? absl::optional<Lsn>(Lsn(4711)) : absl::nullopt);
    EXPECT_FALSE(quarantine->casualty().has_value());
    EXPECT_EQ(quarantine->held(), 0u);
    EXPECT_FALSE(Open()->fatal_timer_after().has_value()) << "told once";
  }
  EXPECT_EQ(Files(), 0u);
}

TEST_F(QuarantineTest, NoTraceOfTheBytesStaysAfterTheInputWasApplied) {
  const auto quarantine = Open();
  { Quarantine::Armed armed(quarantine.get(), kPoison); }
  std::ifstream in(options_.directory + "/slot", std::ios::binary);
  EXPECT_EQ(std::string(std::istreambuf_iterator<char>(in), {}).find("poison"), std::string::npos);
}

}  // namespace
}  // namespace understudy::quarantine
