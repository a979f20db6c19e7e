// Clients that ask for anything at any time, of phones that answer, refuse, leave and fall silent as they like, that
// hand their calls over and take each other's places by themselves, and of which one calls when a REFER tells it to:
// each request has one outcome, each party's events end with its last, and when nobody goes on nothing is left. Over
// all seeds they get to each of kClaimed.
//   UNDERSTUDY_RANDOM_SEEDS=1000 bazel-bin/tests/scenarios/random_requests_test      more than the few of every day
#include <cstdint>
#include <cstdlib>
#include <map>
#include <memory>
#include <random>
#include <set>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "engine/admission.h"
#include "gtest/gtest.h"
#include "sip/name_addr.h"
#include "sip/parse.h"
#include "sip/uri.h"
#include "tests/scenarios/bystanders.h"
#include "tests/scenarios/checked_engine.h"
#include "tests/scenarios/clients.h"
#include "tests/scenarios/phone.h"
#include "tests/scenarios/request_ledger.h"
#include "tlib/message_codec.h"

namespace understudy::tests {
namespace {

constexpr uint32_t kSeeds = 12;
constexpr int kSteps = 700;

constexpr const char* kNumbers[] = {"1001", "1002", "1003", "1004"};
constexpr const char* kClients[] = {"desk", "router", "wallboard"};
constexpr const char* kRequests[] = {
    "MakeCall",
    "MakeCall",
    "MakeCall",
    "MakeCall",
    "MakeCall",
    "MakeCall",
    "AnswerCall",
    "ReleaseCall",
    "HoldCall",
    "HoldCall",
    "RetrieveCall",
    "AlternateCall",
    "ReconnectCall",
    "InitiateTransfer",
    "InitiateTransfer",
    "InitiateConference",
    "InitiateConference",
    "MuteTransfer",
    "CompleteTransfer",
    "CompleteTransfer",
    "CompleteConference",
    "CompleteConference",
    "MergeCalls",
    "SingleStepTransfer",
    "SingleStepTransfer",
    "RedirectCall",
    "SingleStepConference",
    "SingleStepConference",
    "SingleStepConference",
    "DeleteFromConference",
    "DeleteFromConference",
    "SendDTMF",
    "ClearCall",
    "AttachUserData",
    "DeleteUserData",
    "QueryCall",
    "QueryAddress",
    "CallForwardSet",
    "CallForwardCancel",
    "CallForwardCancel",
};

// What some seed must get to. A request counts when it has been accepted.
constexpr absl::string_view kAnswered = "call answered";
constexpr absl::string_view kBlind = "REFER";
constexpr absl::string_view kAttended = "REFER with Replaces";
constexpr absl::string_view kReplacing = "INVITE with Replaces";
constexpr absl::string_view kTold = "RequestMakeCall by REFER";
constexpr absl::string_view kClaimed[] = {kAnswered, kBlind, kAttended, kReplacing, kTold};

using Counts = std::map<std::string, int>;

// A phone's dialog, and the method of a request there that it has not answered yet; or what it is about to do of its
// own accord: "ACK", "hang up", and of one that was told to call by a REFER "call" and "tell", which is a NOTIFY.
struct Task {
  Phone* phone = nullptr;
  PhoneCall* dialog = nullptr;
  std::string method;
};

class Office {
 public:
  explicit Office(uint32_t seed) : random_(seed) {
    engine_.NextEpoch();
    Apply(engine::EpochStart{{1, 2}, false});
    Configure();
    for (const char* number : kNumbers) {
      const uint8_t host = static_cast<uint8_t>(number[3] - '0');
      AddPhone(absl::StrCat("p", number), number, Endpoint::V4(10, 0, 0, host, 5060));
    }
    AddPhone("gw", "gw", Endpoint::V4(10, 0, 0, 50, 5080));
    for (const char* name : kClients) clients_.Add(name, name);
    AttachAll();
    Say({"desk", "RegisterAll"});
    Say({"router", "RegisterAll"});
    for (const char* number : kNumbers) Say({"wallboard", "RegisterAddress", absl::StrCat("ThisDN=", number)});
  }

  void Step() {
    const uint32_t what = Pick(100);
    if (what < 3) return Pass(Duration::Milliseconds(Pick(40000)));
    if (what < 4) return BeginEpoch();
    if (what < 5) return Reattach();
    if (what < 25) return Ask();
    if (what < 35) return Begin();
    if (what < 88) return Work();
    Pass(Duration::Milliseconds(Pick(1200)));
  }

  // Nobody answers any more, and each call is cleared.
  void FallSilent() {
    tasks_.clear();
    silent_ = true;
    std::vector<uint64_t> conn_ids;
    for (const auto& [id, call] : engine_.state().calls.rows()) {
      if (call->facts.known()) conn_ids.push_back(call->facts.conn_id);
    }
    for (const uint64_t id : conn_ids) Say({"desk", "ClearCall", absl::StrCat("ConnID=", absl::Hex(id))});
    Pass(Duration::Seconds(600));
    ledger_.Close();
  }

  const CheckedEngine& engine() const { return engine_; }
  const std::vector<std::string>& faults() const { return ledger_.faults(); }
  const Counts& reached() const { return reached_; }

 private:
  uint32_t Pick(uint32_t below) { return static_cast<uint32_t>(random_() % below); }

  template <size_t kSize>
  std::string OneOf(const char* const (&words)[kSize]) {
    return words[Pick(kSize)];
  }

  void AddPhone(std::string name, std::string number, Endpoint endpoint) {
    phones_.push_back(std::make_unique<Phone>(std::move(name), std::move(number), endpoint, Transport::kUdp,
                                              engine_.state().configuration.service_address().ToText()));
  }

  void Configure() {
    engine::ConfigurationChange change;
    change.options = engine::OptionSections{{"TServer", {{"sip-address", "10.0.0.10"}}}};
    for (const std::string number : kNumbers) {
      engine::Dn dn;
      dn.number = number;
      dn.options["TServer"]["contact"] = absl::StrCat("10.0.0.", number.substr(3));
      dn.options["TServer"]["no-answer-timeout"] = absl::StrCat(Pick(60));
      if (number == kNumbers[0]) dn.options["TServer"]["refer-enabled"] = "true";
      if (Pick(2) == 0) dn.options["TServer"]["sip-cti-control"] = OneOf({"talk", "talk,hold", "talk,hold,dtmf"});
      change.upserts.push_back(std::move(dn));
    }
    engine::Dn trunk;
    trunk.number = "gw";
    trunk.type = engine::DnType::kTrunk;
    trunk.options["TServer"] = {{"contact", "10.0.0.50:5080"}, {"prefix", "9"}};
    change.upserts.push_back(std::move(trunk));
    Apply(engine::ConfigurationChanged{std::move(change)});
  }

  void Reach(absl::string_view what) { ++reached_[std::string(what)]; }

  // ---- the engine
  void Apply(engine::Input input) {
    const Bystanders bystanders(engine_.state(), input);
    const engine::Effects effects = engine_.Apply(std::move(input));
    for (const std::string& fault : {bystanders.FaultIn(engine_.state()), FaultOfPairs(engine_.state())}) {
      if (!fault.empty()) ledger_.Fault(absl::StrCat("lsn ", engine_.state().lsn.value(), ": ", fault));
    }
    for (const engine::Effect& effect : effects.list) {
      if (const auto* send = std::get_if<engine::SendSip>(&effect)) {
        if (Pick(30) != 0) Hear(send->remote, send->bytes.view());
      } else if (const auto* frame = std::get_if<engine::SendClient>(&effect)) {
        HearFrame(*frame);
      } else if (const auto* progress = std::get_if<engine::CallProgress>(&effect)) {
        if (progress->step == engine::CallProgress::Step::kAnswered) Reach(kAnswered);
      }
    }
  }

  void Pass(Duration span) {
    engine_.Pass(span, [this](engine::ClockAdvanced due) { Apply(due); });
  }

  void BeginEpoch() {
    if (Pick(3) != 0) return;
    engine_.NextEpoch();
    clients_.LoseLinks();
    Apply(engine::EpochStart{{random_(), random_()}, false});
    AttachAll();
  }

  // ---- clients
  void Say(const std::vector<std::string>& words) {
    std::vector<std::string> said = words;
    if (words[1] != "attach" && words[1] != "ack") said.push_back(absl::StrCat("ReferenceID=", ledger_.Ask(words[0])));
    absl::StatusOr<engine::Input> input = clients_.Say(said, engine_.epoch());
    ASSERT_TRUE(input.ok()) << input.status();
    Apply(*std::move(input));
  }

  void AttachAll() {
    for (const char* name : kClients) Say({name, "attach"});
  }

  void Reattach() {
    const std::string name = OneOf(kClients);
    if (Pick(2) == 0) return Say({name, "ack"});
    Say({name, "attach"});
  }

  void HearFrame(const engine::SendClient& send) {
    if (!clients_.Lives(send.link)) return;
    const std::string fault = clients_.Receive(send);
    if (!fault.empty()) ledger_.Fault(fault);
    if (const auto* event = std::get_if<tlib::EventFrame>(&send.frame)) {
      ledger_.Hear(clients_.NameOf(send.link), *event);
      const absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(event->message.view());
      const bool dials = message.ok() && message->type() == tlib::MessageType::kEventDialing;
      if (told_calls_ && dials && event->reference_id.has_value()) Reach(kTold);
    }
  }

  // A call, mostly one that there is.
  uint64_t AnyConnId() {
    const auto& rows = engine_.state().calls.rows();
    if (!rows.empty() && Pick(10) != 0) {
      auto it = rows.begin();
      std::advance(it, Pick(static_cast<uint32_t>(rows.size())));
      if (it->second->facts.known()) conn_ids_.push_back(it->second->facts.conn_id);
    }
    if (conn_ids_.empty() || Pick(50) == 0) return Pick(1000) + 1;
    if (Pick(10) == 0) return conn_ids_[Pick(static_cast<uint32_t>(conn_ids_.size()))];
    return conn_ids_.back();
  }

  // A DN of that call, and mostly another call of that DN.
  std::pair<std::string, uint64_t> AnyParty(uint64_t conn_id) {
    const engine::State& state = engine_.state();
    const engine::Call* call = state.calls.Find(state.parties.FindCall(conn_id));
    if (call == nullptr || Pick(12) == 0) return {OneOf({"1001", "1002", "1003", "1004", "gw", "555"}), AnyConnId()};
    const auto& parties = call->facts.parties;
    const std::string dn = parties[Pick(static_cast<uint32_t>(parties.size()))].number;
    for (const engine::CallId id : state.parties.CallsOf(dn)) {
      if (id != call->id && Pick(12) != 0) return {dn, state.calls.Find(id)->facts.conn_id};
    }
    return {dn, AnyConnId()};
  }

  void Ask() {
    const std::string request = OneOf(kRequests);
    const uint64_t conn_id = AnyConnId();
    const auto [this_dn, held] = request == "MakeCall"
                                     ? std::make_pair(Pick(3) == 0 ? kNumbers[0] : OneOf(kNumbers), uint64_t{1})
                                     : AnyParty(conn_id);
    const bool about_call =
        request != "MakeCall" && request != "QueryAddress" && request.find("Forward") == std::string::npos;
    std::vector<std::string> words = {OneOf(kClients), request};
    const auto add = [&](absl::string_view name, absl::string_view value) {
      if (Pick(25) != 0) words.push_back(absl::StrCat(name, "=", value));
    };
    add("ThisDN", this_dn);
    if (about_call) add("ConnID", absl::StrCat(absl::Hex(conn_id)));
    add("OtherDN", OneOf({"1001", "1002", "1003", "1004", "1001", "1002", "1003", "1004", "9123", "555", "gw"}));
    if (about_call) add("HeldConnID", absl::StrCat(absl::Hex(held)));
    if (request == "SendDTMF") add("DTMFDigits", OneOf({"1", "12#", "x"}));
    if (request == "AttachUserData" || Pick(10) == 0) add("UserData", absl::StrCat("key", Pick(3), ":", Pick(3)));
    if (request == "CallForwardSet") add("ForwardMode", "Unconditional");
    if (request == "QueryAddress") add("InfoType", "Calls");
    if (request == "MergeCalls" && Pick(2) == 0) add("Extensions", "MergeType:Conference");
    Say(words);
  }

  // ---- phones
  void Hear(const Endpoint& remote, absl::string_view bytes) {
    sip::Message message;
    sip::ParseError error;
    if (!sip::ParseMessage(bytes, &message, &error)) return;
    for (auto& phone : phones_) {
      PhoneCall* call = phone->Find(message.call_id());
      if (call == nullptr && message.is_request() && phone->endpoint() == remote) {
        call = &NewCall(*phone);
      }
      if (call == nullptr) continue;
      call->Receive(message);
      NoteAccepted(*call, message);
      if (!silent_) Plan(*phone, *call, message);
      return;
    }
  }

  void NoteAccepted(const PhoneCall& call, const sip::Message& message) {
    const auto asked = asked_.find(&call);
    if (asked == asked_.end() || message.is_request() || message.status() < 200) return;
    const bool invite = message.cseq().method == sip::Method::kInvite;
    if (invite != (asked->second == kReplacing) || (!invite && message.cseq().method != sip::Method::kRefer)) return;
    if (message.status() < 300) Reach(asked->second);
    if (message.status() < 300 && !invite) handed_over_.insert(&call);
    asked_.erase(asked);
  }

  void Plan(Phone& phone, PhoneCall& call, const sip::Message& message) {
    if (message.is_request()) {
      if (message.method() == sip::Method::kAck || Pick(15) == 0) return;
      tasks_.push_back({&phone, &call, std::string(message.method_text())});
      if (message.method() == sip::Method::kRefer) PlanCall(phone, call, message);
      const bool over = absl::StartsWith(message.ValueOf(sip::HeaderName::kSubscriptionState), "terminated");
      if (over && Pick(2) == 0) tasks_.push_back({&phone, &call, "hang up"});
    } else if (message.cseq().method == sip::Method::kInvite && message.status() >= 200 && Pick(20) != 0) {
      tasks_.push_back({&phone, &call, "ACK"});
    }
    if (IsEnd(message) && Pick(4) != 0) {
      std::erase_if(live_, [&call](const Task& place) { return place.dialog == &call; });
      return;
    }
    live_.push_back({&phone, &call, ""});
    if (live_.size() > 24) live_.erase(live_.begin());
  }

  // Of a dialog, mostly.
  static bool IsEnd(const sip::Message& message) {
    const sip::Method method = message.cseq().method;
    const bool failed = !message.is_request() && message.status() >= 300;
    return method == sip::Method::kBye || (method == sip::Method::kInvite && failed);
  }

  // What a phone does with a REFER: all of it or some, and the call twice at times.
  void PlanCall(Phone& phone, PhoneCall& call, const sip::Message& refer) {
    sip::NameAddr refer_to;
    if (!sip::ParseNameAddr(refer.ValueOf(sip::HeaderName::kReferTo), &refer_to)) return;
    refer_to_[&call] = std::string(refer_to.uri);
    for (const char* next : {"tell", "call", "tell", "tell"}) {
      if (Pick(4) != 0) tasks_.push_back({&phone, &call, next});
    }
    if (Pick(6) == 0) tasks_.push_back({&phone, &call, "call"});
  }

  void Work() {
    if (tasks_.empty()) return Pass(Duration::Milliseconds(200));
    const size_t which = Pick(4) == 0 ? Pick(static_cast<uint32_t>(tasks_.size())) : 0;
    const Task task = tasks_[which];
    tasks_.erase(tasks_.begin() + static_cast<std::ptrdiff_t>(which));
    PhoneCall& call = *task.dialog;
    if (task.method == "ACK") return Send(*task.phone, call, "ACK", call.Ack());
    if (task.method == "hang up") return Send(*task.phone, call, "BYE", call.Request("BYE", ""));
    if (task.method == "call") return CallAsTold(*task.phone, refer_to_.at(&call));
    if (task.method == "tell") return TellOfCall(*task.phone, call);
    if (call.CanRespond(task.method)) Answer(task);
  }

  void Answer(const Task& task) {
    PhoneCall& call = *task.dialog;
    const bool invite = task.method == "INVITE";
    std::string status = task.method == "REFER" ? "202" : "200";
    if (invite && Pick(3) != 0) {
      status = "180";
      tasks_.push_back(task);
    } else if (Pick(handed_over_.contains(&call) ? 2 : 8) == 0) {
      status = invite ? OneOf({"486", "480", "488", "491", "408", "481", "603"})
                      : OneOf({"481", "408", "500", "491", "486", "405"});
    }
    Draft answer = call.Response(std::stoi(status), task.method, "");
    if (status == "200" && invite && Pick(12) == 0) answer.Edit("body none");
    if (status == "200" && invite && Pick(6) == 0)
      answer.Add("Session-Expires", absl::StrCat(Pick(300), ";refresher=uac"));
    Send(*task.phone, call, status, std::move(answer));
  }

  void CallAsTold(Phone& phone, const std::string& uri) {
    sip::Uri parsed;
    if (!sip::ParseUri(uri, &parsed)) return;
    PhoneCall& call = NewCall(phone);
    Draft invite = call.Request("INVITE", parsed.user);
    if (Pick(12) != 0) invite.start = absl::StrCat("INVITE ", uri, " SIP/2.0");
    told_calls_ = true;
    Send(phone, call, "INVITE", std::move(invite));
    told_calls_ = false;
  }

  void TellOfCall(Phone& phone, PhoneCall& refer) {
    const bool answered = !refer.LastSent("").empty();
    Draft notify = refer.Request("NOTIFY", "");
    if (!answered) notify.Set("From", absl::StrCat("<sip:", phone.number(), "@10.0.0.10>;tag=early"));
    const std::string status = OneOf({"100", "100", "180", "200", "486"});
    const bool over = (status >= "200") != (Pick(6) == 0);
    if (Pick(10) != 0) notify.Add("Event", "refer");
    notify.Add("Subscription-State", over ? "terminated;reason=noresource" : "active;expires=60");
    if (Pick(10) != 0) notify.Edit(absl::StrCat("body message/sipfrag SIP/2.0 ", status, " It is so"));
    Send(phone, refer, "NOTIFY", std::move(notify));
  }

  // A phone does something of its own accord.
  void Begin() {
    const uint32_t what = live_.empty() ? 0 : Pick(10);
    if (what < 2) return BeginCall();
    if (what == 2) return TakePlace();
    const Task place = AnyPlace();
    PhoneCall& call = *place.dialog;
    if (what < 6) return HandOver(place);
    const std::string method = OneOf({"BYE", "INVITE", "INVITE", "UPDATE", "UPDATE", "INFO", "CANCEL", "NOTIFY"});
    if (method == "CANCEL") {
      if (!call.LastSent("INVITE").empty()) Send(*place.phone, call, method, call.Cancel());
      return;
    }
    if (!call.in_dialog()) return;
    Draft request = call.Request(method, "");
    if (method == "INVITE" && Pick(3) == 0)
      request.body = SessionOf(place.phone->name(), OneOf({"sendonly", "inactive"}));
    Send(*place.phone, call, method, std::move(request));
  }

  Phone& AnyPhone() { return *phones_[Pick(static_cast<uint32_t>(phones_.size()))]; }
  PhoneCall& NewCall(Phone& phone) { return phone.Call(absl::StrCat("d", ++dialogs_)); }
  Task AnyPlace() { return live_[Pick(static_cast<uint32_t>(live_.size()))]; }

  // Another dialog of that phone, mostly.
  Task OtherPlace(const Task& place) {
    std::vector<Task> others;
    for (const Task& other : live_) {
      if (other.phone == place.phone && other.dialog != place.dialog) others.push_back(other);
    }
    return others.empty() || Pick(8) == 0 ? AnyPlace() : others[Pick(static_cast<uint32_t>(others.size()))];
  }

  void BeginCall() {
    Phone& phone = AnyPhone();
    PhoneCall& call = NewCall(phone);
    Draft invite = call.Request("INVITE", OneOf({"1001", "1002", "1003", "1004", "9123"}));
    if (Pick(8) == 0) invite.Edit("body none");
    Send(phone, call, "INVITE", std::move(invite));
  }

  // An INVITE with Replaces, of the phone's own dialog, of another's, or of none.
  void TakePlace() {
    const Task replaced = AnyPlace();
    Phone& phone = Pick(4) == 0 ? *replaced.phone : AnyPhone();
    PhoneCall& call = NewCall(phone);
    Draft invite = call.Request("INVITE", OneOf(kNumbers));
    const std::string dialog = Pick(10) == 0 ? "none;to-tag=1;from-tag=2" : replaced.dialog->AsReplaced();
    invite.Add("Replaces", absl::StrCat(dialog, Pick(8) == 0 ? ";early-only" : ""));
    if (Pick(6) != 0) invite.Add("Referred-By", absl::StrCat("<sip:", replaced.phone->number(), "@10.0.0.10>"));
    if (Pick(8) == 0) invite.Edit("body none");
    asked_[&call] = std::string(kReplacing);
    Send(phone, call, "INVITE", std::move(invite));
  }

  // The other side of its conversation; itself, where there is none.
  Task PeerOf(const Task& place) {
    for (const auto& [id, leg] : engine_.state().legs.rows()) {
      const engine::Leg* peer = place.dialog->Has(leg->dialog.call_id) ? engine_.state().PeerOf(*leg) : nullptr;
      if (peer == nullptr) continue;
      for (auto& phone : phones_) {
        if (PhoneCall* call = phone->Find(peer->dialog.call_id)) return {phone.get(), call, ""};
      }
    }
    return place;
  }

  // Of a call in which the other side may wait for an answer at that moment.
  void HandOver(const Task& place) {
    PhoneCall& call = *place.dialog;
    if (!call.in_dialog()) return;
    if (Pick(2) == 0) {
      const Task peer = PeerOf(place);
      Send(*peer.phone, *peer.dialog, "INFO", peer.dialog->Request("INFO", ""));
    }
    std::string uri = absl::StrCat("<sip:", OneOf({"1001", "1002", "1003", "1004", "9123", "555"}), "@10.0.0.10");
    const bool attended = Pick(2) == 0;
    if (attended) {
      const std::string dialog = OtherPlace(place).dialog->AsReplaced();
      absl::StrAppend(&uri, "?Replaces=", absl::StrReplaceAll(dialog, {{";", "%3B"}, {"=", "%3D"}}));
    }
    Draft refer = call.Request("REFER", "");
    refer.Add("Refer-To", absl::StrCat(uri, ">"));
    if (Pick(4) == 0) refer.Add("Refer-Sub", "false");
    asked_[&call] = std::string(attended ? kAttended : kBlind);
    Send(*place.phone, call, "REFER", std::move(refer));
  }

  void Send(Phone& phone, PhoneCall& call, const std::string& kind, Draft draft) {
    const std::string text = draft.Text();
    call.Sent(kind, text);
    engine::SipReceived input;
    input.transport = phone.transport();
    input.remote = phone.endpoint();
    input.bytes = text;
    sip::ParseError error;
    if (!sip::ParseMessage(input.bytes, &input.message, &error)) return;
    const engine::Verdict verdict = engine::Admit(engine_.state(), input, engine_.state().lsn);
    if (verdict.append) return Apply(std::move(input));
    if (!verdict.answer.empty()) Hear(verdict.hop.remote, verdict.answer.view());
  }

  std::mt19937 random_;
  CheckedEngine engine_;
  RequestLedger ledger_;
  Clients clients_;
  std::vector<std::unique_ptr<Phone>> phones_;
  std::vector<Task> tasks_;
  std::vector<Task> live_;  // dialogs where something was heard lately
  std::vector<uint64_t> conn_ids_;
  std::map<const PhoneCall*, std::string> refer_to_;  // whom a REFER has told that phone to call
  std::map<const PhoneCall*, std::string> asked_;     // of kClaimed: not answered yet
  std::set<const PhoneCall*> handed_over_;            // by a REFER that was accepted
  Counts reached_;
  uint64_t dialogs_ = 0;
  bool told_calls_ = false;
  bool silent_ = false;
};

uint32_t Seeds() {
  uint32_t seeds = 0;
  const char* wanted = std::getenv("UNDERSTUDY_RANDOM_SEEDS");
  return wanted != nullptr && absl::SimpleAtoi(wanted, &seeds) ? seeds : kSeeds;
}

class RandomRequestsTest : public testing::TestWithParam<uint32_t> {
 protected:
  // A claim of all seeds together; where a filter has left some out, nothing is claimed.
  static void TearDownTestSuite() {
    if (seeds_run_ < kSeeds) return;
    for (const absl::string_view what : kClaimed) EXPECT_GT(reached_[std::string(what)], 0) << what;
  }

  static uint32_t seeds_run_;
  static Counts reached_;
};

uint32_t RandomRequestsTest::seeds_run_ = 0;
Counts RandomRequestsTest::reached_;

TEST_P(RandomRequestsTest, HaveOneOutcomeEachAndLeaveNothing) {
  Office office(GetParam());
  for (int step = 0; step < kSteps && office.engine().faults().empty() && office.faults().empty(); ++step)
    office.Step();
  office.FallSilent();
  for (const std::string& fault : office.engine().faults()) ADD_FAILURE() << fault;
  for (const std::string& fault : office.faults()) ADD_FAILURE() << fault;
  for (const auto& [what, count] : office.reached()) {
    reached_[what] += count;
    RecordProperty(absl::StrReplaceAll(what, {{" ", "_"}}), count);
  }
  ++seeds_run_;
  const engine::State& state = office.engine().state();
  EXPECT_EQ(state.calls.size(), 0u);
  EXPECT_EQ(state.legs.size(), 0u);
  EXPECT_EQ(state.transactions.live(), 0u);
  EXPECT_EQ(state.transactions.finished(), 0u);
  EXPECT_EQ(state.refers.size(), 0u);
  EXPECT_EQ(state.timers.size(), 0u);
}

INSTANTIATE_TEST_SUITE_P(Seeds, RandomRequestsTest, testing::Range(0u, Seeds()));

}  // namespace
}  // namespace understudy::tests
