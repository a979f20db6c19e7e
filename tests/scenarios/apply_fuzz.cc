// Any octets as messages to an engine that knows two phones and a Trunk for every number, with a call that is
// established and one that rings. In an input
//
//   NUL or a line "===="   separates messages
//   0 1 2 3                before a message: it comes from the Trunk, from alice, from bob, from a stranger
//   one octet              is no message: that many seconds go by
//   "!"                    at a message's beginning: what was sent last could not be delivered; "!!": the connection
//                          over which it had left has ended; "!!!": too late
//   $BRANCH0 $TAG0 $PEER0 $CALLID0 $CSEQ0
//                          what the engine's messages said last: branch, tag of ours, tag of theirs, Call-ID and CSeq
//                          number; 1 to 9: before that
#include <algorithm>
#include <cstdint>
#include <cstdio>
#include <deque>
#include <map>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/check.h"
#include "engine/admission.h"
#include "engine/sip_ids.h"
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

const Endpoint kSources[] = {Endpoint::V4(10, 0, 0, 50, 5060), Endpoint::V4(10, 0, 0, 1, 5060),
                             Endpoint::V4(10, 0, 0, 2, 5060), Endpoint::V4(10, 0, 0, 66, 5060)};

// An engine, and what it has said.
class Town {
 public:
  Town();

  // One piece of an input.
  void Take(absl::string_view piece);
  void Pass(Duration span);
  void Check() const;

 private:
  using Names = std::map<std::string, std::deque<std::string>>;

  void Say(const Endpoint& from, absl::string_view text);
  void Say(Phone& phone, const Draft& draft) { Say(phone.endpoint(), draft.Text()); }
  void Apply(engine::Input input);
  void Hear(const engine::SendSip& send);
  void Note(const std::string& name, absl::string_view value);
  std::string Filled(absl::string_view text) const;

  CheckedEngine engine_;
  Names names_;
  engine::TransactionId last_request_;
  std::vector<Phone*> phones_;  // while the town is made
};

void Town::Note(const std::string& name, absl::string_view value) {
  std::deque<std::string>& values = names_[name];
  values.erase(std::remove(values.begin(), values.end(), std::string(value)), values.end());
  values.emplace_front(value);
  if (values.size() > 10) values.pop_back();
}

void Town::Hear(const engine::SendSip& send) {
  sip::Message message;
  sip::ParseError error;
  US_CHECK(sip::ParseMessage(send.bytes.view(), &message, &error));
  if (!send.transaction.empty()) last_request_ = send.transaction;
  if (message.is_request()) Note("$BRANCH", message.top_via().branch);
  for (absl::string_view tag : {message.from_tag(), message.to_tag()}) {
    if (!tag.empty()) Note(engine::ParseTag(tag) ? "$TAG" : "$PEER", tag);
  }
  Note("$CALLID", message.call_id());
  Note("$CSEQ", absl::StrCat(message.cseq().number));
  for (Phone* phone : phones_) {
    if (phone->endpoint() == send.remote) phone->Call("").Receive(message);
  }
}

void Town::Apply(engine::Input input) {
  for (const engine::Effect& effect : engine_.Apply(std::move(input)).list) {
    if (const auto* send = std::get_if<engine::SendSip>(&effect)) Hear(*send);
  }
}

std::string Town::Filled(absl::string_view text) const {
  if (text.find('$') == absl::string_view::npos) return std::string(text);
  std::vector<std::pair<std::string, std::string>> replacements;
  for (const auto& [name, values] : names_) {
    for (size_t i = 0; i < values.size(); ++i) replacements.emplace_back(absl::StrCat(name, i), values[i]);
  }
  return absl::StrReplaceAll(text, replacements);
}

void Town::Say(const Endpoint& from, absl::string_view text) {
  engine::SipReceived input;
  input.remote = from;
  input.bytes = text;
  sip::ParseError error;
  if (!sip::ParseMessage(text, &input.message, &error)) {
    if (error.answer_status != 0) {
      engine::StatelessResponse(engine_.state(), input, error.answer_status, error.text);
    }
    return;
  }
  const engine::Verdict verdict = engine::Admit(engine_.state(), input, engine_.state().lsn);
  if (verdict.append) Apply(std::move(input));
}

void Town::Take(absl::string_view piece) {
  if (piece.size() == 1) return Pass(Duration::Seconds(static_cast<uint8_t>(piece[0])));
  if (!piece.empty() && piece[0] == '!') {
    const bool lost = piece[1] == '!';
    if (lost) return Apply(engine::SendLost{last_request_, piece.size() > 2 && piece[2] == '!'});
    return Apply(engine::SendFailed{last_request_});
  }
  size_t source = 0;
  if (!piece.empty() && piece[0] >= '0' && piece[0] <= '3') {
    source = static_cast<size_t>(piece[0] - '0');
    piece.remove_prefix(1);
  }
  Say(kSources[source], Filled(piece));
}

void Town::Pass(Duration span) {
  engine_.Pass(span, [this](engine::ClockAdvanced due) { Apply(due); });
}

void Town::Check() const {
  for (const std::string& fault : engine_.faults()) std::fprintf(stderr, "%s\n", fault.c_str());
  US_CHECK(engine_.faults().empty());
}

Town::Town() {
  engine_.NextEpoch();
  Apply(engine::EpochStart{{1, 2}, false});
  Apply(engine::ConfigurationChanged{TownConfiguration()});
  Phone alice("alice", "1001", kSources[1], Transport::kUdp, "10.0.0.10:5060");
  Phone bob("bob", "1002", kSources[2], Transport::kUdp, "10.0.0.10:5060");
  phones_ = {&alice, &bob};
  Say(alice, alice.Call("r").Request("REGISTER", "1001"));
  Say(alice, alice.Call("").Request("INVITE", "1002"));
  Say(bob, bob.Call("").Response(200, "INVITE", ""));
  Say(alice, alice.Call("").Ack());
  Say(alice, alice.Call("b").Request("INVITE", "1002"));
  US_CHECK(engine_.state().calls.size() == 2);
  phones_.clear();
}

}  // namespace
}  // namespace understudy::tests

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using understudy::Duration;
  using understudy::tests::Town;
  static const auto* made = new Town();
  Town town = *made;
  const std::string input =
      absl::StrReplaceAll(absl::string_view(reinterpret_cast<const char*>(data), size),
                          {{"\n====\r\n", absl::string_view("\0", 1)}, {"\n====\n", absl::string_view("\0", 1)}});
  size_t messages = 0;
  for (absl::string_view piece : absl::StrSplit(input, '\0')) {
    if (++messages > understudy::tests::kMaxMessages) break;
    town.Take(piece);
  }
  town.Pass(Duration::Seconds(2));
  town.Check();
  return 0;
}
