#include "tools/call_ladder.h"

#include <algorithm>
#include <array>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "sip/parse.h"
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

class Collector {
 public:
  explicit Collector(engine::CallId call) : call_(call) { ladder_.call = call.value(); }

  void Take(const Replayer& replayer) {
    const DecodedEntry& entry = replayer.entry();
    LearnLegs(replayer.state());
    if (!begun_) Begin(entry);
    step_.lsn = entry.record.lsn;
    step_.since_start = entry.record.engine_time - began_;
    TakeInput(entry);
    for (const engine::Effect& effect : replayer.effects().list) TakeEffect(effect);
  }

  // What happens to the server happens to a call in progress: it died and lives again, or nobody served.
  void TakeTrouble(const Replayer& replayer) {
    if (replayer.state().calls.Find(call_) == nullptr) return;
    const DecodedEntry& entry = replayer.entry();
    step_.lsn = entry.record.lsn;
    step_.since_start = entry.record.engine_time - began_;
    if (std::holds_alternative<engine::EpochStart>(entry.input)) {
      return Add(Way::kNote, absl::StrCat("the server begins again: epoch ", entry.epoch.value()));
    }
    Add(Way::kNote, InputSummary(entry, {}));
  }

  Ladder Finish() { return std::move(ladder_); }

 private:
  void Begin(const DecodedEntry& entry) {
    begun_ = true;
    began_ = entry.record.engine_time;
    ladder_.began = entry.record.wall_time;
  }

  // A call may end with the entry at hand: what is known of it stays.
  void LearnLegs(const engine::State& state) {
    const engine::Call* call = state.calls.Find(call_);
    if (call == nullptr) return;
    for (size_t side = 0; side < 2; ++side) {
      const engine::Leg* leg = state.LegAt(*call, side);
      if (leg == nullptr || leg->phase == engine::Leg::Phase::kNone) continue;
      sip_call_ids_[side] = leg->dialog.call_id;
      LadderParty& party = side == 0 ? ladder_.caller : ladder_.callee;
      party.number = PrintableLine(leg->number);
      party.address = absl::StrCat(TransportName(leg->hop.transport), " ", leg->hop.remote.ToText());
    }
  }

  // 0, 1, or -1: another call's message.
  int SideOf(const sip::Message& message) const {
    for (int side = 0; side < 2; ++side) {
      if (!message.call_id().empty() && message.call_id() == sip_call_ids_[static_cast<size_t>(side)]) return side;
    }
    return -1;
  }

  void Add(Way way, std::string text) {
    step_.way = way;
    step_.text = std::move(text);
    ladder_.steps.push_back(step_);
  }

  void TakeInput(const DecodedEntry& entry) {
    const engine::SipReceived* sip = SipOf(entry);
    if (sip == nullptr)
      return Add(Way::kNote, absl::StrCat(KindText(entry.record.kind), ": ", InputSummary(entry, {})));
    const int side = SideOf(sip->message);
    if (side < 0) return Add(Way::kNote, absl::StrCat("received: ", FirstLine(sip->message, {})));
    Add(side == 0 ? Way::kFromCaller : Way::kFromCallee, ArrowText(sip->message));
  }

  void TakeEffect(const engine::Effect& effect) {
    if (const auto* send = std::get_if<engine::SendSip>(&effect); send != nullptr) return TakeSend(*send);
    const auto* progress = std::get_if<engine::CallProgress>(&effect);
    if (progress == nullptr || progress->call != call_) return;
    std::string text(StepName(progress->step));
    if (progress->status != 0) absl::StrAppend(&text, " (", progress->status, ")");
    Add(Way::kNote, std::move(text));
  }

  void TakeSend(const engine::SendSip& send) {
    sip::Message message;
    sip::ParseError error;
    (void)sip::ParseMessage(send.bytes.view(), &message, &error);
    const int side = SideOf(message);
    if (side >= 0) Add(side == 0 ? Way::kToCaller : Way::kToCallee, ArrowText(message));
  }

  const engine::CallId call_;
  Ladder ladder_;
  LadderStep step_;
  bool begun_ = false;
  EngineTime began_;
  std::array<std::string, 2> sip_call_ids_;
};

bool IsTrouble(const DecodedEntry& entry) {
  return entry.record.calls.empty() && (std::holds_alternative<engine::EpochStart>(entry.input) ||
                                        std::holds_alternative<engine::ServiceGap>(entry.input));
}

}  // namespace

absl::Status CollectLadders(JournalFiles* files, const absl::btree_set<uint64_t>& calls, std::vector<Ladder>* ladders) {
  Lsn first(UINT64_MAX);
  Lsn last;
  for (uint64_t call : calls) {
    const absl::StatusOr<std::vector<Lsn>> lsns = files->reader->FindCall(call);
    if (!lsns.ok()) return lsns.status();
    if (lsns->empty()) continue;
    first = std::min(first, lsns->front());
    last = std::max(last, lsns->back());
  }
  if (last.empty()) return absl::OkStatus();
  Replayer replayer;
  if (absl::Status s = replayer.Begin(files, {StartAt::Where::kSnapshot, first.Previous()}); !s.ok()) return s;
  absl::btree_map<uint64_t, Collector> collectors;
  while (replayer.Next()) {
    for (uint64_t call : replayer.entry().record.calls) {
      if (calls.contains(call)) collectors.try_emplace(call, engine::CallId(call)).first->second.Take(replayer);
    }
    if (IsTrouble(replayer.entry())) {
      for (auto& [call, collector] : collectors) collector.TakeTrouble(replayer);
    }
    if (replayer.entry().record.lsn >= last) break;
  }
  for (auto& [call, collector] : collectors) ladders->push_back(collector.Finish());
  return replayer.status();
}

}  // namespace understudy::tools
