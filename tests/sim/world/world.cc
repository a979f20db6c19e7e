#include "tests/sim/world/world.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "base/crc32c.h"
#include "tests/sim/clients/frame_text.h"
#include "tests/sim/export_journal.h"
#include "tests/sim/fault.h"
#include "tests/sim/swarm.h"

namespace understudy::sim {
namespace {

constexpr Duration kServiceSample = Duration::Milliseconds(50);
// Nobody begins a call so short before the quiet time: what is begun has time to be answered.
constexpr Duration kLastCall = Duration::Seconds(2);
// Calls go on for so much longer where too few have come to an answer.
constexpr Duration kMoreCalls = Duration::Seconds(20);
constexpr Duration kShortestRun = Duration::Seconds(60);
// What has been released by then is with whom it is for.
constexpr Duration kDelivered = Duration::Seconds(1);

const Endpoint kService = Endpoint::V4(10, 0, 0, 9, 5060);

// A message in a line: what it begins with, and the header fields that tell one from the other.
std::string Essence(absl::string_view message) {
  std::string essence;
  for (const absl::string_view line : absl::StrSplit(message, "\r\n")) {
    const bool wanted = essence.empty() || absl::StartsWith(line, "X-Sim") || absl::StartsWith(line, "CSeq") ||
                        absl::StartsWith(line, "Call-ID") || absl::StartsWith(line, "To:");
    if (wanted) absl::StrAppend(&essence, essence.empty() ? "" : " | ", line);
    if (line.empty()) break;
  }
  return essence;
}

WorkloadOptions WorkloadOf(const Plan& plan) {
  WorkloadOptions options;
  options.service = kService;
  options.phones = plan.workload.phones;
  options.gateways = plan.workload.gateways;
  options.tcp_percent = plan.workload.tcp_percent;
  options.prack_percent = plan.habits.prack_percent;
  options.fork_percent = plan.habits.fork_percent;
  options.lamp_phones = plan.habits.lamp_phones;
  options.twins = plan.habits.twins;
  options.transfer_offices = plan.habits.transfer_offices;
  options.timer_percent = plan.habits.timer_percent;
  options.timed_percent = plan.habits.timed_percent;
  options.desk_phones = plan.clients.clients == 0 ? 0 : plan.clients.desk_phones;
  // A third more, for of parties that are off some never begin; and as many a second until the very last may begin.
  const int64_t span = (plan.quiet_from - kLastCall - options.first).milliseconds();
  const int64_t longest = span + kMoreCalls.milliseconds();
  const int64_t calls = plan.workload.calls + plan.workload.calls / 3;
  options.calls = span <= 0 ? 0 : static_cast<uint32_t>(calls * longest / span);
  options.last = plan.quiet_from - kLastCall + kMoreCalls;
  return options;
}

ClienteleOptions ClienteleOf(const Plan& plan) {
  return {plan.clients.clients, {plan.clients.session_timeout, plan.clients.queue_events}};
}

engine::Configuration ConfigurationOf(const Plan& plan, const Workload& workload) {
  engine::Configuration configuration = workload.Configuration();
  if (plan.clients.clients == 0) return configuration;
  engine::OptionSections options = configuration.options();
  options["TServer"]["session-timeout"] = absl::StrCat(plan.clients.session_timeout.seconds());
  options["TServer"]["client-queue-events"] = absl::StrCat(plan.clients.queue_events);
  engine::ConfigurationChange change;
  change.options = std::move(options);
  configuration.Apply(change);
  return configuration;
}

}  // namespace

World::World(const Plan& plan, const RunOptions& options)
    : plan_(plan),
      options_(options),
      chance_(plan.seed),
      register_(&events_, chance_.Fork("witness")),
      phones_(&events_, chance_.Fork("phones"), kService, plan.pair.socket_holder),
      link_(&events_, chance_.Fork("link")),
      workload_(chance_.Fork("workload"), WorkloadOf(plan), &events_, &phones_,
                [this](absl::string_view text) { watch_.Violated(Check::kPhones, std::string(text)); }),
      clientele_(chance_.Fork("clientele"), ClienteleOf(plan), {workload_.PhoneNumbers(), workload_.DeskNumbers()},
                 &events_, [this](absl::string_view text) { watch_.Violated(Check::kClients, std::string(text)); }),
      machines_{std::make_unique<Machine>(Shared(), OptionsOf(0), chance_.Fork("machine"), this),
                std::make_unique<Machine>(Shared(), OptionsOf(1), chance_.Fork("machine"), this)},
      watch_(&plan_, Shared(), &machines_, &workload_, &clientele_),
      schedule_(&plan_),
      hands_(&plan_, Shared(), &machines_, &workload_, &clientele_, &watch_),
      digest_(HashKey{plan.seed, 1}) {}

World::~World() = default;

MachineOptions World::OptionsOf(size_t machine) const {
  MachineOptions options;
  options.number = machine;
  options.name = machine == 0 ? "a" : "b";
  replication::PairOptions& pair = options.driver.pair;
  pair.mode = plan_.pair.mode;
  pair.suspect = plan_.pair.suspect;
  pair.max_hold = plan_.pair.max_hold;
  pair.reconnect = plan_.pair.reconnect;
  pair.alone_without_witness = plan_.pair.alone_without_witness;
  pair.witness_loss = plan_.pair.witness_loss;
  options.driver.name = options.name;
  options.driver.service = kService.ToText();
  options.driver.peer_retention = plan_.pair.peer_retention;
  options.driver.calls_a_second = plan_.pair.calls_sync_at_once;
  options.release_age = plan_.pair.release_age;
  options.snapshot_interval = plan_.pair.snapshot_interval;
  options.retention.max_bytes = plan_.pair.retention_bytes;
  options.configuration = ConfigurationOf(plan_, workload_);
  return options;
}

RunResult World::Run() {
  Begin();
  while (!watch_.violation().found() && !quiet_ && events_.now() < plan_.length && events_.RunNext()) Step();
  if (!watch_.violation().found()) watch_.AtEnd();
  return Result();
}

// The plan's length is the bound for what never ends.
void World::Tick() {
  watch_.Tick();
  const bool too_few = events_.now() >= plan_.faults_end && watch_.role_changes() < uint64_t{kRoleChanges};
  if (too_few) SwitchOver();
  const bool hung_up = hung_up_at_ && events_.now() >= *hung_up_at_ + kLastCall;
  if (too_few || !hung_up || !watch_.IsQuiet()) last_noise_ = events_.now();
  quiet_ = events_.now() >= std::max(kShortestRun, last_noise_ + kDelivered);
}

// What the plan's faults did not bring about.
void World::SwitchOver() {
  for (const auto& machine : machines_) {
    const bool ready = machine->serving() && machine->pair() != nullptr && machine->pair()->pair().ready();
    if (!ready || machine->stopped()) continue;
    watch_.NoteCause(events_.now());
    machine->pair()->Switchover([](const absl::Status&) {});
  }
}

void World::Begin() {
  for (const auto& agent : workload_.agents()) phones_.Add(agent.get());
  phones_.SetTrace([this](absl::string_view fate, bool to_agent, const Agent& agent, absl::string_view bytes) {
    AddToDigest(fate, to_agent ? 1 : 0, Crc32c(bytes));
    if (!options_.on_line) return;
    Note(absl::StrCat(agent.name(), to_agent ? " <- " : " -> ", fate, " ", Essence(bytes)));
  });
  register_.OnFate([this](size_t machine, const replication::RegisterRequest* request, WitnessFate fate, bool granted) {
    AddToDigest("witness", machine * 2 + (granted ? 1 : 0), static_cast<uint64_t>(fate));
    watch_.landmarks().OnQuestion(request, fate, granted);
    if (granted) watch_.OnRegister();
  });
  register_.OnWrong([this](const std::string& what) { watch_.Violated(Check::kRegisterKept, what); });
  register_.OnDeath([this] {
    AddToDigest("witness died", 0, 0);
    if (options_.on_line) Note("the witness died");
    hands_.WitnessDied();
  });
  Chance starts = chance_.Fork("starts");
  for (const auto& machine : machines_) {
    const Duration at = starts.Between(Duration(), Duration::Milliseconds(300));
    events_.At(at, [machine = machine.get()] { machine->Start(); });
  }
  workload_.Start();
  BeginClients();
  events_.At(std::max(Duration(), plan_.quiet_from - kLastCall), [this] { EndCalls(); });
  events_.At(plan_.length, [] {});
  Every(kServiceSample, &World::Sample);
  Every(Watch::kTick, &World::Tick);
}

void World::BeginClients() {
  clientele_.book().SetTrace([this](absl::string_view client, uint64_t link, bool heard, const tlib::Frame& frame) {
    AddToDigest(client, link * 2 + (heard ? 1 : 0), frame.index());
    if (options_.on_line) Note(absl::StrCat(client, heard ? " <- " : " -> ", "link ", link, " ", FrameText(frame)));
  });
  clientele_.network().SetTrace([this](bool to_client, uint64_t link, absl::string_view octets) {
    AddToDigest("link", link * 2 + (to_client ? 1 : 0), Crc32c(octets));
  });
  clientele_.Start();
}

void World::EndCalls() {
  const bool enough = workload_.book().Settled() >= std::min(kCalls, plan_.workload.calls);
  if (!enough && events_.now() < plan_.quiet_from - kLastCall + kMoreCalls) {
    events_.After(Duration::Seconds(1), [this] { EndCalls(); });
    return;
  }
  workload_.StopBeginning();
  clientele_.StopActing();
  events_.After(kLastCall, [this] {
    workload_.WindDown();
    hung_up_at_ = events_.now();
  });
}

void World::Every(Duration interval, void (World::*what)()) {
  events_.After(interval, [this, interval, what] {
    (this->*what)();
    Every(interval, what);
  });
}

void World::Step() {
  digest_.AddU64(static_cast<uint64_t>(events_.now().nanoseconds()) ^ (uint64_t{events_.pending()} << 48));
  for (const auto& machine : machines_) {
    if (machine->crashed()) hands_.Crashed(*machine);
  }
  hands_.Reconsider();
  TakeFaults();
}

// A condition that a fault waits for is looked at after every step; the time of one that does not wait is an event.
void World::TakeFaults() {
  const Duration now = events_.now();
  if (now < no_fault_before_) return;
  const Triggers armed = schedule_.Armed(now);
  const absl::optional<Duration> next = schedule_.NextAt(now);
  if (!armed.empty() || (next && *next <= now)) {
    for (const Strike& strike : schedule_.Take(now, Look(machines_, register_, armed))) Strikes(strike);
  }
  const absl::optional<Duration> later = schedule_.NextAt(now);
  if (armed.empty()) no_fault_before_ = later.value_or(plan_.length);
  if (!later || *later <= now || later == wake_at_) return;
  wake_at_ = later;
  events_.At(*later, [] {});
}

void World::NoteStrike(const Strike& strike) {
  if (options_.on_line) Note(absl::StrCat("fault: ", ToText(*strike.fault)));
  AddToDigest("strike", static_cast<uint64_t>(strike.fault->kind), strike.fault->draw);
}

void World::Strikes(const Strike& strike) {
  NoteStrike(strike);
  hands_.Strike(strike);
}

void World::OnChange(size_t machine, Trigger within, bool log) {
  const Duration now = events_.now();
  if (!schedule_.Armed(now).Has(within)) return;
  const int primary = PrimaryByRegister(machines_, register_);
  const absl::optional<Strike> strike = schedule_.TakeWithin(now, within, static_cast<int>(machine), primary, log);
  if (!strike) return;
  NoteStrike(*strike);
  hands_.StrikeWithin(*strike, *machines_[machine]);
}

void World::OnServing(size_t machine) {
  AddToDigest("serving", machine, machines_[machine]->core()->epoch().value());
  watch_.OnServing(machine);
}

void World::OnReleased(size_t machine, Lsn lsn, const engine::Effect& effect) {
  if (const auto* send = std::get_if<engine::SendSip>(&effect)) {
    AddToDigest("released", lsn.value() * 2 + machine, ReleaseBook::HashOf(*send));
  }
  watch_.OnReleased(machine, lsn, effect);
}

void World::OnLog(size_t machine, const log::LogEvent& event, absl::string_view line) {
  AddToDigest(line, machine, 0);
  if (options_.on_line) Note(absl::StrCat(machine == 0 ? "a " : "b ", line));
  watch_.OnLog(machine, event, line);
}

void World::OnTurn(size_t machine) {
  watch_.OnTurn(machine);
  watch_.NoteService();
}

void World::OnEnded(size_t machine, const absl::Status& why) {
  if (options_.on_line) Note(absl::StrCat(machine == 0 ? "a" : "b", " ended: ", why.message()));
  watch_.OnEnded(machine, why);
  hands_.Ended(machine, why);
  watch_.NoteService();
}

void World::Note(absl::string_view line) {
  options_.on_line(absl::StrCat(SecondsText(events_.now()), " ", line));
}

void World::AddToDigest(absl::string_view what, uint64_t a, uint64_t b) {
  digest_.Update(what);
  digest_.AddU64(a);
  digest_.AddU64(b);
}

RunResult World::Result() {
  RunResult result;
  result.violation = watch_.violation();
  result.digest = digest_.Finish();
  result.marks = watch_.marks();
  result.faults = hands_.begun();
  result.counts.virtual_us = static_cast<uint64_t>(events_.now().nanoseconds() / 1000);
  result.counts.events = events_.run();
  result.counts.calls = workload_.book().Begun();
  result.counts.answered = workload_.book().counts().answered;
  result.counts.settled = workload_.book().Settled();
  result.counts.messages = phones_.delivered();
  result.counts.entries = std::max(watch_.book().end(0), watch_.book().end(1)).value();
  result.counts.released = watch_.book().released();
  result.counts.role_changes = watch_.role_changes();
  result.counts.epochs = watch_.epochs();
  result.counts.spared = hands_.spared();
  result.counts.sessions = clientele_.book().counts().sessions;
  result.counts.requests = clientele_.book().counts().requests;
  result.counts.outcomes = clientele_.book().counts().outcomes;
  result.counts.heard = clientele_.book().counts().events;
  result.counts.acknowledgements = watch_.acknowledgements();
  return result;
}

absl::Status World::ExportJournals(const std::string& directory) const {
  for (const auto& machine : machines_) {
    absl::Status done = ExportJournal(machine->disk(), absl::StrCat(directory, "/", machine->name()));
    if (!done.ok()) return done;
  }
  return absl::OkStatus();
}

RunResult RunSeed(const Plan& plan, const RunOptions& options) {
  const auto world = std::make_shared<World>(plan, options);
  RunResult result = world->Run();
  if (!options.keep_journals) return result;
  result.export_journals = [world](const std::string& directory) { return world->ExportJournals(directory); };
  return result;
}

}  // namespace understudy::sim
