// An ingress over a core on a simulated disk, with a real socket to answer from. For tests.
#ifndef UNDERSTUDY_DAEMON_INGRESS_TESTING_H_
#define UNDERSTUDY_DAEMON_INGRESS_TESTING_H_

#include <unistd.h>

#include <filesystem>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/core/stepped_snapshot_work.h"
#include "daemon/core/test_clock.h"
#include "daemon/core/test_phones.h"
#include "daemon/flow_book.h"
#include "daemon/ingress.h"
#include "daemon/net/transport_testing.h"
#include "gtest/gtest.h"
#include "journal/faulty_file_system.h"

namespace understudy::daemon {

class IngressTest : public testing::Test, public EffectSink {
 protected:
  IngressTest() {
    core_options_.file_system = std::make_shared<journal::FaultyFileSystem>();
    core_options_.directory = "/journal";
    core_options_.cluster_id = 7;
    core_options_.clock = &clock_;
    core_options_.random = HashKey{11, 1};
    core_options_.keep_reserve = false;
    core_options_.make_snapshot_work = [this] { return std::make_unique<SteppedSnapshotWork>(&clock_, Duration()); };
    at_ = *transport_.Listen(Transport::kUdp, net::kLoopback);
    options_.hooks.before_apply = [this](const sip::Message& message) { applied_.emplace_back(message.raw()); };
    options_.introduce = [this](engine::FlowId flow) { flows_.Introduce(flow, core_.get()); };
  }
  ~IngressTest() override {
    if (!directory_.empty()) std::filesystem::remove_all(directory_);
  }

  void Release(Lsn, const engine::Effect&) override {}

  void Start() {
    core_ = *Core::Start(core_options_, Configuration(), this, [this] { bell_.Ring(); });
    ingress_ = std::make_unique<Ingress>(options_, core_.get(), &transport_, quarantine_.get(), core_options_.clock);
    Commit();
  }

  // The phone is a Trunk, too: strangers leave no entry.
  virtual engine::Configuration Configuration() const {
    engine::ConfigurationChange change;
    engine::Dn phone;
    phone.number = "phone";
    phone.type = engine::DnType::kTrunk;
    phone.options["TServer"]["contact"] = phone_.at().ToText();
    change.upserts = {phone};
    engine::Configuration configuration = TestPhones::Configuration();
    configuration.Apply(change);
    return configuration;
  }

  void UseQuarantine() {
    directory_ = absl::StrCat(testing::TempDir(), "/ingress_test_", getpid());
    quarantine::QuarantineOptions options;
    options.directory = directory_;
    quarantine_ = *quarantine::Quarantine::Open(options, clock_.Wall());
  }

  void Say(const std::string& bytes, Transport transport = Transport::kUdp, uint64_t flow = 0) {
    ingress_->OnMessage({transport, flow, at_, phone_.at(), bytes}, EngineFlow(core_->state().epoch, flow));
  }

  void Submit() { core_->EndTurn(); }
  void AwaitCommits() {
    while (core_->commit_in_flight()) {
      bell_.Await();
      ASSERT_TRUE(core_->TakeCommits().status.ok());
    }
  }
  void Commit() {
    Submit();
    AwaitCommits();
  }

  // How many answers left at once, without the state's doing.
  uint64_t Answered() {
    transport_.Flush();
    return transport_.Counters().udp_datagrams_out;
  }

  uint64_t kept(engine::Kept reason) const { return ingress_->kept(reason); }

  // Each one a new call.
  std::string Invite() { return Request("INVITE", absl::StrCat("i", ++requests_), ""); }
  std::string Options() { return Request("OPTIONS", absl::StrCat("o", ++requests_), ""); }
  std::string Stranger() { return Request("PUBLISH", absl::StrCat("s", ++requests_), ""); }
  std::string Unparseable() { return Request("INVITE", absl::StrCat("u", ++requests_), "CSeq: twice INVITE\r\n"); }
  std::string Request(absl::string_view method, absl::string_view id, absl::string_view field,
                      absl::string_view body = "") {
    return absl::StrCat(method, " sip:91@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP ", phone_.at().ToText(),
                        ";branch=z9hG4bK", id, "\r\nMax-Forwards: 70\r\nFrom: <sip:a@10.0.0.1>;tag=", id,
                        "\r\nTo: <sip:91@10.0.0.9>\r\nCall-ID: ", id, "\r\nCSeq: 1 ", method,
                        "\r\nContact: <sip:a@10.0.0.1>\r\n", field, "Content-Length: ", body.size(), "\r\n\r\n", body);
  }

  net::IoLoop loop_;
  net::RecordingSink sink_;
  net::SipTransport transport_{&loop_, &sink_};
  net::Peer phone_ = net::Peer::Udp();
  Endpoint at_;
  TestClock clock_;
  Bell bell_;
  std::string directory_;
  std::unique_ptr<quarantine::Quarantine> quarantine_;
  CoreOptions core_options_;
  IngressOptions options_;
  std::unique_ptr<Core> core_;
  FlowBook flows_;
  std::unique_ptr<Ingress> ingress_;
  std::vector<std::string> applied_;
  int requests_ = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_INGRESS_TESTING_H_
