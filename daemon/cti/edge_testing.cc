#include "daemon/cti/edge_testing.h"

#include <algorithm>

#include "tlib/frame_codec.h"
#include "tlib/message_codec.h"

namespace understudy::daemon {

class TestScheduler::TestTimer : public net::Scheduler::Timer {
 public:
  TestTimer(TestScheduler* scheduler, std::function<void()> callback)
      : scheduler_(scheduler), callback_(std::move(callback)) {
    scheduler_->timers_.push_back(this);
  }
  ~TestTimer() override { std::erase(scheduler_->timers_, this); }

  void SetAt(net::MonotonicTime time) override { at_ = time; }
  void Clear() override { at_.reset(); }
  bool is_set() const override { return at_.has_value(); }
  bool IsDue(net::MonotonicTime now) const { return at_ && *at_ <= now; }
  void Fire() {
    at_.reset();
    callback_();
  }

 private:
  TestScheduler* const scheduler_;
  const std::function<void()> callback_;
  absl::optional<net::MonotonicTime> at_;
};

std::unique_ptr<net::Scheduler::Timer> TestScheduler::NewTimer(std::function<void()> callback) {
  return std::make_unique<TestTimer>(this, std::move(callback));
}

void TestScheduler::Advance(Duration by) {
  constexpr Duration kStep = Duration::Milliseconds(10);
  const net::MonotonicTime end = now_ + by;
  while (now_ < end) {
    now_ = std::min(end, now_ + kStep);
    const std::vector<TestTimer*> timers = timers_;
    for (TestTimer* timer : timers) {
      if (timer->IsDue(now_)) timer->Fire();
    }
  }
}

void TestHost::Append(engine::Input input, absl::string_view bytes) {
  inputs.push_back(std::move(input));
  armed.emplace_back(bytes);
}

void TestPasswords::Check(const std::string& application, std::string password, std::weak_ptr<const void>, Done done) {
  ++asked;
  if (is_full) return done(PasswordVerdict::kOverload);
  const bool is_right = application != "crm" || password == "open";
  const PasswordVerdict verdict = is_right ? PasswordVerdict::kRight : PasswordVerdict::kWrong;
  if (!waits) return done(verdict);
  waiting_.push_back([done = std::move(done), verdict] { done(verdict); });
}

void TestPasswords::Answer() {
  for (const std::function<void()>& verdict : std::exchange(waiting_, {})) verdict();
}

void TestClient::Say(const tlib::Frame& frame) {
  std::string octets;
  tlib::AppendFrame(frame, &octets);
  SayOctets(octets);
}

void TestClient::SayOctets(absl::string_view octets) {
  const ClientConnection::Events events = connection->events();
  if (connection->open && events.octets) events.octets(octets);
}

void TestClient::Hangs(absl::string_view why) {
  const ClientConnection::Events events = connection->events();
  if (events.closed) events.closed(absl::UnavailableError(why));
}

std::vector<tlib::Frame> TestClient::Heard() {
  tlib::FrameReader reader;
  reader.Push(std::exchange(connection->sent, {}));
  std::vector<tlib::Frame> frames;
  for (;;) {
    absl::StatusOr<absl::optional<tlib::Frame>> frame = reader.Next();
    EXPECT_TRUE(frame.ok()) << frame.status();
    if (!frame.ok() || !frame->has_value()) return frames;
    frames.push_back(**std::move(frame));
  }
}

ClientOptions EdgeTest::Options() {
  ClientOptions options;
  options.server = "sip-a";
  options.program = "understudyd 1";
  options.addp = Duration::Seconds(10);
  return options;
}

void EdgeTest::Start(const ClientOptions& options) {
  edge_ = std::make_unique<ClientEdge>(&scheduler_, &host_, &passwords_, nullptr, options);
  edge_->OnRole();
}

TestClient EdgeTest::Connect(uint8_t host, ClientWire wire) {
  TestClient client;
  client.connection = std::make_shared<TestClient::Connection>(Endpoint::V4(192, 0, 2, host, 4000), wire);
  edge_->Accept(client.connection);
  return client;
}

TestClient EdgeTest::Welcomed(uint8_t host) {
  TestClient client = Connect(host);
  tlib::Hello hello;
  hello.application = "monitor";
  client.Say(hello);
  client.Last<tlib::Welcome>();
  return client;
}

TestClient EdgeTest::Attached(uint8_t host) {
  TestClient client = Welcomed(host);
  client.Say(tlib::Attach{});
  const auto attached = host_.Take<engine::ClientAttached>();
  EXPECT_EQ(attached.size(), 1u);
  if (!attached.empty()) link_ = attached[0].link;
  return client;
}

void EdgeTest::Release(engine::LinkId link, uint64_t number, absl::optional<int64_t> reference_id) {
  engine::SendClient send;
  send.link = link;
  send.frame =
      tlib::EventFrame{number, reference_id, tlib::EncodeMessage(tlib::Message(tlib::MessageType::kEventServerInfo))};
  edge_->Send(send);
}

}  // namespace understudy::daemon
