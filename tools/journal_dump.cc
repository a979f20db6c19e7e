#include "tools/journal_dump.h"

#include <algorithm>
#include <utility>

#include "absl/container/btree_set.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "tools/calls/call_events.h"
#include "tools/calls/call_ladder.h"
#include "tools/calls/call_name.h"
#include "tools/command_line.h"
#include "tools/entry_filter.h"
#include "tools/entry_json.h"
#include "tools/entry_source.h"
#include "tools/entry_text.h"
#include "tools/journal_files.h"
#include "tools/journal_stat.h"
#include "tools/journal_verify.h"

namespace understudy::tools {
namespace {

constexpr char kName[] = "journal-dump";

// Without a filter --follow begins so many entries before the end.
constexpr uint64_t kFollowContext = 10;
constexpr size_t kMostLadders = 100;

constexpr OptionSpec kOptions[] = {
    {"lsn", "A..B", "Only these entries; also 5, 5.. and ..9."},
    {"time", "FROM..TO",
     "Only entries of this wall time, UTC: 2026-11-22T23:02:38.5, 2026-11-22 or\n"
     "23:02, the last such one in the journal; either end may be missing."},
    {"call", "CALL",
     "Only entries that touched this call: both its legs, its timers; and the events\n"
     "that T-Library clients heard of it, each with its session (not with --follow).\n"
     "CALL: its number (column calls), its ConnID (16 hexadecimal digits), or its\n"
     "CallUUID (32 characters). For the last two the whole journal is replayed first."},
    {"dn", "NUMBER", "Only entries that name this DN, and all entries of its calls."},
    {"call-id", "TEXT", "Only the calls with this SIP Call-ID on one of their legs, both legs."},
    {"kind", "NAME,...", "Only these kinds: sip-received, clock-advanced, ..."},
    {"format", "text|json", "One aligned line an entry, or one JSON object a line. Default: text."},
    {"json", "", "The same as --format json."},
    {"message", "", "Show whole messages, and what a change of the configuration changed."},
    {"unmasked", "",
     "Show keys of sessions; they are *** otherwise. A server's journal has no passwords."},
    {"follow", "",
     "Go on with what a running server adds; begins 10 entries before the end\nunless something is filtered."},
    {"ladder", "",
     "Draw the calls of all matching entries as arrows, with what we sent too, and\n"
     "with events. A call that a phone began because of a REFER begins with that."},
    {"stat", "", "Count: kinds, batches, sizes, rates, gaps, epochs."},
    {"verify", "", "Check all checksums, the chain, the durable mark and the snapshots; name\neach damaged batch."},
};

constexpr ToolSpec kSpec = {
    kName,
    "PATH [OPTION...]",
    "Shows what the journal in the directory PATH holds. It may be in use: nothing is locked,\n"
    "nothing is changed. Damage is reported and passed over.\n",
    kOptions,
    "  journal-dump /var/lib/understudy/sip-a                 everything, a line an entry\n"
    "  journal-dump PATH --dn 1001 --time 14:00..14:05        what happened at a DN\n"
    "  journal-dump PATH --call-id 3848276298220188511@pc33   a call by a phone's Call-ID\n"
    "  journal-dump PATH --call 17 --ladder                   that call as a picture\n"
    "  journal-dump PATH --call 0069030a5cf1b2e7              a call by a client's ConnID\n"
    "  journal-dump PATH --call 17 --message                  its messages, whole\n"
    "  journal-dump PATH --follow --kind sip-received         live\n"
    "  journal-dump PATH --format json | jq .first_line       for programs\n"
    "  journal-dump PATH --verify                             after a crash, or before a copy\n",
    kExitCodeHelp,
};

struct Request {
  std::string path;
  EntryFilter filter;
  bool filtered = false;
  bool json = false;
  bool message = false;
  bool follow = false;
  bool ladder = false;
  bool stat = false;
  bool verify = false;
  std::string time;               // parsed when the journal's last entry is known
  absl::optional<CallName> call;  // `filter.calls` when the journal is open
  TextOptions text;
};

absl::Status ReadFilter(const CommandLine& line, Request* request) {
  EntryFilter& filter = request->filter;
  filter.dn = std::string(line.Value("dn"));
  filter.sip_call_id = std::string(line.Value("call-id"));
  request->time = std::string(line.Value("time"));
  for (absl::string_view name : {"lsn", "time", "call", "dn", "call-id", "kind"}) request->filtered |= line.Has(name);
  if (line.Has("lsn")) {
    const absl::StatusOr<LsnRange> range = ParseLsnRange(line.Value("lsn"));
    if (!range.ok()) return range.status();
    filter.lsn = *range;
  }
  if (line.Has("call")) {
    absl::StatusOr<CallName> call = ParseCallName(line.Value("call"));
    if (!call.ok()) return absl::InvalidArgumentError(absl::StrCat("--call: ", call.status().message()));
    request->call = *std::move(call);
  }
  if (line.Has("kind")) {
    absl::StatusOr<std::vector<uint16_t>> kinds = ParseKinds(line.Value("kind"));
    if (!kinds.ok()) return kinds.status();
    filter.kinds = *std::move(kinds);
  }
  return absl::OkStatus();
}

// An option that would change nothing is a mistake of whoever gave it.
absl::Status CheckTogether(const CommandLine& line, const Request& request) {
  if ((request.stat || request.verify) && (request.filtered || request.message || request.text.unmasked)) {
    return absl::InvalidArgumentError(absl::StrCat(request.stat ? "--stat" : "--verify",
                                                   " is about the whole journal: of the other options only --json and"
                                                   " --format go with it"));
  }
  if (request.ladder && (request.message || request.text.unmasked || line.Has("json") || line.Has("format"))) {
    return absl::InvalidArgumentError(
        "--ladder is a picture for people: only --lsn, --time, --call, --dn, --call-id and --kind go with it; for "
        "programs"
        " there is --json --call ID");
  }
  return absl::OkStatus();
}

absl::StatusOr<Request> ReadRequest(const CommandLine& line) {
  Request request;
  if (line.operands().size() != 1) {
    return absl::InvalidArgumentError("give one PATH, the journal's directory; see journal-dump --help");
  }
  request.path = line.operands()[0];
  const absl::string_view format = line.Has("format") ? line.Value("format") : "text";
  if (format != "text" && format != "json") {
    return absl::InvalidArgumentError(absl::StrCat("--format is text or json, not ", format));
  }
  request.json = format == "json" || line.Has("json");
  request.message = line.Has("message");
  request.follow = line.Has("follow");
  request.ladder = line.Has("ladder");
  request.stat = line.Has("stat");
  request.verify = line.Has("verify");
  request.text.unmasked = line.Has("unmasked");
  if (request.ladder + request.stat + request.verify + request.follow > 1) {
    return absl::InvalidArgumentError("--ladder, --stat, --verify and --follow are for one at a time");
  }
  if (absl::Status s = ReadFilter(line, &request); !s.ok()) return s;
  if (absl::Status s = CheckTogether(line, request); !s.ok()) return s;
  return request;
}

class Printer : public EntrySink {
 public:
  // `events`: what clients heard, by entry.
  Printer(const Request& request, const ToolIo& io, EventsByLsn events)
      : request_(request), io_(io), events_(std::move(events)) {}

  void Entry(const DecodedEntry& entry) override {
    const auto found = events_.find(entry.record.lsn);
    const std::vector<CallEvent> events = found == events_.end() ? std::vector<CallEvent>() : found->second;
    if (request_.json) {
      io_.out << EntryJson(entry, request_.message, request_.text, CallEventsJson(events));
    } else {
      if (printed_ == 0) io_.out << EntryHeading();
      io_.out << EntryLine(entry, request_.text);
      if (request_.message) io_.out << EntryDetail(entry, request_.text);
      for (const CallEvent& event : events) io_.out << "           -> " << CallEventText(event) << "\n";
    }
    ++printed_;
  }

  void Damaged(const journal::Damage& damage) override {
    io_.out.flush();
    io_.err << kName << ": " << damage.ToString() << "\n";
    ++damaged_;
  }

  bool Waiting() override {
    io_.out.flush();
    return io_.out.good() && io_.wait();
  }

  int Code() const { return damaged_ > 0 ? kDifferent : printed_ > 0 || !request_.filtered ? kDone : kNothingFound; }

 private:
  const Request& request_;
  const ToolIo& io_;
  const EventsByLsn events_;
  uint64_t printed_ = 0;
  uint64_t damaged_ = 0;
};

std::string Extent(const JournalFiles& files) {
  const journal::LogRange range = files.reader->Range();
  if (range.empty()) return "the journal is empty";
  return absl::StrCat("the journal holds lsn ", range.first.value(), " to ", range.last.value());
}

// The wall time of the last entry that can be read.
WallTime Newest(JournalFiles* files) {
  const journal::LogRange range = files->reader->Range();
  files->reader->Seek(range.last);
  WallTime newest;
  while (files->reader->Next() == journal::JournalReader::Step::kEntry) newest = files->reader->entry().wall_time;
  return newest;
}

// Opens the journal, and makes sense of a call's name, which may need a replay, and of a time range: a time without a
// day needs the newest entry's.
absl::StatusOr<JournalFiles> OpenFor(Request* request, const JournalFiles::Options& options) {
  absl::StatusOr<JournalFiles> files = JournalFiles::Open(request->path, options);
  if (!files.ok()) return files;
  if (request->call) {
    absl::StatusOr<absl::btree_set<uint64_t>> calls = FindCalls(&*files, *request->call);
    if (!calls.ok()) return calls.status();
    request->filter.calls = *std::move(calls);
  }
  if (request->time.empty()) return files;
  const absl::StatusOr<WallRange> range = ParseUtcRange(request->time, Newest(&*files));
  if (!range.ok()) return range.status();
  request->filter.time = *range;
  return files;
}

// Entries can be read where they cannot be replayed: then there are no events to show.
EventsByLsn EventsFor(const Request& request, const ToolIo& io, JournalFiles* files) {
  EventsByLsn events;
  if (request.follow || request.filter.calls.empty()) return events;
  const absl::Status replayed = CollectCallEvents(files, request.filter.calls, &events);
  if (!replayed.ok()) io.err << kName << ": events are missing: " << replayed.message() << "\n";
  return events;
}

int PrintEntries(Request request, const ToolIo& io) {
  absl::StatusOr<JournalFiles> files = OpenFor(&request, {request.follow, true});
  if (!files.ok()) return Fail(io, files.status(), kName);
  const uint64_t last = files->reader->Range().last.value();
  if (request.follow && !request.filtered && last > kFollowContext)
    request.filter.lsn.first = Lsn(last - kFollowContext + 1);
  Printer printer(request, io, EventsFor(request, io, &*files));
  if (absl::Status s = WalkEntries(&*files, request.filter, request.follow, &printer); !s.ok())
    return Fail(io, s, kName);
  if (printer.Code() == kNothingFound) io.err << kName << ": no entry matches; " << Extent(*files) << "\n";
  return Finish(io, kName, printer.Code());
}

// The calls of all matching entries.
class CallFinder : public EntrySink {
 public:
  explicit CallFinder(const EntryFilter& filter) : filter_(filter) {}

  void Entry(const DecodedEntry& entry) override {
    for (uint64_t call : entry.record.calls) {
      if (filter_.calls.empty() || filter_.calls.contains(call)) calls_.insert(call);
    }
  }
  void Damaged(const journal::Damage& damage) override { damage_.push_back(damage.ToString()); }
  bool Waiting() override { return false; }

  const std::vector<std::string>& damage() const { return damage_; }

  // Forgets all but the newest. Returns how many were forgotten.
  size_t KeepNewest(size_t count) {
    const size_t excess = calls_.size() > count ? calls_.size() - count : 0;
    for (size_t i = 0; i < excess; ++i) calls_.erase(calls_.begin());
    return excess;
  }

  const absl::btree_set<uint64_t>& calls() const { return calls_; }

 private:
  const EntryFilter& filter_;
  absl::btree_set<uint64_t> calls_;
  std::vector<std::string> damage_;
};

int PrintLadders(Request request, const ToolIo& io) {
  absl::StatusOr<JournalFiles> files = OpenFor(&request, {false, true});
  if (!files.ok()) return Fail(io, files.status(), kName);
  CallFinder finder(request.filter);
  if (absl::Status s = WalkEntries(&*files, request.filter, false, &finder); !s.ok()) return Fail(io, s, kName);
  for (const std::string& damage : finder.damage()) io.err << kName << ": " << damage << "\n";
  if (finder.calls().empty()) {
    return Fail(io, absl::NotFoundError(absl::StrCat("no call matches; ", Extent(*files))), kName);
  }
  if (const size_t left_out = finder.KeepNewest(kMostLadders); left_out > 0) {
    io.err << kName << ": " << left_out
           << " older calls are left out; choose with --call, --dn, --call-id, --lsn or --time\n";
  }
  std::vector<Ladder> ladders;
  const absl::Status drawn = CollectLadders(&*files, finder.calls(), &ladders);
  for (const Ladder& ladder : ladders) io.out << (&ladder == &ladders.front() ? "" : "\n") << DrawLadder(ladder);
  if (!drawn.ok()) return Fail(io, drawn, kName);
  return Finish(io, kName, finder.damage().empty() ? kDone : kDifferent);
}

int PrintStat(const Request& request, const ToolIo& io) {
  absl::StatusOr<JournalFiles> files = JournalFiles::Open(request.path, {false, true});
  if (!files.ok()) return Fail(io, files.status(), kName);
  const JournalStat stat = CountJournal(&*files);
  io.out << (request.json ? StatJson(*files, stat) : StatText(*files, stat));
  return Finish(io, kName, stat.damage.empty() ? kDone : kDifferent);
}

int PrintVerify(const Request& request, const ToolIo& io) {
  absl::StatusOr<JournalFiles> files = JournalFiles::Open(request.path, {false, true});
  if (!files.ok()) return Fail(io, files.status(), kName);
  const VerifyReport report = VerifyJournal(&*files);
  io.out << (request.json ? VerifyJson(report) : VerifyText(report));
  return Finish(io, kName, report.ok() ? kDone : kDifferent);
}

}  // namespace

int JournalDump(const std::vector<std::string>& args, const ToolIo& io) {
  const absl::StatusOr<CommandLine> line = CommandLine::Parse(kSpec, args);
  if (!line.ok()) return Fail(io, line.status(), kName);
  if (line->Has("help")) {
    io.out << HelpText(kSpec);
    return Finish(io, kName);
  }
  const absl::StatusOr<Request> request = ReadRequest(*line);
  if (!request.ok()) return Fail(io, request.status(), kName);
  if (request->ladder) return PrintLadders(*request, io);
  if (request->stat) return PrintStat(*request, io);
  if (request->verify) return PrintVerify(*request, io);
  return PrintEntries(*request, io);
}

}  // namespace understudy::tools
