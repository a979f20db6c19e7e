// Any octets as messages to an engine that knows two phones, a Trunk for every number and an established call. Messages
// are separated by a NUL; a message of one octet lets that many seconds go by.
#include <cstdint>
#include <cstdio>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "engine/admission.h"
#include "sip/parse.h"
#include "tests/scenarios/checked_engine.h"
#include "tests/scenarios/phone.h"

namespace understudy::tests {
namespace {

constexpr size_t kMaxMessages = 16;

engine::ConfigurationChange TownConfiguration() {
  engine::ConfigurationChange change;
  change.options = engine::OptionSections{{"TServer", {{"sip-address", "10.0.0.10"}}}};
  const auto add = [&change](std::string number, engine::DnType type, std::string contact, std::string prefix) {
    engine::Dn dn;
    dn.number = std::move(number);
    dn.type = type;
    dn.options["TServer"] = {{"contact", std::move(contact)}, {"prefix", std::move(prefix)}};
    change.upserts.push_back(std::move(dn));
  };
  add("1001", engine::DnType::kExtension, "*", "");
  add("1002", engine::DnType::kExtension, "10.0.0.2", "");
  add("source", engine::DnType::kTrunk, "10.0.0.50:5060", "");
  for (char c : absl::string_view("0129abjuswU+")) {
    add(absl::StrCat("trunk", std::string(1, c)), engine::DnType::kTrunk, absl::StrCat("10.0.1.", static_cast<int>(c)),
        std::string(1, c));
  }
  return change;
}

void Say(CheckedEngine* engine, const Endpoint& from, absl::string_view text) {
  engine::SipReceived input;
  input.remote = from;
  input.bytes = text;
  sip::ParseError error;
  if (!sip::ParseMessage(text, &input.message, &error)) {
    if (error.answer_status != 0) engine::StatelessResponse(engine->state(), input, error.answer_status, error.text);
    return;
  }
  const engine::Verdict verdict = engine::Admit(engine->state(), input, engine->state().lsn);
  if (verdict.append) engine->Apply(std::move(input));
}

void Pass(CheckedEngine* engine, Duration span) {
  const EngineTime end = engine->now() + span;
  for (;;) {
    const absl::optional<EngineTime> next = engine->state().NextDeadline();
    if (!next || *next > end) break;
    engine->AdvanceTo(*next);
    engine->Apply(engine::ClockAdvanced{});
  }
  engine->AdvanceTo(end);
}

// As far as a ringing call from 1001 to 1002.
CheckedEngine MakeTown() {
  CheckedEngine engine;
  engine.NextEpoch();
  engine.Apply(engine::EpochStart{{1, 2}, false});
  engine.Apply(engine::ConfigurationChanged{TownConfiguration()});
  Phone alice("alice", "1001", Endpoint::V4(10, 0, 0, 1, 5060), Transport::kUdp, "10.0.0.10:5060");
  Say(&engine, alice.endpoint(), alice.Call("r").Request("REGISTER", "1001").Text());
  Say(&engine, alice.endpoint(), alice.Call("").Request("INVITE", "1002").Text());
  US_CHECK(engine.state().calls.size() == 1);
  return engine;
}

void Check(const CheckedEngine& engine) {
  for (const std::string& fault : engine.faults()) std::fprintf(stderr, "%s\n", fault.c_str());
  US_CHECK(engine.faults().empty());
}

}  // namespace
}  // namespace understudy::tests

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using understudy::Duration;
  using understudy::Endpoint;
  static const auto* town = new understudy::tests::CheckedEngine(understudy::tests::MakeTown());
  understudy::tests::CheckedEngine engine = *town;
  size_t messages = 0;
  for (absl::string_view text : absl::StrSplit(absl::string_view(reinterpret_cast<const char*>(data), size), '\0')) {
    if (++messages > understudy::tests::kMaxMessages) break;
    if (text.size() == 1) {
      understudy::tests::Pass(&engine, Duration::Seconds(static_cast<uint8_t>(text[0])));
    } else {
      understudy::tests::Say(&engine, Endpoint::V4(10, 0, 0, 50, 5060), text);
    }
  }
  understudy::tests::Pass(&engine, Duration::Seconds(2));
  understudy::tests::Check(engine);
  return 0;
}
