// Phones that say anything at any time, over a network that loses and repeats: whatever comes, the engine keeps its
// invariants (CheckedEngine), and what nobody continues comes to an end.
#include <deque>
#include <memory>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/admission.h"
#include "gtest/gtest.h"
#include "sip/parse.h"
#include "tests/scenarios/checked_engine.h"
#include "tests/scenarios/phone.h"

namespace understudy::tests {
namespace {

constexpr int kSeeds = 16;
constexpr int kSteps = 2000;

class Town {
 public:
  explicit Town(uint32_t seed) : random_(seed) {
    engine_.NextEpoch();
    Apply(engine::EpochStart{{1, 2}, false});
    Configure();
    AddPhone("alice", "1001", Endpoint::V4(10, 0, 0, 1, 5060), Transport::kUdp);
    AddPhone("bob", "1002", Endpoint::V4(10, 0, 0, 2, 5060), Transport::kUdp);
    AddPhone("carol", "1003", Endpoint::V4(10, 0, 0, 3, 5060), Transport::kTcp);
    AddPhone("gw", "gw", Endpoint::V4(10, 0, 0, 50, 5080), Transport::kUdp);
    AddPhone("home", "1002", Endpoint::V4(10, 0, 0, 4, 5060), Transport::kUdp);
    AddPhone("cell", "1002", Endpoint::V4(10, 0, 0, 5, 5060), Transport::kUdp);
  }

  void Step() {
    switch (Pick(40)) {
      case 0:
        return Pass(Duration::Milliseconds(Pick(40000)));
      case 1:
        return Gap();
      case 2:
        return Pick(4) == 0 ? BeginEpoch() : Pass(Duration::Milliseconds(10));
      case 3:
        return Fail();
      case 4:
        return Toggle();
      case 5:
        return Reconnect();
      case 6:
        return Pick(6) == 0 ? Configure() : Pass(Duration::Milliseconds(600));
      case 7:
      case 8:
        return Repeat();
      default:
        return Speak();
    }
  }

  // Nobody says anything any more.
  void FallSilent() {
    holding_ = false;
    released_ = engine_.state().lsn;
    Pass(Duration::Seconds(600));
  }

  const CheckedEngine& engine() const { return engine_; }

 private:
  uint32_t Pick(uint32_t below) { return static_cast<uint32_t>(random_() % below); }

  template <size_t kSize>
  std::string OneOf(const char* const (&words)[kSize]) {
    return words[Pick(kSize)];
  }

  void AddPhone(std::string name, std::string number, Endpoint endpoint, Transport transport) {
    phones_.push_back(std::make_unique<Phone>(std::move(name), std::move(number), endpoint, transport,
                                              engine_.state().configuration.service_address().ToText()));
  }

  void Configure() {
    engine::ConfigurationChange change;
    change.options = engine::OptionSections{{"TServer", {{"sip-address", "10.0.0.10"}}}};
    for (const char* number : {"1001", "1002", "1003"}) {
      engine::Dn dn;
      dn.number = number;
      const bool registers = Pick(2) == 0;
      dn.options["TServer"]["contact"] = registers ? "*" : absl::StrCat("10.0.0.", dn.number.back() - '0');
      dn.options["TServer"]["no-answer-timeout"] = absl::StrCat(Pick(100) + 1);
      if (Pick(3) == 0) dn.options["TServer"]["sip-session-timer"] = "200";
      if (Pick(3) == 0) dn.options["TServer"]["contacts-rung"] = "1";
      change.upserts.push_back(std::move(dn));
    }
    engine::Dn trunk;
    trunk.number = "gw";
    trunk.type = engine::DnType::kTrunk;
    trunk.options["TServer"] = {{"contact", "10.0.0.50:5080"}, {"prefix", "9"}};
    change.upserts.push_back(std::move(trunk));
    Apply(engine::ConfigurationChanged{std::move(change)});
  }

  void Apply(engine::Input input) {
    const engine::Effects effects = engine_.Apply(std::move(input));
    if (!holding_) released_ = engine_.state().lsn;
    for (const engine::Effect& effect : effects.list) {
      const auto* send = std::get_if<engine::SendSip>(&effect);
      if (send == nullptr) continue;
      if (!send->transaction.empty()) last_transaction_ = send->transaction;
      if (Pick(10) != 0) Hear(send->remote, send->bytes.view());
    }
  }

  void Hear(const Endpoint& remote, absl::string_view bytes) {
    sip::Message message;
    sip::ParseError error;
    if (!sip::ParseMessage(bytes, &message, &error)) return;
    for (auto& phone : phones_) {
      PhoneCall* call = phone->Find(message.call_id());
      if (call == nullptr && message.is_request() && phone->endpoint() == remote) call = &AnyCall(*phone);
      if (call == nullptr) continue;
      call->Receive(message);
      return;
    }
  }

  PhoneCall& AnyCall(Phone& phone) { return phone.Call(Pick(3) == 0 ? "b" : ""); }

  void Deliver(Phone& phone, const std::string& text) {
    if (text.empty()) return;
    engine::SipReceived input;
    input.transport = phone.transport();
    input.flow = phone.flow;
    input.remote = phone.flow.empty() ? phone.endpoint() : phone.endpoint().WithPort(40000);
    input.bytes = text;
    sip::ParseError error;
    if (!sip::ParseMessage(input.bytes, &input.message, &error)) return;
    const engine::Verdict verdict = engine::Admit(engine_.state(), input, released_);
    if (verdict.append) return Apply(std::move(input));
    if (!verdict.answer.empty()) Hear(verdict.hop.remote, verdict.answer.view());
  }

  Phone& AnyPhone() { return *phones_[Pick(static_cast<uint32_t>(phones_.size()))]; }

  // Whom a REFER names: a number, or one of two dialogs of that phone or of any.
  std::string ReferTo(Phone& phone) {
    std::string uri = absl::StrCat("<sip:", OneOf({"1001", "1002", "1003", "9123", "555"}), "@10.0.0.10");
    if (Pick(2) == 0) {
      const std::string dialog = AnyCall(Pick(4) == 0 ? AnyPhone() : phone).AsReplaced();
      absl::StrAppend(&uri, "?Replaces=", absl::StrReplaceAll(dialog, {{";", "%3B"}, {"=", "%3D"}}));
    }
    return absl::StrCat(uri, ">");
  }

  void Speak() {
    Phone& phone = *phones_[Pick(static_cast<uint32_t>(phones_.size()))];
    PhoneCall& call = AnyCall(phone);
    Draft draft;
    std::string kind;
    switch (Pick(12)) {
      case 0:
        kind = "INVITE";
        draft = call.Request(kind, OneOf({"1001", "1002", "1003", "9123", "555", "%31002"}));
        if (Pick(2) == 0) draft.Add("Supported", OneOf({"100rel, timer", "100rel, 199"}));
        if (Pick(8) == 0) {
          Phone& replaced = AnyPhone();
          draft.Add("Replaces", AnyCall(replaced).AsReplaced());
          draft.Add("Referred-By", absl::StrCat("<sip:", replaced.number(), "@10.0.0.10>"));
        }
        break;
      case 1:
        kind = OneOf({"REGISTER", "OPTIONS", "MESSAGE", "SUBSCRIBE", "INFO"});
        draft = call.Request(kind, phone.number());
        if (kind == "REGISTER" && Pick(3) == 0) draft.Set("Expires", OneOf({"0", "60", "20"}));
        if (kind == "SUBSCRIBE") {
          draft.Add("Event", OneOf({"dialog", "dialog", "dialog;id=1", "reg", "message-summary"}));
          draft.Add("Expires", OneOf({"0", "60", "300", "300"}));
        }
        break;
      case 2:
      case 3:
        if (!call.in_dialog()) return;
        if (Pick(2) == 0) call.EnterEarly(Pick(4));
        kind =
            OneOf({"INVITE", "UPDATE", "BYE", "PRACK", "INFO", "MESSAGE", "NOTIFY", "REFER", "REFER", "INVITE", "BYE"});
        draft = call.Request(kind, "");
        if (kind == "REFER") draft.Add("Refer-To", ReferTo(phone));
        if (kind == "REFER" && Pick(4) == 0) draft.Add("Refer-Sub", "false");
        break;
      case 4:
      case 5:
        kind = "ACK";
        draft = call.Ack();
        break;
      case 6:
        kind = "CANCEL";
        draft = call.Cancel();
        break;
      default: {
        const std::string method =
            OneOf({"INVITE", "INVITE", "INVITE", "", "UPDATE", "BYE", "PRACK", "CANCEL", "INFO", "NOTIFY"});
        if (!call.CanRespond(method)) return;
        kind = OneOf({"100", "180", "183", "180", "183", "199", "200", "200", "200", "302", "408", "481", "486", "487",
                      "491", "603"});
        draft = call.Response(std::stoi(kind), method, Pick(3) == 0 ? OneOf({"fork", "twin", "third"}) : "");
        if (kind == "200" && Pick(3) == 0) draft.Add("Session-Expires", absl::StrCat(Pick(2000), ";refresher=uac"));
        if (kind[0] == '1' && Pick(2) == 0) {
          draft.Add("Require", "100rel");
          draft.Add("RSeq", absl::StrCat(Pick(5)));
        }
      }
    }
    const std::string text = draft.Text();
    call.Sent(kind, text);
    Deliver(phone, text);
  }

  void Repeat() {
    Phone& phone = *phones_[Pick(static_cast<uint32_t>(phones_.size()))];
    Deliver(phone, AnyCall(phone).LastSent(OneOf({"", "INVITE", "ACK", "200", "180", "BYE", "CANCEL"})));
  }

  void Pass(Duration span) {
    engine_.Pass(span, [this](engine::ClockAdvanced due) { Apply(due); });
  }

  void Gap() {
    const Duration gap = Duration::Seconds(Pick(100));
    engine_.Advance(gap);
    Apply(engine::ServiceGap{gap});
  }

  void BeginEpoch() {
    engine_.NextEpoch();
    for (auto& phone : phones_) phone->flow = engine::FlowId();
    Apply(engine::EpochStart{{random_(), random_()}, Pick(2) == 0});
  }

  void Fail() {
    if (Pick(2) == 0) return Apply(engine::SendLost{last_transaction_, Pick(4) == 0});
    Apply(engine::SendFailed{last_transaction_});
  }

  void Toggle() {
    holding_ = !holding_;
    released_ = engine_.state().lsn;
  }

  void Reconnect() {
    Phone& phone = *phones_[2];
    if (!phone.flow.empty()) {
      const engine::FlowClosed closed{phone.flow};
      phone.flow = engine::FlowId();
      return Apply(closed);
    }
    ++flows_;
    engine::FlowOpened opened{engine::FlowId(engine_.epoch().value() << 40 | flows_), Transport::kTcp,
                              phone.endpoint().WithPort(40000)};
    phone.flow = opened.flow;
    Apply(opened);
  }

  std::mt19937 random_;
  CheckedEngine engine_;
  std::vector<std::unique_ptr<Phone>> phones_;
  engine::TransactionId last_transaction_;
  uint64_t flows_ = 0;
  bool holding_ = false;
  Lsn released_;
};

class RandomCallsTest : public testing::TestWithParam<uint32_t> {};

TEST_P(RandomCallsTest, KeepTheInvariantsAndComeToAnEnd) {
  Town town(GetParam());
  for (int step = 0; step < kSteps && town.engine().faults().empty(); ++step) town.Step();
  town.FallSilent();
  for (const std::string& fault : town.engine().faults()) ADD_FAILURE() << fault;
  const engine::State& state = town.engine().state();
  EXPECT_EQ(state.transactions.finished(), 0u);
  EXPECT_EQ(state.transactions.live(), 0u) << "a request that nobody gives up, or that is never answered";
  for (const auto& [id, call] : state.calls.rows()) {
    for (const engine::LegId leg_id : call->legs) {
      const engine::Leg& leg = *state.legs.Find(leg_id);
      EXPECT_EQ(leg.phase, engine::Leg::Phase::kConfirmed) << id.value();
      EXPECT_TRUE(leg.server_invite.empty() && leg.client_invite.empty()) << id.value();
      EXPECT_FALSE(leg.awaited_ack || leg.due_ack || leg.bye_due) << id.value();
    }
  }
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomCallsTest, testing::Range(0u, static_cast<uint32_t>(kSeeds)));

}  // namespace
}  // namespace understudy::tests
