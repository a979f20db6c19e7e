// A ClientEdge with a host, connections and a time of the test's.
#ifndef UNDERSTUDY_DAEMON_CTI_EDGE_TESTING_H_
#define UNDERSTUDY_DAEMON_CTI_EDGE_TESTING_H_

#include <cstdint>
#include <functional>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "daemon/cti/client_connection.h"
#include "daemon/cti/client_edge.h"
#include "daemon/cti/client_host.h"
#include "daemon/cti/password_check.h"
#include "daemon/net/scheduler.h"
#include "engine/input.h"
#include "gtest/gtest.h"
#include "tlib/frame.h"
#include "tlib/message.h"

namespace understudy::daemon {

// Time goes on when it is told to.
class TestScheduler : public net::Scheduler {
 public:
  net::MonotonicTime Now() const override { return now_; }
  void Post(std::function<void()> task) override { task(); }
  std::unique_ptr<Timer> NewTimer(std::function<void()> callback) override;
  // Timers fire on the way, each at its time.
  void Advance(Duration by);
  // Nobody ran for so long.
  void Stall(Duration by) { now_ = now_ + by; }

 private:
  class TestTimer;
  net::MonotonicTime now_ = net::MonotonicTime::FromNanoseconds(1'000'000'000);
  std::vector<TestTimer*> timers_;
};

// Keeps what is appended, in the place of an engine.
class TestHost : public ClientHost {
 public:
  bool Serves() const override { return serves; }
  Epoch epoch() const override { return its_epoch; }
  uint32_t feature_level() const override { return level; }
  bool TakesSessions() override { return takes_sessions; }
  bool TakesCall() override { return takes_calls; }
  Duration session_timeout() const override { return Duration::Seconds(60); }
  bool BeforeCutting(absl::string_view octets) override { return octets != quarantined; }
  void AfterCutting() override {}
  bool IsQuarantined(absl::string_view bytes) override { return !quarantined.empty() && bytes == quarantined; }
  void Append(engine::Input input, absl::string_view bytes) override;

  // The inputs of one kind since the last call.
  template <class Kind>
  std::vector<Kind> Take() {
    std::vector<Kind> taken;
    for (const engine::Input& input : std::exchange(inputs, {})) {
      if (const auto* one = std::get_if<Kind>(&input)) taken.push_back(*one);
    }
    return taken;
  }

  bool serves = true;
  Epoch its_epoch = Epoch(7);
  uint32_t level = 1;
  bool takes_sessions = true;
  bool takes_calls = true;
  std::string quarantined;
  std::vector<engine::Input> inputs;
  std::vector<std::string> armed;
};

// "crm" has the password "open"; everybody else has none.
class TestPasswords : public PasswordCheck {
 public:
  void Check(const std::string& application, std::string password, std::weak_ptr<const void> asker, Done done) override;

  bool waits = false;    // verdicts come with Answer
  bool is_full = false;  // nobody looks
  size_t asked = 0;      // so far
  void Answer();

 private:
  std::vector<std::function<void()>> waiting_;
};

// One client's end.
class TestClient {
 public:
  void Say(const tlib::Frame& frame);
  void SayOctets(absl::string_view octets);
  void Hangs(absl::string_view why);
  // What it was sent since the last call.
  std::vector<tlib::Frame> Heard();
  // The last of one kind; a failure where there is none.
  template <class Kind>
  Kind Last() {
    Kind last;
    bool found = false;
    for (const tlib::Frame& frame : Heard()) {
      if (const auto* one = std::get_if<Kind>(&frame)) {
        last = *one;
        found = true;
      }
    }
    EXPECT_TRUE(found);
    return last;
  }

  class Connection;
  std::shared_ptr<Connection> connection;
};

class TestClient::Connection : public ClientConnection {
 public:
  Connection(const Endpoint& remote, ClientWire wire) : remote_(remote), wire_(wire) {}

  void SetEvents(Events events) override { events_ = std::move(events); }
  void Send(absl::string_view octets) override { sent.append(octets.data(), octets.size()); }
  void PauseReading() override { paused = true; }
  void ResumeReading() override { paused = false; }
  void Close() override { open = false; }
  size_t queued_octets() const override { return queued; }
  const Endpoint& remote() const override { return remote_; }
  ClientWire wire() const override { return wire_; }
  const Events& events() const { return events_; }

  std::string sent;
  bool paused = false;
  bool open = true;
  size_t queued = 0;

 private:
  const Endpoint remote_;
  const ClientWire wire_;
  Events events_;
};

class EdgeTest : public testing::Test {
 protected:
  static ClientOptions Options();
  void Start(const ClientOptions& options);
  void SetUp() override { Start(Options()); }

  // From 192.0.2.`host`.
  TestClient Connect(uint8_t host = 1, ClientWire wire = ClientWire::kFrames);
  TestClient Welcomed(uint8_t host = 1);
  TestClient Attached(uint8_t host = 1);
  // Of the client that attached last.
  engine::LinkId link() const { return link_; }
  void Release(engine::LinkId link, uint64_t number, absl::optional<int64_t> reference_id = absl::nullopt);
  uint64_t EndsBy(LinkEnd why) const { return edge_->counters().ends[static_cast<size_t>(why)]; }

  TestScheduler scheduler_;
  TestHost host_;
  TestPasswords passwords_;
  std::unique_ptr<ClientEdge> edge_;
  engine::LinkId link_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_EDGE_TESTING_H_
