#include "tools/replay.h"

#include <cstdint>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/time/clock.h"
#include "absl/time/time.h"
#include "absl/types/optional.h"
#include "base/siphash.h"
#include "boost/json.hpp"
#include "engine/effect_hash.h"
#include "engine/snapshot.h"
#include "tools/command_line.h"
#include "tools/entry_filter.h"
#include "tools/journal_files.h"
#include "tools/readable.h"
#include "tools/replay_check.h"
#include "tools/replayer.h"
#include "tools/state_view.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;

constexpr char kName[] = "replay";
constexpr HashKey kChainKey{0x656666656374732d, 0x636861696e2d7631};

constexpr OptionSpec kOptions[] = {
    {"from", "start|snapshot|LSN",
     "From the first entry, from the newest snapshot at or before --until, or from\n"
     "the newest one at or before LSN. Default: the first entry, or the oldest\n"
     "snapshot when older entries have been dropped."},
    {"until", "LSN", "Stop after this entry. Default: the end."},
    {"verify", "",
     "Compare every entry's effects hash and every state digest with what was\n"
     "recorded; stop at the first difference and show both sides."},
    {"show", "call CALL|dn NUMBER|session ID|calls|registrations|transactions|sessions|subscriptions|effects",
     "Show that part of the state after the last entry; effects: what the last entry did,\n"
     "events of T-Library clients and all. CALL: its number, its ConnID (16 hexadecimal\n"
     "digits), or its CallUUID (32 characters).",
     "call dn session"},
    {"format", "text|json", "Default: text."},
    {"json", "", "The same as --format json."},
    {"quiet", "", "No progress on standard error."},
};

constexpr ToolSpec kSpec = {
    kName,
    "PATH [OPTION...]",
    "Gives the journal in the directory PATH to the engine again, and says what became of it.\n"
    "The same journal gives the same state digest and the same effects chain (a hash over the\n"
    "effects of all entries replayed) in every run. Nothing is sent, nothing is changed; the\n"
    "journal may be in use.\n",
    kOptions,
    "  replay /var/lib/understudy/sip-a --verify         does this build do what was done then?\n"
    "  replay PATH --show calls                          the calls that are up\n"
    "  replay PATH --until 1234 --show call 17           a call as it was after lsn 1234\n"
    "  replay PATH --until 1234 --show effects           what lsn 1234 made: messages, events\n"
    "  replay PATH --from snapshot --show dn 1001        quick, for a long journal\n"
    "  replay PATH --format json                         for programs\n",
    kExitCodeHelp,
};

struct Request {
  std::string path;
  StartAt start;
  Lsn until{UINT64_MAX};
  bool verify = false;
  bool json = false;
  bool quiet = false;
  absl::optional<ShowRequest> show;
};

absl::Status ReadStart(const CommandLine& line, Request* request) {
  const absl::string_view from = line.Value("from");
  if (line.Has("until")) {
    const absl::StatusOr<uint64_t> lsn = ParseId(line.Value("until"), "an lsn");
    if (!lsn.ok()) return lsn.status();
    request->until = Lsn(*lsn);
  }
  if (!line.Has("from")) return absl::OkStatus();
  request->start.where = StartAt::Where::kSnapshot;
  request->start.lsn = request->until;
  if (from == "snapshot") return absl::OkStatus();
  if (from == "start") {
    request->start.where = StartAt::Where::kStart;
    return absl::OkStatus();
  }
  const absl::StatusOr<uint64_t> lsn = ParseId(from, "start, snapshot or an lsn");
  if (!lsn.ok()) return lsn.status();
  request->start.lsn = std::min(Lsn(*lsn), request->until);
  return absl::OkStatus();
}

absl::StatusOr<Request> ReadRequest(const CommandLine& line) {
  Request request;
  // First of all: the second word of a part that is not known would be taken for a path.
  if (line.Has("show")) {
    absl::StatusOr<ShowRequest> show = ParseShow(line.Value("show"), line.Second("show"));
    if (!show.ok()) return show.status();
    request.show = *std::move(show);
  }
  if (line.operands().size() != 1) {
    return absl::InvalidArgumentError("give one PATH, the journal's directory; see replay --help");
  }
  request.path = line.operands()[0];
  const absl::string_view format = line.Has("format") ? line.Value("format") : "text";
  if (format != "text" && format != "json") {
    return absl::InvalidArgumentError(absl::StrCat("--format is text or json, not ", format));
  }
  request.json = format == "json" || line.Has("json");
  request.verify = line.Has("verify");
  request.quiet = line.Has("quiet");
  if (absl::Status s = ReadStart(line, &request); !s.ok()) return s;
  return request;
}

// What came of it.
struct Outcome {
  uint64_t entries = 0;
  uint64_t effects = 0;
  Lsn first;
  SipHasher128 chain{kChainKey};
  absl::Duration took;
  ReplayCheck check;
};

// Once a second on standard error, from the second second on.
class Progress {
 public:
  Progress(const ToolIo& io, bool quiet, Lsn end)
      : io_(io), quiet_(quiet), end_(end), begin_(absl::Now()), last_(begin_) {}

  void Tick(Lsn lsn, uint64_t entries) {
    if (quiet_ || entries % 4096 != 0) return;
    const absl::Time now = absl::Now();
    if (now - last_ < absl::Seconds(1)) return;
    last_ = now;
    const double rate = static_cast<double>(entries) / absl::ToDoubleSeconds(now - begin_);
    io_.err << absl::StrFormat("%s: lsn %d of %d, %.0f entries/s\n", kName, lsn.value(), end_.value(), rate);
    io_.err.flush();
  }

 private:
  const ToolIo& io_;
  const bool quiet_;
  const Lsn end_;
  const absl::Time begin_;
  absl::Time last_;
};

// OK, DataLoss with the first difference, or why the replay could not go on.
absl::Status Run(const Request& request, const ToolIo& io, JournalFiles* files, Replayer* replayer, Outcome* outcome) {
  if (request.verify) outcome->check.CollectDigests(files);
  if (absl::Status s = replayer->Begin(files, request.start); !s.ok()) return s;
  outcome->first = replayer->state().lsn.Next();
  for (const std::string& skipped : replayer->skipped())
    io.err << kName << ": passed over a snapshot: " << skipped << "\n";
  Progress progress(io, request.quiet, std::min(request.until, files->reader->Range().last));
  const absl::Time begin = absl::Now();
  while (replayer->state().lsn < request.until && replayer->Next()) {
    ++outcome->entries;
    outcome->effects += replayer->effects().list.size();
    const uint64_t hash = engine::HashEffects(replayer->effects());
    outcome->chain.AddU64(hash);
    if (request.verify && !outcome->check.Compare(*replayer, hash))
      return absl::DataLossError(outcome->check.difference());
    progress.Tick(replayer->state().lsn, outcome->entries);
  }
  outcome->took = absl::Now() - begin;
  if (replayer->status().ok() && request.until != Lsn(UINT64_MAX) && replayer->state().lsn < request.until) {
    io.err << kName << ": the journal ends at lsn " << replayer->state().lsn.value() << ", before --until "
           << request.until.value() << "\n";
  }
  return replayer->status();
}

double EntriesPerSecond(const Outcome& outcome) {
  return static_cast<double>(outcome.entries) / std::max(absl::ToDoubleSeconds(outcome.took), 1e-9);
}

std::string OutcomeText(const Replayer& replayer, const Outcome& outcome, bool verified) {
  const engine::State& state = replayer.state();
  std::string out;
  const std::string from = replayer.snapshot_lsn().empty()
                               ? "from the first entry"
                               : absl::StrCat("from the snapshot at lsn ", replayer.snapshot_lsn().value());
  absl::StrAppendFormat(&out, "replayed  %d entries, %s to lsn %d\n", outcome.entries, from, state.lsn.value());
  absl::StrAppendFormat(&out, "speed     %.3f s, %.0f entries/s\n", absl::ToDoubleSeconds(outcome.took),
                        EntriesPerSecond(outcome));
  absl::StrAppendFormat(&out, "state     digest %s\n", engine::DigestState(state).ToHex());
  absl::StrAppendFormat(&out, "          %d calls, %d registrations, %d transactions, %d finished, %d DNs\n",
                        state.calls.size(), state.registrar.bindings().size(), state.transactions.live(),
                        state.transactions.finished(), state.configuration.dns().size());
  absl::StrAppendFormat(&out, "effects   chain  %s\n          %d effects\n", outcome.chain.Finish().ToHex(),
                        outcome.effects);
  if (verified) {
    absl::StrAppendFormat(&out, "verified  %d effects hashes and %d state digests: all as recorded\n",
                          outcome.check.hashes_compared(), outcome.check.digests_compared());
    if (outcome.check.digests_compared() == 0) {
      out += "          no snapshot has recorded a digest of the state yet: the effects alone were compared\n";
    }
  }
  return out;
}

std::string OutcomeJson(const Replayer& replayer, const Outcome& outcome, bool verified, const json::value* shown) {
  const engine::State& state = replayer.state();
  json::object out{{"first_lsn", outcome.first.value()},
                   {"lsn", state.lsn.value()},
                   {"snapshot_lsn", replayer.snapshot_lsn().value()},
                   {"entries", outcome.entries},
                   {"entries_per_second", static_cast<uint64_t>(EntriesPerSecond(outcome))},
                   {"state_digest", engine::DigestState(state).ToHex()},
                   {"effects_chain", outcome.chain.Finish().ToHex()},
                   {"effects", outcome.effects},
                   {"calls", state.calls.size()},
                   {"registrations", state.registrar.bindings().size()},
                   {"transactions", state.transactions.live()},
                   {"finished_transactions", state.transactions.finished()}};
  if (verified) {
    out["verified_hashes"] = outcome.check.hashes_compared();
    out["verified_digests"] = outcome.check.digests_compared();
  }
  if (shown != nullptr) out["show"] = *shown;
  return json::serialize(out) + "\n";
}

// With --show, text is what was asked for and nothing else.
int Print(const Request& request, const ToolIo& io, const Replayer& replayer, const Outcome& outcome) {
  absl::optional<json::value> shown;
  if (request.show) {
    absl::StatusOr<json::value> found = ShowState(replayer.state(), replayer.effects(), *request.show);
    if (!found.ok()) return Fail(io, found.status(), kName);
    shown = *std::move(found);
  }
  if (request.json) {
    io.out << OutcomeJson(replayer, outcome, request.verify, shown ? &*shown : nullptr);
  } else {
    io.out << (shown ? ReadableText(*shown) : OutcomeText(replayer, outcome, request.verify));
  }
  return Finish(io, kName);
}

}  // namespace

int Replay(const std::vector<std::string>& args, const ToolIo& io) {
  const absl::StatusOr<CommandLine> line = CommandLine::Parse(kSpec, args);
  if (!line.ok()) return Fail(io, line.status(), kName);
  if (line->Has("help")) {
    io.out << HelpText(kSpec);
    return Finish(io, kName);
  }
  const absl::StatusOr<Request> request = ReadRequest(*line);
  if (!request.ok()) return Fail(io, request.status(), kName);
  absl::StatusOr<JournalFiles> files = JournalFiles::Open(request->path, {});
  if (!files.ok()) return Fail(io, files.status(), kName);
  Replayer replayer;
  Outcome outcome;
  const absl::Status status = Run(*request, io, &*files, &replayer, &outcome);
  if (!status.ok()) return Fail(io, status, kName);
  return Print(*request, io, replayer, outcome);
}

}  // namespace understudy::tools
