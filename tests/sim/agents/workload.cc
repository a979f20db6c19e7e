#include "tests/sim/agents/workload.h"

#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/agents/gateway.h"
#include "tests/sim/agents/phone.h"

namespace understudy::sim {
namespace {

using What = CallPlan::Step::What;

constexpr absl::string_view kUnregistered = "1999";  // an Extension without a phone
constexpr absl::string_view kUnknown = "4000";       // no DN, no prefix
constexpr int64_t kPhonePatience = 12;               // seconds: no-answer-timeout of the numbers
constexpr int64_t kGatewayPatience = 20;

std::string PhoneNumber(uint32_t i) {
  return absl::StrCat(1001 + i);
}

std::string DeskNumber(uint32_t i) {
  return absl::StrCat(2001 + i);
}

std::string GatewayName(uint32_t i) {
  return absl::StrCat("gw", i + 1);
}

std::string GatewayPrefix(uint32_t i) {
  return absl::StrCat(9 - i);
}

Endpoint GatewayAddress(uint32_t i) {
  return Endpoint::V4(10, 2, 0, static_cast<uint8_t>(i + 1), 5060);
}

engine::Dn DnOf(std::string number, engine::DnType type, std::string contact, int64_t patience) {
  engine::Dn dn;
  dn.number = std::move(number);
  dn.type = type;
  dn.options["TServer"]["contact"] = std::move(contact);
  dn.options["TServer"]["no-answer-timeout"] = absl::StrCat(patience);
  return dn;
}

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

}  // namespace

Workload::Workload(Chance chance, const WorkloadOptions& options, EventQueue* events, AgentPort* port,
                   CallBook::OnViolated on_violated)
    : options_(options), events_(events), port_(port), book_(std::move(on_violated), options.tolerance, events) {
  AddPhones(chance);
  AddGateways(chance);
  AddDeskPhones(chance);
  AddOffices(chance.Fork("offices"));
  AddTwins(chance.Fork("twins"));
  AddLampPhones(chance.Fork("lamps"));
  DrawCalls(chance.Fork("calls"));
  DrawHabits(chance.Fork("habits"));
}

void Workload::AddPhones(const Chance& chance) {
  Chance kinds = chance.Fork("kinds");
  for (uint32_t i = 0; i < options_.phones; ++i) {
    const Transport transport = kinds.Percent(options_.tcp_percent) ? Transport::kTcp : Transport::kUdp;
    const Endpoint address = Endpoint::V4(10, 1, 0, static_cast<uint8_t>(i + 1), 5060);
    auto phone = std::make_unique<Phone>(absl::StrCat("p", i + 1), PhoneNumber(i), address, options_.service, transport,
                                         events_, port_, &book_, chance.Fork("phone", i));
    if (i < options_.twins) phone->SharesItsNumber();
    parties_.push_back(phone.get());
    agents_.push_back(std::move(phone));
  }
}

void Workload::AddGateways(const Chance& chance) {
  for (uint32_t i = 0; i < options_.gateways; ++i) {
    auto gateway = std::make_unique<Gateway>(GatewayName(i), GatewayName(i), GatewayAddress(i), options_.service,
                                             Transport::kUdp, events_, port_, &book_, chance.Fork("gateway", i));
    parties_.push_back(gateway.get());
    agents_.push_back(std::move(gateway));
  }
}

void Workload::AddDeskPhones(const Chance& chance) {
  for (uint32_t i = 0; i < options_.desk_phones; ++i) {
    const Endpoint address = Endpoint::V4(10, 4, 0, static_cast<uint8_t>(i + 1), 5060);
    auto phone = std::make_unique<DeskPhone>(absl::StrCat("d", i + 1), DeskNumber(i), address, options_.service,
                                             Transport::kUdp, events_, port_, &book_, chance.Fork("desk", i));
    desks_.push_back(phone.get());
    agents_.push_back(std::move(phone));
  }
}

std::vector<std::string> Workload::PhoneNumbers() const {
  std::vector<std::string> numbers;
  for (uint32_t i = 0; i < options_.phones; ++i) numbers.push_back(PhoneNumber(i));
  return numbers;
}

std::vector<std::string> Workload::DeskNumbers() const {
  std::vector<std::string> numbers;
  for (uint32_t i = 0; i < options_.desk_phones; ++i) numbers.push_back(DeskNumber(i));
  return numbers;
}

engine::Configuration Workload::Configuration() const {
  engine::ConfigurationChange change;
  change.switch_name = "simulated";
  std::string address = options_.service.HostText();
  change.options = engine::OptionSections{{"TServer",
                                           {{"sip-address", std::move(address)},
                                            {"sip-port", absl::StrCat(options_.service.port())},
                                            {"registrar-min-timeout", "10"}}}};
  for (uint32_t i = 0; i < options_.phones; ++i) {
    change.upserts.push_back(DnOf(PhoneNumber(i), engine::DnType::kExtension, "*", kPhonePatience));
  }
  change.upserts.push_back(DnOf(std::string(kUnregistered), engine::DnType::kExtension, "*", kPhonePatience));
  for (uint32_t i = 0; i < options_.desk_phones; ++i) {
    engine::Dn desk = DnOf(DeskNumber(i), engine::DnType::kExtension, "*", kPhonePatience);
    desk.options["TServer"]["sip-cti-control"] = i % 3 == 2 ? "talk" : "talk,hold";
    change.upserts.push_back(std::move(desk));
  }
  for (uint32_t i = 0; i < options_.gateways; ++i) {
    engine::Dn trunk = DnOf(GatewayName(i), engine::DnType::kTrunk, GatewayAddress(i).ToText(), kGatewayPatience);
    trunk.options["TServer"]["prefix"] = GatewayPrefix(i);
    change.upserts.push_back(std::move(trunk));
  }
  for (const LampPhone* phone : lamp_phones_) {
    change.upserts.push_back(DnOf(phone->number(), engine::DnType::kExtension, "*", kPhonePatience));
  }
  for (const DeskPhone* phone : office_phones_) {
    change.upserts.push_back(DnOf(phone->number(), engine::DnType::kExtension, "*", kPhonePatience));
  }
  for (size_t i = 0; i < parties_.size(); ++i) {
    if (!timed_[i]) continue;
    const std::string number = i < options_.phones ? PhoneNumber(i) : GatewayName(i - options_.phones);
    for (engine::Dn& dn : change.upserts) {
      if (dn.number == number) dn.options["TServer"]["sip-session-timer"] = "90";
    }
  }
  engine::Configuration configuration;
  configuration.Apply(change);
  return configuration;
}

// Two of three parties are phones.
uint32_t Workload::DrawAgent(Chance& chance) const {
  const bool phone = options_.gateways == 0 || chance.Percent(65);
  return static_cast<uint32_t>(phone ? chance.Below(options_.phones)
                                     : options_.phones + chance.Below(options_.gateways));
}

void Workload::DrawCallee(Chance& chance, CallPlan* plan) {
  do {
    plan->callee = DrawAgent(chance);
  } while (plan->callee == plan->caller);
  const bool phone = plan->callee < options_.phones;
  const uint32_t gateway = plan->callee - options_.phones;
  plan->dialled = phone ? PhoneNumber(plan->callee)
                        : absl::StrCat(GatewayPrefix(gateway), chance.Between(int64_t{100000}, int64_t{999999}));
  plan->no_answer = Duration::Seconds(phone ? kPhonePatience : kGatewayPatience);
}

void Workload::DrawParties(Chance& chance, CallPlan* plan) {
  plan->begin = chance.Between(options_.first, options_.last);
  plan->caller = DrawAgent(chance);
  plan->patience = Duration::Seconds(45);
  if (!chance.Percent(6)) return DrawCallee(chance, plan);
  const bool unknown = chance.OneIn(2);
  plan->dialled = std::string(unknown ? kUnknown : kUnregistered);
  plan->expected_status = unknown ? 404 : 480;
}

void Workload::DrawAnswer(Chance& chance, CallPlan* plan) {
  static constexpr std::array<int, 7> kRefusals = {486, 486, 603, 480, 404, 503, 500};
  plan->rings = !chance.Percent(15);
  plan->early_media = chance.Percent(25);
  plan->reliable = chance.Percent(25);
  plan->ring = chance.Skewed(Ms(10), Ms(6000));
  const uint64_t kind = chance.Below(100);
  if (kind < 14) {
    plan->answer = CallPlan::Answer::kReject;
    plan->status = chance.Pick(kRefusals);
  } else if (kind < 26) {
    plan->answer = CallPlan::Answer::kLetRing;
    if (chance.Percent(60)) plan->patience = chance.Between(Ms(300), Ms(10000));
  } else if (kind < 36) {
    // The answer and CANCEL cross: near the server, or near the caller.
    plan->patience = plan->ring + (chance.OneIn(2) ? chance.Between(Ms(0), Ms(7)) : chance.Between(Ms(-60), Ms(300)));
  }
}

void Workload::DrawSteps(Chance& chance, CallPlan* plan) {
  plan->talk = chance.Percent(8) ? chance.Skewed(Duration(), Ms(60)) : chance.Skewed(Ms(200), options_.longest_talk);
  plan->hangs_up = static_cast<uint8_t>(chance.Percent(12) ? 2 : chance.Below(2));
  const int64_t talk = plan->talk.milliseconds();
  const auto moment = [&] { return Ms(chance.Between(int64_t{0}, talk)); };
  const auto side = [&] { return static_cast<uint8_t>(chance.Below(2)); };
  if (chance.Percent(25)) {
    const uint8_t holder = side();
    const Duration at = moment();
    plan->steps.push_back({at, holder, chance.OneIn(3) ? What::kInactive : What::kHold, {}, 0});
    plan->steps.push_back({at + Ms(chance.Between(int64_t{0}, int64_t{4000})), holder, What::kRetrieve, {}, 0});
    if (chance.Percent(30)) {
      const auto other = static_cast<uint8_t>(1 - holder);
      plan->steps.push_back({at + Ms(chance.Between(int64_t{0}, int64_t{40})), other, What::kHold, {}, 0});
    }
  }
  static constexpr std::array<What, 4> kInside = {What::kInfo, What::kMessage, What::kOptions, What::kUpdate};
  for (uint64_t n = chance.Below(3); n > 0; --n) plan->steps.push_back({moment(), side(), chance.Pick(kInside), {}, 0});
  const uint8_t referrer = side();
  // The REFER of a gateway goes to the other side; that of a phone is the server's own matter.
  const bool gateway = (referrer == 0 ? plan->caller : plan->callee) >= options_.phones;
  if (gateway && chance.Percent(18)) {
    CallPlan next;
    next.caller = referrer == 0 ? plan->callee : plan->caller;
    next.patience = Duration::Seconds(45);
    DrawCallee(chance, &next);
    DrawAnswer(chance, &next);
    next.talk = chance.Skewed(Ms(200), options_.longest_talk);
    plan->steps.push_back({moment(), referrer, What::kRefer, {}, book_.AddCall(std::move(next))});
  }
}

// A party that dies in the middle of it: for a while, or for good as far as the call goes.
void Workload::DrawTrouble(Chance& chance, CallPlan* plan) {
  const auto side = static_cast<uint8_t>(chance.Below(2));
  const Duration at = Ms(chance.Between(int64_t{0}, plan->talk.milliseconds()));
  if (chance.Percent(options_.restart_percent)) {
    plan->steps.push_back({at, side, What::kRestart, chance.Skewed(Ms(100), Ms(20000)), 0});
  } else if (chance.Percent(options_.mute_percent)) {
    plan->steps.push_back({at, side, What::kMute, chance.Skewed(Ms(500), Ms(45000)), 0});
  }
}

CallPlan Workload::DrawCall(Chance& chance) {
  CallPlan plan;
  DrawParties(chance, &plan);
  if (plan.callee == CallPlan::kNobody) return plan;
  DrawAnswer(chance, &plan);
  DrawSteps(chance, &plan);
  DrawTrouble(chance, &plan);
  return plan;
}

void Workload::DrawOthers(Chance& chance) {
  for (uint32_t i = 0; i < options_.calls / 10; ++i) {
    CallPlan plan;
    plan.kind = CallPlan::Kind::kMessage;
    DrawParties(chance, &plan);
    planned_.push_back(book_.AddCall(std::move(plan)));
  }
  for (uint32_t i = 0; i < options_.calls / 20; ++i) {
    CallPlan plan;
    plan.kind = CallPlan::Kind::kOptions;
    plan.begin = chance.Between(options_.first, options_.last);
    plan.caller = DrawAgent(chance);
    planned_.push_back(book_.AddCall(std::move(plan)));
  }
}

void Workload::DrawCalls(Chance chance) {
  for (uint32_t i = 0; i < options_.calls; ++i) planned_.push_back(book_.AddCall(DrawCall(chance)));
  DrawOthers(chance);
}

void Workload::Start() {
  for (const auto& agent : agents_) agent->Start();
  for (const auto& office : offices_) office->Start();
  for (uint32_t call : planned_) {
    const CallPlan& plan = book_.Find(call)->plan;
    UserAgent* const caller = parties_[plan.caller];
    events_->At(plan.begin, [caller, call] { caller->Begin(call); });
  }
}

void Workload::StopBeginning() {
  for (const auto& office : offices_) office->Stop();
  for (const auto& agent : agents_) agent->StopBeginning();
}

void Workload::WindDown() {
  for (const auto& office : offices_) office->WindDown();
  for (const auto& agent : agents_) agent->HangUpAll();
}

std::vector<std::string> Workload::Unfinished() const {
  std::vector<std::string> lines;
  for (const UserAgent* party : parties_) party->AppendUnfinished(&lines);
  for (const DeskPhone* desk : desks_) desk->AppendUnfinished(&lines);
  for (const DeskPhone* phone : office_phones_) phone->AppendUnfinished(&lines);
  for (const TwinPhone* twin : twins_) twin->AppendUnfinished(&lines);
  return lines;
}

std::vector<std::string> Workload::LitLamps() const {
  std::vector<std::string> lit;
  for (const LampPhone* phone : lamp_phones_) {
    for (std::string& number : phone->LitLamps()) lit.push_back(std::move(number));
  }
  return lit;
}

Agent* Workload::Find(const Endpoint& address) const {
  for (const auto& agent : agents_) {
    if (agent->address() == address) return agent.get();
  }
  return nullptr;
}

}  // namespace understudy::sim
