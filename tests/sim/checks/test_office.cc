#include "tests/sim/checks/test_office.h"

#include <utility>
#include <variant>

#include "absl/types/optional.h"
#include "base/check.h"
#include "engine/apply.h"
#include "sip/parse.h"

namespace understudy::sim {
namespace {

constexpr char kServer[] = "10.0.0.9:5060";

engine::ConfigurationChanged TwoExtensions() {
  engine::ConfigurationChanged changed;
  changed.change.options = engine::OptionSections{{"TServer", {{"sip-address", "10.0.0.9"}, {"sip-port", "5060"}}}};
  for (const char* number : {"1001", "1002"}) {
    engine::Dn dn;
    dn.number = number;
    dn.options["TServer"]["contact"] = "*";
    changed.change.upserts.push_back(std::move(dn));
  }
  return changed;
}

}  // namespace

TestOffice::TestOffice()
    : alice_("alice", "1001", Endpoint::V4(10, 0, 0, 1, 5060), Transport::kUdp, kServer),
      bob_("bob", "1002", Endpoint::V4(10, 0, 0, 2, 5060), Transport::kUdp, kServer) {
  Apply(engine::EpochStart{{1, 2}, false});
  Apply(TwoExtensions());
}

void TestOffice::Apply(engine::Input input) {
  engine::Entry entry;
  entry.lsn = state_.lsn.Next();
  entry.epoch = Epoch(1);
  entry.engine_time = now_;
  entry.input = std::move(input);
  engine::Apply(&state_, entry, &effects_);
  const engine::Effects effects = effects_;
  for (const engine::Effect& effect : effects.list) {
    if (const auto* send = std::get_if<engine::SendSip>(&effect)) Hear(*send);
  }
}

void TestOffice::Hear(const engine::SendSip& send) {
  sip::Message message;
  sip::ParseError error;
  US_CHECK(sip::ParseMessage(send.bytes.view(), &message, &error));
  tests::Phone& phone = send.remote == alice_.endpoint() ? alice_ : bob_;
  tests::PhoneCall* const known = phone.Find(message.call_id());
  (known == nullptr ? phone.Call("") : *known).Receive(message);
  const bool is_answer = !message.is_request() && message.cseq().method == sip::Method::kInvite;
  if (is_answer && &phone == &alice_ && !message.to_tag().empty()) caller_tag_ = std::string(message.to_tag());
}

void TestOffice::Say(const tests::Phone& from, const std::string& text) {
  engine::SipReceived input;
  input.remote = from.endpoint();
  input.bytes = text;
  sip::ParseError error;
  US_CHECK(sip::ParseMessage(input.bytes, &input.message, &error));
  Apply(std::move(input));
}

void TestOffice::Register() {
  Say(alice_, alice_.Call("registration").Request("REGISTER", "1001").Text());
  Say(bob_, bob_.Call("registration").Request("REGISTER", "1002").Text());
}

void TestOffice::Invite() {
  auto invite = alice_.Call("").Request("INVITE", "1002");
  invite.Add("Supported", "100rel, timer");
  Say(alice_, invite.Text());
}

void TestOffice::RingReliably() {
  auto ringing = bob_.Call("").Response(180, "INVITE", "");
  ringing.Add("Require", "100rel");
  ringing.Add("RSeq", "1");
  Say(bob_, ringing.Text());
}

void TestOffice::Ring() {
  Say(bob_, bob_.Call("").Response(180, "INVITE", "").Text());
}

void TestOffice::Answer() {
  auto answer = bob_.Call("").Response(200, "INVITE", "");
  answer.Add("Session-Expires", "1800;refresher=uac");
  Say(bob_, answer.Text());
}

void TestOffice::Acknowledge() {
  Say(alice_, alice_.Call("").Ack().Text());
}

void TestOffice::ReInvite() {
  Say(alice_, alice_.Call("").Request("INVITE", "").Text());
}

void TestOffice::HangUp() {
  Say(alice_, alice_.Call("").Request("BYE", "").Text());
}

void TestOffice::AnswerBye() {
  Say(bob_, bob_.Call("").Response(200, "BYE", "").Text());
}

void TestOffice::Pass(Duration span) {
  const EngineTime end = now_ + span;
  while (true) {
    const absl::optional<EngineTime> next = state_.NextDeadline();
    if (!next || *next > end) break;
    now_ = *next;
    Apply(engine::ClockAdvanced{});
  }
  now_ = end;
}

}  // namespace understudy::sim
