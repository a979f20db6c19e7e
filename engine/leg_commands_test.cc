// What phones hear when the CTI side asks for something. After every step the state is audited.
#include "engine/leg_commands.h"

#include <map>
#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/apply.h"
#include "engine/effect.h"
#include "engine/input.h"
#include "engine/state.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "sip/parse.h"
#include "tests/scenarios/draft.h"
#include "tests/scenarios/phone.h"
#include "tests/sim/checks/state_audit.h"

namespace understudy::engine {
namespace {

using ::testing::ElementsAre;
using ::testing::IsEmpty;
using tests::Phone;

constexpr char kServer[] = "10.0.0.9:5060";

// "INVITE sdp bob sendrecv", "200 INVITE", "BYE SIP;cause=486;text="Busy Here"".
std::string Summary(const sip::Message& message) {
  std::string text = message.is_request() ? std::string(message.method_text())
                                          : absl::StrCat(message.status(), " ", message.cseq().method_text);
  for (const sip::HeaderName name : {sip::HeaderName::kEvent, sip::HeaderName::kReason}) {
    if (message.Has(name)) absl::StrAppend(&text, " ", message.ValueOf(name));
  }
  const absl::string_view body = message.body();
  const size_t origin = body.find("o=");
  if (origin == absl::string_view::npos) return absl::StrCat(text, body.empty() ? "" : " ", body.substr(0, 8));
  const absl::string_view rest = body.substr(origin + 2);
  const size_t direction = body.rfind("a=");
  return absl::StrCat(text, " sdp ", rest.substr(0, rest.find(' ')), " ",
                      body.substr(direction + 2, body.find('\r', direction) - direction - 2));
}

class LegCommandsTest : public ::testing::Test {
 protected:
  LegCommandsTest() {
    Apply(EpochStart{{1, 2}, false});
    ConfigurationChanged changed;
    changed.change.options = OptionSections{{"TServer", {{"sip-address", "10.0.0.9"}, {"sip-port", "5060"}}}};
    for (const char* number : {"1001", "1002", "1003"}) {
      const uint8_t host = static_cast<uint8_t>(number[3] - '0');
      Dn dn;
      dn.number = number;
      dn.options["TServer"]["contact"] = absl::StrCat("10.0.0.", host);
      if (host == 1) dn.options["TServer"]["sip-cti-control"] = "talk";
      changed.change.upserts.push_back(std::move(dn));
      phones_[host] = std::make_unique<Phone>(absl::StrCat("p", host), number, Endpoint::V4(10, 0, 0, host, 5060),
                                              Transport::kUdp, kServer);
    }
    Apply(std::move(changed));
  }

  void Apply(Input input) {
    Entry entry = NextEntry();
    entry.input = std::move(input);
    engine::Apply(&state_, entry, &effects_);
    TakeEffects();
  }

  // A command, as a client's request gives it.
  template <class Command>
  void Do(Command command) {
    const Entry entry = NextEntry();
    state_.lsn = entry.lsn;
    state_.engine_time = entry.engine_time;
    effects_.Clear();
    Context context{state_, effects_, 0, effects_.scratch, {}, {}, {}, {}, {}};
    command(context);
    TakeEffects();
  }

  void Pass(Duration span) {
    const EngineTime end = now_ + span;
    while (true) {
      const absl::optional<EngineTime> next = state_.NextDeadline();
      if (!next || *next > end) break;
      now_ = *next;
      Apply(ClockAdvanced{});
    }
    now_ = end;
  }

  void Say(uint8_t phone, const std::string& text) {
    SipReceived input;
    input.remote = phones_[phone]->endpoint();
    input.bytes = text;
    sip::ParseError error;
    ASSERT_TRUE(sip::ParseMessage(input.bytes, &input.message, &error));
    Apply(std::move(input));
  }
  void Answer(uint8_t phone, int status, absl::string_view method = "INVITE") {
    Say(phone, phones_[phone]->Call("").Response(status, method, "").Text());
  }
  void Ask(uint8_t phone, absl::string_view method, absl::string_view number = "") {
    Say(phone, phones_[phone]->Call("").Request(method, number).Text());
  }
  void Acknowledge(uint8_t phone) { Say(phone, phones_[phone]->Call("").Ack().Text()); }

  Phone& PhoneAt(uint8_t phone) { return *phones_[phone]; }
  std::vector<std::string> Heard() { return std::exchange(heard_, {}); }

  Leg& LegOf(absl::string_view number) {
    for (const auto& [id, leg] : state_.legs.rows()) {
      if (leg->number == number && leg->phase != Leg::Phase::kReleased) return *state_.legs.Find(id);
    }
    ADD_FAILURE() << number << " has no leg";
    return state_.legs.Add(CallId());
  }

  void MakeCall() {
    Do([](Context& context) {
      ThirdPartyCall(context, FindDestination(context.state, "1001"), FindDestination(context.state, "1002"));
    });
  }
  // 1001 and 1002 talk; 1001 has called.
  void Establish(uint8_t caller = 1, absl::string_view callee = "1002") {
    Ask(caller, "INVITE", callee);
    Answer(static_cast<uint8_t>(callee[3] - '0'), 180);
    Answer(static_cast<uint8_t>(callee[3] - '0'), 200);
    Acknowledge(caller);
    Heard();
  }
  void ExpectNothingIsLeft() {
    Pass(Duration::Seconds(100));
    EXPECT_EQ(state_.calls.size(), 0u);
    EXPECT_EQ(state_.legs.size(), 0u);
    EXPECT_EQ(state_.transactions.live(), 0u);
    EXPECT_EQ(state_.timers.size(), 0u);
  }

  State state_;

 private:
  Entry NextEntry() {
    Entry entry;
    entry.lsn = state_.lsn.Next();
    entry.epoch = Epoch(1);
    entry.engine_time = now_;
    return entry;
  }

  void TakeEffects() {
    EXPECT_EQ(sim::AuditState(state_), "");
    const Effects effects = effects_;
    for (const Effect& effect : effects.list) {
      if (const auto* send = std::get_if<SendSip>(&effect)) Hear(*send);
    }
  }

  void Hear(const SendSip& send) {
    sip::Message message;
    sip::ParseError error;
    ASSERT_TRUE(sip::ParseMessage(send.bytes.view(), &message, &error)) << error.text;
    for (auto& [host, phone] : phones_) {
      if (phone->endpoint() != send.remote) continue;
      tests::PhoneCall* known = phone->Find(message.call_id());
      const std::string wrong = (known == nullptr ? phone->Call("") : *known).Receive(message);
      EXPECT_EQ(wrong, "");
      if (message.status() != 100) heard_.push_back(absl::StrCat(phone->name(), ": ", Summary(message)));
    }
  }

  Effects effects_;
  EngineTime now_;
  std::map<uint8_t, std::unique_ptr<Phone>> phones_;
  std::vector<std::string> heard_;
};

TEST_F(LegCommandsTest, AThirdPartyCallIsFlowI) {
  MakeCall();
  EXPECT_THAT(Heard(), ElementsAre("p1: INVITE"));
  Answer(1, 180);
  EXPECT_THAT(Heard(), ElementsAre("p1: NOTIFY talk"));
  Answer(1, 200, "NOTIFY");
  Answer(1, 200);
  EXPECT_THAT(Heard(), ElementsAre("p2: INVITE sdp p1 sendrecv"));
  Answer(2, 180);
  EXPECT_THAT(Heard(), IsEmpty());
  Answer(2, 200);
  EXPECT_THAT(Heard(), ElementsAre("p2: ACK", "p1: ACK sdp p2 sendrecv"));
  Ask(2, "BYE");
  EXPECT_THAT(Heard(), ElementsAre("p2: 200 BYE", "p1: BYE"));
  Answer(1, 200, "BYE");
  ExpectNothingIsLeft();
}

TEST_F(LegCommandsTest, ADestinationThatRefusesEndsTheOriginator) {
  MakeCall();
  Answer(1, 200);
  Heard();
  Answer(2, 486);
  EXPECT_THAT(Heard(), ElementsAre("p2: ACK", "p1: ACK sdp p1 sendrecv", "p1: BYE SIP;cause=486;text=\"Busy Here\""));
  Answer(1, 200, "BYE");
  ExpectNothingIsLeft();
}

TEST_F(LegCommandsTest, AnOriginatorThatRefusesEndsTheCall) {
  MakeCall();
  Heard();
  Answer(1, 486);
  EXPECT_THAT(Heard(), ElementsAre("p1: ACK"));
  ExpectNothingIsLeft();
}

TEST_F(LegCommandsTest, AnOriginatorThatLeavesCancelsTheDestination) {
  MakeCall();
  Answer(1, 200);
  Answer(2, 180);
  Heard();
  Ask(1, "BYE");
  EXPECT_THAT(Heard(), ElementsAre("p1: 200 BYE", "p1: ACK sdp p1 sendrecv", "p2: CANCEL"));
  Answer(2, 200, "CANCEL");
  Answer(2, 487);
  ExpectNothingIsLeft();
}

TEST_F(LegCommandsTest, AnOriginatorWithoutAnOfferIsEnded) {
  MakeCall();
  Heard();
  tests::Draft answer = PhoneAt(1).Call("").Response(200, "INVITE", "");
  answer.Edit("body none");
  Say(1, answer.Text());
  EXPECT_THAT(Heard(), ElementsAre("p1: ACK", "p1: BYE SIP;cause=488;text=\"Not Acceptable Here\""));
  Answer(1, 200, "BYE");
  ExpectNothingIsLeft();
}

TEST_F(LegCommandsTest, AnOfferThatWaitsLongIsHeldAndTheSessionAgreedUponLater) {
  MakeCall();
  Answer(1, 200);
  Answer(2, 180);
  Heard();
  Pass(Duration::Seconds(21));
  EXPECT_THAT(Heard(), ElementsAre("p1: ACK sdp p1 inactive"));
  Answer(2, 200);
  EXPECT_THAT(Heard(), ElementsAre("p2: ACK", "p1: INVITE"));
  Answer(1, 200);
  EXPECT_THAT(Heard(), ElementsAre("p2: INVITE sdp p1 sendrecv"));
  Answer(2, 200);
  EXPECT_THAT(Heard(), ElementsAre("p2: ACK", "p1: ACK sdp p2 sendrecv"));
}

TEST_F(LegCommandsTest, HoldAndRetrieveAreReInvitesOfThePeer) {
  Establish();
  Do([this](Context& context) { HoldLeg(context, LegOf("1001")); });
  EXPECT_THAT(Heard(), ElementsAre("p2: INVITE sdp p1 inactive"));
  Answer(2, 491);
  EXPECT_THAT(Heard(), ElementsAre("p2: ACK"));
  Pass(Duration::Seconds(4));
  EXPECT_THAT(Heard(), ElementsAre("p2: INVITE sdp p1 inactive"));
  Answer(2, 200);
  EXPECT_THAT(Heard(), ElementsAre("p2: ACK"));
  EXPECT_FALSE(LegOf("1001").command.has_value());
  Do([this](Context& context) { RetrieveLeg(context, LegOf("1001")); });
  EXPECT_THAT(Heard(), ElementsAre("p2: INVITE sdp p1 sendrecv"));
  Answer(2, 488);
  EXPECT_THAT(Heard(), ElementsAre("p2: ACK"));
  EXPECT_FALSE(LegOf("1001").command.has_value());
}

TEST_F(LegCommandsTest, APhoneThatHoldsIsKnownToHold) {
  Establish();
  for (const bool held : {true, false}) {
    tests::Draft hold = PhoneAt(1).Call("").Request("INVITE", "");
    hold.body = tests::SessionOf("p1", held ? "sendonly" : "sendrecv");
    Say(1, hold.Text());
    EXPECT_EQ(LegOf("1001").on_hold, !held) << "not before the peer has agreed";
    Answer(2, 200);
    EXPECT_EQ(LegOf("1001").on_hold, held);
    Acknowledge(1);
  }
}

TEST_F(LegCommandsTest, TalkIsForPhonesThatTakeIt) {
  Ask(2, "INVITE", "1001");
  Answer(1, 180);
  Heard();
  Do([this](Context& context) { TalkLeg(context, LegOf("1002")); });
  EXPECT_THAT(Heard(), IsEmpty());
  Do([this](Context& context) { TalkLeg(context, LegOf("1001")); });
  EXPECT_THAT(Heard(), ElementsAre("p1: NOTIFY talk"));
  Answer(1, 200, "NOTIFY");
  EXPECT_FALSE(LegOf("1001").command.has_value());
}

TEST_F(LegCommandsTest, DigitsGoToThePeerOneAfterTheOther) {
  Establish();
  Do([this](Context& context) { SendDtmf(context, LegOf("1001"), "1#"); });
  EXPECT_THAT(Heard(), ElementsAre("p2: INFO Signal=1"));
  Answer(2, 200, "INFO");
  EXPECT_THAT(Heard(), ElementsAre("p2: INFO Signal=#"));
  Answer(2, 200, "INFO");
  EXPECT_THAT(Heard(), IsEmpty());
  EXPECT_FALSE(LegOf("1001").command.has_value());
}

TEST_F(LegCommandsTest, AFurtherLegIsJoinedAndTheOthersStay) {
  Establish();
  Do([this](Context& context) {
    DialFurther(context, LegOf("1001"), FindDestination(context.state, "1003"));
  });
  EXPECT_THAT(Heard(), ElementsAre("p3: INVITE sdp p1 sendrecv"));
  Answer(3, 180);
  Answer(3, 200);
  EXPECT_THAT(Heard(), ElementsAre("p3: ACK"));
  EXPECT_EQ(LegOf("1001").peer, LegOf("1002").id);
  Do([this](Context& context) { JoinLegs(context, LegOf("1001"), LegOf("1003")); });
  EXPECT_THAT(Heard(), ElementsAre("p1: INVITE"));
  Answer(1, 200);
  EXPECT_THAT(Heard(), ElementsAre("p3: INVITE sdp p1 sendrecv"));
  Answer(3, 200);
  EXPECT_THAT(Heard(), ElementsAre("p3: ACK", "p1: ACK sdp p3 sendrecv"));
  EXPECT_TRUE(LegOf("1002").peer.empty());
}

TEST_F(LegCommandsTest, AJoinWhoseOfferIsRefusedEndsBothAndWhoIsLeftAloneInTheCall) {
  Establish();
  Do([this](Context& context) { DialFurther(context, LegOf("1001"), FindDestination(context.state, "1003")); });
  Answer(3, 200);
  Do([this](Context& context) { JoinLegs(context, LegOf("1001"), LegOf("1003")); });
  Answer(1, 200);
  Heard();
  Answer(3, 488);
  EXPECT_THAT(Heard(), ElementsAre("p3: ACK", "p3: BYE SIP;cause=488;text=\"Not Acceptable Here\"",
                                   "p1: ACK sdp p1 sendrecv", "p1: BYE SIP;cause=488;text=\"Not Acceptable Here\"",
                                   "p2: BYE"));
}

TEST_F(LegCommandsTest, ARingingCallGoesToAnotherDestination) {
  Ask(1, "INVITE", "1002");
  Answer(2, 180);
  Heard();
  Do([this](Context& context) { RedirectAlerting(context, LegOf("1002"), FindDestination(context.state, "1003")); });
  EXPECT_THAT(Heard(), ElementsAre("p3: INVITE sdp p1 sendrecv", "p2: CANCEL"));
  Answer(2, 487);
  EXPECT_THAT(Heard(), ElementsAre("p2: ACK"));
  Answer(3, 180);
  EXPECT_THAT(Heard(), ElementsAre("p1: 180 INVITE"));
  Answer(3, 200);
  EXPECT_THAT(Heard(), ElementsAre("p1: 200 INVITE sdp p3 sendrecv"));
  Acknowledge(1);
  EXPECT_THAT(Heard(), ElementsAre("p3: ACK"));
}

TEST_F(LegCommandsTest, ACallThatIsRedirectedAgainAndAgainDoesNotGrow) {
  Ask(1, "INVITE", "1002");
  for (int i = 0; i < 1000; ++i) {
    const std::string from = i % 2 == 0 ? "1002" : "1003";
    const std::string to = i % 2 == 0 ? "1003" : "1002";
    const uint8_t phone = static_cast<uint8_t>(from[3] - '0');
    Answer(phone, 180);
    Do([&](Context& context) { RedirectAlerting(context, LegOf(from), FindDestination(context.state, to)); });
    Answer(phone, 200, "CANCEL");
    Answer(phone, 487);
    ASSERT_EQ(state_.legs.size(), 2u) << i;
    ASSERT_EQ(state_.transactions.live(), 2u) << i;
  }
}

TEST_F(LegCommandsTest, ACallThatManyComeIntoAndLeaveDoesNotGrow) {
  Establish();
  for (int i = 0; i < 1000; ++i) {
    Do([this](Context& context) { DialFurther(context, LegOf("1001"), FindDestination(context.state, "1003")); });
    Answer(3, 200);
    Do([this](Context& context) { HangUpAlone(context, LegOf("1003")); });
    Answer(3, 200, "BYE");
    ASSERT_EQ(state_.legs.size(), 2u) << i;
    ASSERT_EQ(state_.transactions.live(), 0u) << i;
  }
}

}  // namespace
}  // namespace understudy::engine
