#include "tests/scenarios/scenario.h"

#include <deque>
#include <map>
#include <memory>
#include <utility>
#include <variant>

#include "absl/status/statusor.h"
#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "absl/time/time.h"
#include "base/feature_level.h"
#include "engine/admission.h"
#include "engine/sip_ids.h"
#include "sip/parse.h"
#include "tests/scenarios/checked_engine.h"
#include "tests/scenarios/clients.h"
#include "tests/scenarios/dns_words.h"
#include "tests/scenarios/phone.h"
#include "tests/scenarios/transcript.h"

namespace understudy::tests {
namespace {

constexpr int kMaxTimerEntries = 10000;

struct Command {
  std::vector<std::string> words;
  std::vector<std::string> edits;
};

class Runner {
 public:
  std::string Run(const Command& command);
  // What has been sent since it was asked last.
  std::vector<SentMessage> TakeSent() { return std::exchange(sent_, {}); }
  const std::vector<std::string>& Finish() {
    faults_.insert(faults_.end(), engine_.faults().begin(), engine_.faults().end());
    return faults_;
  }

 private:
  using Method = std::string (Runner::*)(const Command&);
  static const std::map<std::string, Method>& Methods();

  std::string Configure(const Command& command);
  std::string AddPhone(const Command& command);
  std::string Open(const Command& command);
  std::string Close(const Command& command);
  std::string Sign(const Command& command);
  std::string Ask(const Command& command);
  std::string Wait(const Command& command);
  std::string Gap(const Command& command);
  std::string BeginEpoch(const Command& command);
  std::string Fail(const Command& command);
  std::string Lose(const Command& command);
  std::string SetLevel(const Command& command);
  std::string Hold(const Command& command);
  std::string Release(const Command& command);
  std::string Whole(const Command& command);
  std::string Brief(const Command& command);
  std::string ShowState(const Command& command);
  std::string PhoneSays(const Command& command);
  std::string AddClient(const Command& command);
  std::string ClientSays(const Command& command);
  std::string Resolve(const Command& command);

  std::string Apply(engine::Input input);
  std::string Deliver(Phone& phone, const std::string& text);
  std::string Show(const engine::SendSip& send);
  std::string Show(const engine::CallProgress& progress) { return transcript_.Progress(progress); }
  std::string Show(const engine::RegistrationProgress& progress) { return transcript_.Progress(progress); }
  std::string Show(const engine::SessionProgress& progress) { return transcript_.Progress(progress); }
  std::string Show(const engine::DeviceProgress& progress) { return transcript_.Progress(progress); }
  std::string Show(const engine::SendClient& send);
  std::string Show(const engine::CloseClient& close) {
    return transcript_.Goodbye(clients_.NameOf(close.link), close.goodbye);
  }
  std::string Show(const engine::Locate& locate);
  PhoneCall* CallAt(const Endpoint& remote, const sip::Message& message);
  std::string PlaceOf(const Endpoint& remote) const;
  void Hear(const Endpoint& remote, absl::string_view bytes);
  void Hear(const engine::SendClient& send);
  void RememberBranch(absl::string_view bytes);
  std::string Fill(absl::string_view edit);
  std::string Complain(std::string text);

  CheckedEngine engine_;
  Transcript transcript_;
  std::map<std::string, std::unique_ptr<Phone>> phones_;
  Clients clients_;
  std::map<std::string, std::string> signs_;  // phone -> the DN whose password its requests are signed with
  std::map<std::string, Endpoint> asks_;      // phone -> the address that it sends to, where its network sees another
  std::map<std::string, engine::TransactionId> last_request_to_;
  std::map<std::string, engine::NameId> asked_;  // host -> the name that was asked for last
  std::map<std::string, std::string> branches_;  // "$b2" -> the branch of transaction 2, "$r1" -> the token of a REFER
  std::deque<std::pair<Endpoint, std::string>> held_;
  std::deque<engine::SendClient> held_frames_;
  std::vector<SentMessage> sent_;
  std::vector<std::string> faults_;
  bool holding_ = false;
  Lsn released_;
  uint64_t next_flow_ = 0;
};

Duration Span(absl::string_view text) {
  absl::Duration span;
  return absl::ParseDuration(text, &span) ? Duration::Nanoseconds(absl::ToInt64Nanoseconds(span)) : Duration();
}

// Whether the command has `word` at that place, where nothing else may stand.
absl::StatusOr<bool> HasWord(const Command& command, size_t place, absl::string_view word) {
  if (command.words.size() <= place) return false;
  if (command.words.size() == place + 1 && command.words[place] == word) return true;
  return absl::InvalidArgumentError(absl::StrCat(command.words[0], " takes \"", word, "\" there, or nothing"));
}

std::string Runner::Complain(std::string text) {
  faults_.push_back(text);
  return transcript_.Line(absl::StrCat("FAULT: ", text));
}

const std::map<std::string, Runner::Method>& Runner::Methods() {
  static const auto* methods = new std::map<std::string, Method>{
      {"configure", &Runner::Configure}, {"phone", &Runner::AddPhone},  {"open", &Runner::Open},
      {"close", &Runner::Close},         {"wait", &Runner::Wait},       {"gap", &Runner::Gap},
      {"epoch", &Runner::BeginEpoch},    {"fail", &Runner::Fail},       {"lose", &Runner::Lose},
      {"hold", &Runner::Hold},           {"release", &Runner::Release}, {"whole", &Runner::Whole},
      {"brief", &Runner::Brief},         {"state", &Runner::ShowState}, {"client", &Runner::AddClient},
      {"signs", &Runner::Sign},          {"dns", &Runner::Resolve},     {"asks", &Runner::Ask},
      {"level", &Runner::SetLevel},
  };
  return *methods;
}

std::string Runner::Run(const Command& command) {
  auto method = Methods().find(command.words[0]);
  if (method != Methods().end()) return (this->*method->second)(command);
  if (clients_.Has(command.words[0])) return ClientSays(command);
  return PhoneSays(command);
}

std::string Runner::Apply(engine::Input input) {
  const engine::Effects& effects = engine_.Apply(std::move(input));
  std::string text;
  for (const engine::Effect& effect : effects.list) {
    absl::StrAppend(&text, std::visit([this](const auto& e) { return Show(e); }, effect));
  }
  if (!holding_) released_ = engine_.state().lsn;
  return text;
}

std::string Runner::PlaceOf(const Endpoint& remote) const {
  for (const auto& [name, phone] : phones_) {
    if (phone->endpoint() == remote) return name;
    if (phone->source_port() != 0 && phone->endpoint().WithPort(phone->source_port()) == remote) return name;
  }
  return remote.ToText();
}

PhoneCall* Runner::CallAt(const Endpoint& remote, const sip::Message& message) {
  auto phone = phones_.find(PlaceOf(remote));
  PhoneCall* here = phone == phones_.end() ? nullptr : phone->second->Find(message.call_id());
  if (here != nullptr) return here;
  // One that goes to the next server begins anew there.
  const bool begins = message.is_request() && message.to_tag().empty() && phone != phones_.end();
  for (auto& [name, other] : phones_) {
    PhoneCall* call = begins ? nullptr : other->Find(message.call_id());
    if (call != nullptr) return call;
  }
  return phone == phones_.end() ? nullptr : &phone->second->Call(phone->second->TakeNext());
}

void Runner::Hear(const Endpoint& remote, absl::string_view bytes) {
  sip::Message message;
  sip::ParseError error;
  if (!sip::ParseMessage(bytes, &message, &error)) return;
  PhoneCall* call = CallAt(remote, message);
  if (call == nullptr) return;
  const std::string fault = call->Receive(message);
  if (!fault.empty()) faults_.push_back(absl::StrCat("a message to ", call->name(), " ", fault, ":\n", bytes));
}

void Runner::Hear(const engine::SendClient& send) {
  const std::string fault = clients_.Receive(send);
  if (!fault.empty()) faults_.push_back(fault);
}

std::string Runner::Show(const engine::SendClient& send) {
  if (holding_) {
    held_frames_.push_back(send);
  } else {
    Hear(send);
  }
  return std::visit([&](const auto& frame) { return transcript_.Frame(clients_.NameOf(send.link), frame); },
                    send.frame);
}

void Runner::RememberBranch(absl::string_view bytes) {
  sip::Message message;
  sip::ParseError error;
  if (!sip::ParseMessage(bytes, &message, &error) || !message.is_request()) return;
  const absl::string_view text = message.top_via().branch;
  if (const auto branch = engine::ParseBranch(text)) {
    branches_[absl::StrCat("$b", branch->transaction.value())] = std::string(text);
  }
  if (const auto refer = engine::ParseReferToken(message.from_tag())) {
    branches_[absl::StrCat("$r", refer->value())] = std::string(message.from_tag());
  }
}

std::string Runner::Show(const engine::SendSip& send) {
  std::string how;
  if (send.transport != Transport::kUdp) {
    const std::string domain = send.domain.empty() ? "" : absl::StrCat(" to ", send.domain.view());
    how = send.flow.empty() ? absl::StrCat(" (connects by ", TransportName(send.transport), domain, ")")
                            : absl::StrCat(" (", TransportName(send.transport), ")");
  }
  if (!send.local.empty()) absl::StrAppend(&how, " from ", send.local.ToText());
  const std::string place = PlaceOf(send.remote);
  if (!send.transaction.empty()) last_request_to_[place] = send.transaction;
  const std::string bytes(send.bytes.view());
  RememberBranch(bytes);
  sent_.push_back({place, bytes});
  if (holding_) {
    held_.emplace_back(send.remote, bytes);
  } else {
    Hear(send.remote, bytes);
  }
  return transcript_.Message(place, how, bytes);
}

std::string Runner::Deliver(Phone& phone, const std::string& text) {
  engine::SipReceived input;
  input.transport = phone.transport();
  input.flow = phone.flow;
  input.remote = phone.flow.empty() ? phone.endpoint() : phone.endpoint().WithPort(phone.source_port());
  if (phone.transport() == Transport::kUdp) input.local = asks_[phone.name()];
  input.bytes = text;
  input.authenticated = signs_[phone.name()];
  sip::ParseError error;
  if (!sip::ParseMessage(input.bytes, &input.message, &error)) {
    const std::string answer = error.answer_status == 0
                                   ? std::string()
                                   : engine::StatelessResponse(engine_.state(), input, error.answer_status, error.text);
    if (answer.empty()) return transcript_.Line(absl::StrCat("unparseable: ", error.text));
    return absl::StrCat(transcript_.Line(absl::StrCat("unparseable: ", error.text)),
                        transcript_.Message(phone.name(), "", answer));
  }
  const engine::Verdict verdict = engine::Admit(engine_.state(), input, released_);
  if (verdict.append) return Apply(std::move(input));
  std::string kept = transcript_.Line(absl::StrCat("kept back: ", engine::KeptName(verdict.kept)));
  if (verdict.answer.empty()) return kept;
  Hear(verdict.hop.remote, verdict.answer.view());
  const std::string place = PlaceOf(verdict.hop.remote);
  sent_.push_back({place, std::string(verdict.answer.view())});
  const std::string from = verdict.hop.local.empty() ? "" : absl::StrCat(" from ", verdict.hop.local.ToText());
  return absl::StrCat(kept, transcript_.Message(place, from, verdict.answer.view()));
}

std::string Runner::Configure(const Command& command) {
  engine::ConfigurationChange change;
  engine::OptionSections options = engine_.state().configuration.options();
  for (const std::string& edit : command.edits) {
    const std::vector<std::string> words = absl::StrSplit(edit, ' ', absl::SkipEmpty());
    if (words[0] == "remove") {
      change.removals.push_back(words[1]);
    } else if (words[0] == "dn") {
      engine::Dn dn;
      dn.number = words[1];
      dn.type = words[2] == "Extension" ? engine::DnType::kExtension
                : words[2] == "Trunk"   ? engine::DnType::kTrunk
                                        : engine::DnType::kOther;
      for (size_t i = 3; i < words.size(); ++i) {
        const std::pair<std::string, std::string> option = absl::StrSplit(words[i], absl::MaxSplits('=', 1));
        dn.options["TServer"][option.first] = option.second;
      }
      change.upserts.push_back(std::move(dn));
    } else {
      options["TServer"][words[0]] = absl::StrJoin(words.begin() + 1, words.end(), " ");
    }
  }
  if (options != engine_.state().configuration.options()) change.options = std::move(options);
  std::string text;
  if (engine_.epoch().empty()) text = BeginEpoch({{"epoch"}, {}});
  return absl::StrCat(text, Apply(engine::ConfigurationChanged{std::move(change)}));
}

std::string Runner::AddPhone(const Command& command) {
  const Endpoint endpoint = Endpoint::ParseHostPort(command.words[3], 5060).value();
  const Transport transport = command.words.size() > 4 ? ParseTransport(command.words[4]).value() : Transport::kUdp;
  phones_[command.words[1]] = std::make_unique<Phone>(command.words[1], command.words[2], endpoint, transport,
                                                      engine_.state().configuration.service_address().ToText());
  return {};
}

std::string Runner::Open(const Command& command) {
  Phone& phone = *phones_.at(command.words[1]);
  ++next_flow_;
  phone.flow = engine::FlowId(engine_.epoch().value() << 40 | next_flow_);
  phone.set_source_port(static_cast<uint16_t>(40000 + next_flow_));
  engine::FlowOpened opened;
  opened.flow = phone.flow;
  opened.transport = phone.transport();
  opened.remote = phone.endpoint().WithPort(phone.source_port());
  return Apply(opened);
}

std::string Runner::Close(const Command& command) {
  Phone& phone = *phones_.at(command.words[1]);
  const engine::FlowClosed closed{phone.flow};
  phone.flow = engine::FlowId();
  return Apply(closed);
}

std::string Runner::Sign(const Command& command) {
  signs_[command.words[1]] = command.words.size() > 2 ? command.words[2] : "";
  return {};
}

std::string Runner::Ask(const Command& command) {
  asks_[command.words[1]] = Endpoint::ParseHostPort(command.words[2], 5060).value();
  return {};
}

// As the sequencer does: an entry at each deadline.
std::string Runner::Wait(const Command& command) {
  const EngineTime end = engine_.now() + Span(command.words[1]);
  std::string text;
  for (int i = 0; i < kMaxTimerEntries; ++i) {
    const absl::optional<EngineTime> next = engine_.state().NextDeadline();
    if (!next || *next > end) break;
    engine_.AdvanceTo(*next);
    const std::string effects = Apply(engine::ClockAdvanced{});
    if (effects.empty()) continue;
    absl::StrAppend(&text, "| at ",
                    absl::StrFormat("%.3f", static_cast<double>((*next - EngineTime()).milliseconds()) / 1000), " s\n",
                    effects);
  }
  engine_.AdvanceTo(end);
  return text;
}

std::string Runner::Gap(const Command& command) {
  const Duration gap = Span(command.words[1]);
  engine_.Advance(gap);
  return Apply(engine::ServiceGap{gap});
}

std::string Runner::BeginEpoch(const Command& command) {
  const absl::StatusOr<bool> redraw = HasWord(command, 1, "redraw");
  if (!redraw.ok()) return Complain(std::string(redraw.status().message()));
  engine_.NextEpoch();
  engine::EpochStart start;
  start.id_key = HashKey{0x1122334455667788 + engine_.epoch().value(), 0x99aabbccddeeff00};
  start.redraw_key = *redraw;
  for (auto& [name, phone] : phones_) phone->flow = engine::FlowId();
  clients_.LoseLinks();
  return Apply(start);
}

std::string Runner::Fail(const Command& command) {
  return Apply(engine::SendFailed{last_request_to_[command.words[1]]});
}

std::string Runner::Lose(const Command& command) {
  const absl::StatusOr<bool> too_late = HasWord(command, 2, "too-late");
  if (!too_late.ok()) return Complain(std::string(too_late.status().message()));
  return Apply(engine::SendLost{last_request_to_[command.words[1]], *too_late});
}

std::string Runner::SetLevel(const Command& command) {
  uint32_t level = 0;
  const bool is_number = command.words.size() == 2 && absl::SimpleAtoi(command.words[1], &level);
  if (!is_number || level > kFeatureLevel) {
    return Complain(absl::StrCat("level is one number, 0 to ", kFeatureLevel));
  }
  engine_.SetFeatureLevel(level);
  return {};
}

std::string Runner::Hold(const Command&) {
  holding_ = true;
  return {};
}

std::string Runner::Release(const Command&) {
  holding_ = false;
  released_ = engine_.state().lsn;
  for (const auto& [remote, bytes] : held_) Hear(remote, bytes);
  held_.clear();
  for (const engine::SendClient& send : held_frames_) {
    if (clients_.Lives(send.link)) Hear(send);
  }
  held_frames_.clear();
  return {};
}

std::string Runner::Whole(const Command&) {
  transcript_.set_whole(true);
  return {};
}

std::string Runner::Brief(const Command&) {
  transcript_.set_whole(false);
  return {};
}

std::string Runner::ShowState(const Command&) {
  const engine::State& state = engine_.state();
  return transcript_.Line(
      absl::StrCat("calls ", state.calls.size(), ", live transactions ", state.transactions.live(), ", finished ",
                   state.transactions.finished(), ", bindings ", state.registrar.bindings().size(), ", timers ",
                   state.timers.transaction_timers().size() + state.timers.engine_timers().size(),
                   state.sessions.size() == 0 ? "" : absl::StrCat(", sessions ", state.sessions.size())));
}

std::string Runner::Show(const engine::Locate& locate) {
  asked_[locate.query.host] = locate.name;
  return transcript_.Line(ShowQuery(locate));
}

// What DNS answers to the last question for that host: its records are the edits, or the word after it is the failure.
std::string Runner::Resolve(const Command& command) {
  const absl::StatusOr<engine::LocateAnswer> answer = ReadAnswer(command.words, command.edits);
  if (!answer.ok()) return Complain(std::string(answer.status().message()));
  return Apply(engine::NamesResolved{asked_[command.words[1]], *answer});
}

std::string Runner::AddClient(const Command& command) {
  clients_.Add(command.words[1], command.words.size() > 2 ? command.words[2] : command.words[1]);
  return {};
}

std::string Runner::ClientSays(const Command& command) {
  std::vector<std::string> words = command.words;
  for (std::string& word : words) word = transcript_.Lengthen(word);
  absl::StatusOr<engine::Input> input = clients_.Say(words, engine_.epoch());
  if (!input.ok()) return Complain(absl::StrCat(words[0], ": ", input.status().message()));
  return Apply(*std::move(input));
}

// Puts in what an edit names by '$'.
std::string Runner::Fill(absl::string_view edit) {
  std::string text = absl::StrReplaceAll(edit, branches_);
  for (const absl::string_view mark : {"$(", "$%(", "$t("}) {
    const size_t begin = text.find(std::string(mark));
    const size_t end = begin == std::string::npos ? begin : text.find(')', begin);
    if (end == std::string::npos) continue;
    const std::string named = text.substr(begin + mark.size(), end - begin - mark.size());
    const std::pair<std::string, std::string> who = absl::StrSplit(named, absl::MaxSplits('.', 1));
    auto phone = phones_.find(who.first);
    std::string dialog = phone == phones_.end() ? std::string() : phone->second->Call(who.second).AsReplaced();
    if (mark == "$t(")
      dialog = absl::StrReplaceAll(dialog, {{";to-tag=", ";local-tag="}, {";from-tag=", ";remote-tag="}});
    if (mark == "$%(") dialog = absl::StrReplaceAll(dialog, {{"@", "%40"}, {";", "%3B"}, {"=", "%3D"}});
    text.replace(begin, end + 1 - begin, dialog);
  }
  return text;
}

std::string Runner::PhoneSays(const Command& command) {
  const std::pair<std::string, std::string> who = absl::StrSplit(command.words[0], absl::MaxSplits('.', 1));
  auto found = phones_.find(who.first);
  if (found == phones_.end() || command.words.size() < 2)
    return Complain(absl::StrCat("no such command: ", command.words[0]));
  Phone& phone = *found->second;
  PhoneCall& call = phone.Call(who.second);
  const std::string& what = command.words[1];
  if (what == "next") {
    phone.set_next(who.second);
    return {};
  }
  std::string argument;
  std::string tag;
  for (size_t i = 2; i < command.words.size(); ++i) {
    absl::string_view word = command.words[i];
    size_t early = 0;
    if (absl::StartsWith(word, "early=")) {
      if (absl::SimpleAtoi(word.substr(6), &early) && call.EnterEarly(early)) continue;
      return Complain(absl::StrCat(call.name(), " has no dialog ", word));
    }
    const bool is_tag = absl::ConsumePrefix(&word, "tag=");
    (is_tag ? tag : argument) = std::string(word);
  }
  if (what == "again") return Deliver(phone, call.LastSent(argument));
  int status = 0;
  Draft draft;
  if (absl::SimpleAtoi(what, &status)) {
    if (!call.CanRespond(argument)) return Complain(absl::StrCat(call.name(), " has no request to answer with ", what));
    draft = call.Response(status, argument, tag);
  } else if (what == "ACK") {
    draft = call.Ack();
  } else if (what == "CANCEL") {
    draft = call.Cancel();
  } else {
    draft = call.Request(what, what == "REGISTER" && argument.empty() ? phone.number() : argument);
  }
  for (const std::string& line : command.edits) {
    const std::string filled = Fill(line);
    absl::string_view edit = filled;
    if (absl::ConsumePrefix(&edit, "sdp ")) {
      draft.body_type = "application/sdp";
      draft.body = SessionOf(phone.name(), edit);
    } else {
      draft.Edit(edit);
    }
  }
  const std::string text = draft.Text();
  call.Sent(what, text);
  return Deliver(phone, text);
}

}  // namespace

ScenarioResult RunScenario(absl::string_view script) {
  ScenarioResult result;
  Runner runner;
  Command command;
  const auto run = [&] {
    if (command.words.empty()) return;
    absl::StrAppend(&result.text, runner.Run(command));
    result.sent.push_back(runner.TakeSent());
    command = Command();
  };
  absl::ConsumeSuffix(&script, "\n");
  for (absl::string_view line : absl::StrSplit(script, '\n')) {
    if (absl::StartsWith(line, "|")) continue;
    const bool indented = absl::StartsWith(line, "  ");
    if (!indented) run();
    absl::StrAppend(&result.text, line, "\n");
    if (indented) {
      command.edits.emplace_back(absl::StripAsciiWhitespace(line));
    } else if (!line.empty() && line[0] != '#') {
      command.words = absl::StrSplit(line, ' ', absl::SkipEmpty());
    }
  }
  run();
  result.faults = runner.Finish();
  return result;
}

}  // namespace understudy::tests
