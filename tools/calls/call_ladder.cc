#include "tools/calls/call_ladder.h"

#include <cstddef>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "sip/method.h"
#include "sip/parse.h"
#include "tools/calls/call_events.h"
#include "tools/calls/ladder_parties.h"
#include "tools/calls/refer_trail.h"
#include "tools/entry_text.h"
#include "tools/replayer.h"
#include "tools/safe_text.h"

namespace understudy::tools {
namespace {

using Way = LadderStep::Way;

absl::string_view StepName(engine::CallProgress::Step step) {
  switch (step) {
    case engine::CallProgress::Step::kStarted:
      return "call started";
    case engine::CallProgress::Step::kAlerting:
      return "alerting";
    case engine::CallProgress::Step::kAnswered:
      return "answered";
    case engine::CallProgress::Step::kReleased:
      return "released";
    case engine::CallProgress::Step::kFailed:
      return "failed";
  }
  return "?";
}

// What happens to the server happens to a call in progress: another reign, and nobody served for a while before it.
bool IsTrouble(const DecodedEntry& entry) {
  return std::holds_alternative<engine::EpochStart>(entry.input) ||
         std::holds_alternative<engine::ServiceGap>(entry.input);
}

class Collector {
 public:
  Collector(engine::CallId call, const ReferTrails& trails) : call_(call), trails_(trails), events_(call) {
    ladder_.call = call.value();
  }

  void Take(const Replayer& replayer) {
    const DecodedEntry& entry = replayer.entry();
    const engine::Call* call = replayer.state().calls.Find(call_);
    if (call != nullptr) parties_.Learn(replayer.state(), *call);
    if (!begun_) Begin(entry);
    step_.lsn = entry.record.lsn;
    step_.since_start = entry.record.engine_time - began_;
    TakeInput(entry);
    for (const engine::Effect& effect : replayer.effects().list) TakeEffect(effect);
    for (const CallEvent& event : events_.Take(replayer)) Add(Way::kNote, CallEventNote(event));
  }

  // Of an entry of every call that is up; where it is one of the call's own, Take has said it.
  void TakeTrouble(const Replayer& replayer) {
    const DecodedEntry& entry = replayer.entry();
    if (step_.lsn == entry.record.lsn || replayer.state().calls.Find(call_) == nullptr) return;
    step_.lsn = entry.record.lsn;
    step_.since_start = entry.record.engine_time - began_;
    NoteTrouble(entry);
  }

  Ladder Finish() {
    ladder_.parties = parties_.Finish();
    return std::move(ladder_);
  }

 private:
  void Begin(const DecodedEntry& entry) {
    begun_ = true;
    began_ = entry.record.engine_time;
    ladder_.began = entry.record.wall_time;
    const ReferTrail* trail = trails_.Find(ReferTokenOf(entry));
    if (trail == nullptr) return;
    began_ = trail->began;
    ladder_.began = trail->began_at;
    ladder_.steps = trail->steps;
  }

  void Add(Way way, std::string text, size_t party = 0) {
    step_.way = way;
    step_.party = party;
    step_.text = std::move(text);
    ladder_.steps.push_back(step_);
  }

  void NoteTrouble(const DecodedEntry& entry) {
    if (std::holds_alternative<engine::EpochStart>(entry.input)) {
      reign_ = step_.lsn;
      return Add(Way::kNote, absl::StrCat("a new reign begins: epoch ", entry.epoch.value()));
    }
    const Duration gap = std::get<engine::ServiceGap>(entry.input).gap;
    if (reign_.Next() == step_.lsn) MoveReign();
    if (gap >= Duration::Milliseconds(1)) Add(Way::kNote, InputSummary(entry, {}));
  }

  // A reign's own entry has the engine's time of the last one before it; its gap has the time that it is.
  void MoveReign() {
    for (auto step = ladder_.steps.rbegin(); step != ladder_.steps.rend() && step->lsn == reign_; ++step) {
      step->since_start = step_.since_start;
    }
  }

  void TakeInput(const DecodedEntry& entry) {
    if (IsTrouble(entry)) return NoteTrouble(entry);
    const engine::SipReceived* sip = SipOf(entry);
    if (sip == nullptr)
      return Add(Way::kNote, absl::StrCat(KindText(entry.record.kind), ": ", InputSummary(entry, {})));
    const absl::optional<size_t> party = parties_.OfReceived(*sip);
    if (!party) return Add(Way::kNote, absl::StrCat("received: ", FirstLine(sip->message, {})));
    Add(Way::kFrom, ArrowText(sip->message), *party);
  }

  void TakeEffect(const engine::Effect& effect) {
    if (const auto* send = std::get_if<engine::SendSip>(&effect)) return TakeSend(*send);
    if (const auto* progress = std::get_if<engine::CallProgress>(&effect)) return TakeProgress(*progress);
    if (const auto* progress = std::get_if<engine::DeviceProgress>(&effect)) return TakeProgress(*progress);
  }

  void TakeSend(const engine::SendSip& send) {
    sip::Message message;
    sip::ParseError error;
    (void)sip::ParseMessage(send.bytes.view(), &message, &error);
    const absl::optional<LadderParties::Place> place = parties_.OfSent(send, message);
    if (!place) return;
    NoteWay(*place, message);
    Add(Way::kTo, ArrowText(message), place->party);
  }

  // How the call comes to be sent there, where an INVITE is the first to say it.
  void NoteWay(const LadderParties::Place& place, const sip::Message& message) {
    if (place.next) {
      const LadderParty& party = parties_.At(place.party);
      Add(Way::kNote, absl::StrCat(party.number, " is called at its next address: ", party.address));
    }
    if (!message.is_request() || message.method() != sip::Method::kInvite) return;
    std::string diversion = DiversionText(message);
    if (diversion.empty() || diversion == diversion_) return;
    Add(Way::kNote, diversion);
    diversion_ = std::move(diversion);
  }

  void TakeProgress(const engine::CallProgress& progress) {
    if (progress.call != call_) return;
    std::string text(StepName(progress.step));
    if (progress.status != 0) absl::StrAppend(&text, " (", progress.status, ")");
    Add(Way::kNote, std::move(text));
  }

  // An entry may be of several calls, and of what the device does otherwise.
  void TakeProgress(const engine::DeviceProgress& progress) {
    if (progress.step != engine::DeviceProgress::Step::kOverflowed || !parties_.HasLeft(progress.number)) return;
    Add(Way::kNote, absl::StrCat(PrintableLine(progress.number), " sends its call elsewhere (", progress.status, ")"));
  }

  const engine::CallId call_;
  const ReferTrails& trails_;
  CallEvents events_;
  Ladder ladder_;
  LadderStep step_;
  bool begun_ = false;
  Lsn reign_;  // of the last one that began in the call
  EngineTime began_;
  LadderParties parties_;
  std::string diversion_;  // said last
};

// Those of the INVITEs with which calls begin.
absl::StatusOr<absl::btree_set<std::string>> TokensOf(JournalFiles* files, const absl::btree_set<uint64_t>& calls) {
  absl::btree_set<std::string> tokens;
  for (uint64_t call : calls) {
    const absl::StatusOr<LsnSpan> span = SpanOf(files, {call});
    if (!span.ok()) return span.status();
    files->reader->Seek(span->first);
    if (span->first.empty() || files->reader->Next() != journal::JournalReader::Step::kEntry) continue;
    DecodedEntry entry;
    Decode(files->reader->entry(), files->reader->header().epoch, &entry);
    if (std::string token = ReferTokenOf(entry); !token.empty()) tokens.insert(std::move(token));
  }
  return tokens;
}

// From a snapshot that has the REFERs still before it, if there is one.
absl::Status Begin(JournalFiles* files, Lsn first, bool has_refers, Replayer* replayer) {
  if (has_refers) {
    const Lsn before = BeforeItsRefer(files, first);
    if (replayer->Begin(files, {StartAt::Where::kSnapshot, before.Previous()}).ok()) return absl::OkStatus();
    *replayer = Replayer();
  }
  return replayer->Begin(files, {StartAt::Where::kSnapshot, first.Previous()});
}

}  // namespace

absl::Status CollectLadders(JournalFiles* files, const absl::btree_set<uint64_t>& calls, std::vector<Ladder>* ladders) {
  const absl::StatusOr<LsnSpan> span = SpanOf(files, calls);
  if (!span.ok() || span->last.empty()) return span.status();
  const absl::StatusOr<absl::btree_set<std::string>> tokens = TokensOf(files, calls);
  if (!tokens.ok()) return tokens.status();
  Replayer replayer;
  if (absl::Status s = Begin(files, span->first, !tokens->empty(), &replayer); !s.ok()) return s;
  ReferTrails trails(*tokens);
  absl::btree_map<uint64_t, Collector> collectors;
  while (replayer.Next()) {
    trails.Take(replayer);
    for (uint64_t call : replayer.entry().record.calls) {
      if (!calls.contains(call)) continue;
      collectors.try_emplace(call, engine::CallId(call), trails).first->second.Take(replayer);
    }
    if (IsTrouble(replayer.entry())) {
      for (auto& [call, collector] : collectors) collector.TakeTrouble(replayer);
    }
    if (replayer.entry().record.lsn >= span->last) break;
  }
  for (auto& [call, collector] : collectors) ladders->push_back(collector.Finish());
  return replayer.status();
}

}  // namespace understudy::tools
