#include "tools/calls/refer_trail.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"
#include "engine/effect.h"
#include "sip/parse.h"
#include "tools/entry_text.h"

namespace understudy::tools {
namespace {

using Way = LadderStep::Way;

constexpr absl::string_view kTokenParam = "understudy-refer";

// A REFER has 32 s for its answer, and the phone as long again for its INVITE.
constexpr Duration kLongestRefer = Duration::Seconds(70);

bool IsAnswerToRefer(const engine::SipReceived* sip) {
  return sip != nullptr && !sip->message.is_request() && sip->message.cseq().method_text == "REFER";
}

}  // namespace

std::string ReferTokenOf(const DecodedEntry& entry) {
  const engine::SipReceived* sip = SipOf(entry);
  if (sip == nullptr || !sip->message.is_request()) return "";
  const absl::optional<absl::string_view> token = sip->message.request_uri().Param(kTokenParam);
  return std::string(token.value_or(""));
}

Lsn BeforeItsRefer(JournalFiles* files, Lsn lsn) {
  journal::JournalReader& reader = *files->reader;
  reader.Seek(lsn);
  if (reader.Next() != journal::JournalReader::Step::kEntry) return lsn;
  const EngineTime invited = reader.entry().engine_time;
  for (uint64_t back = 64; back < lsn.value(); back *= 2) {
    reader.Seek(Lsn(lsn.value() - back));
    if (reader.Next() != journal::JournalReader::Step::kEntry) return lsn;
    if (reader.entry().lsn >= lsn) return lsn;
    if (invited - reader.entry().engine_time > kLongestRefer) return reader.entry().lsn;
  }
  return Lsn(1);
}

void ReferTrails::Take(const Replayer& replayer) {
  if (tokens_.empty()) return;
  for (const engine::Effect& effect : replayer.effects().list) {
    const auto* send = std::get_if<engine::SendSip>(&effect);
    if (send == nullptr) continue;
    sip::Message message;
    sip::ParseError error;
    if (!sip::ParseMessage(send->bytes.view(), &message, &error) || !message.is_request()) continue;
    const std::string token(message.from().tag);
    if (message.method_text() != "REFER" || !tokens_.contains(token)) continue;
    const DecodedEntry& entry = replayer.entry();
    if (!trails_.contains(token)) {
      Add(replayer, token, Way::kNote, absl::StrCat(KindText(entry.record.kind), ": ", InputSummary(entry, {})));
    }
    Add(replayer, token, Way::kTo, ArrowText(message));
  }
  const engine::SipReceived* sip = SipOf(replayer.entry());
  if (!IsAnswerToRefer(sip)) return;
  const std::string token(sip->message.from().tag);
  if (trails_.contains(token)) Add(replayer, token, Way::kFrom, ArrowText(sip->message));
}

const ReferTrail* ReferTrails::Find(const std::string& token) const {
  const auto found = trails_.find(token);
  return found == trails_.end() ? nullptr : &found->second;
}

void ReferTrails::Add(const Replayer& replayer, const std::string& token, LadderStep::Way way, std::string text) {
  const journal::EntryRecord& record = replayer.entry().record;
  ReferTrail& trail = trails_[token];
  if (trail.steps.empty()) {
    trail.began = record.engine_time;
    trail.began_at = record.wall_time;
  }
  trail.steps.push_back({record.lsn, record.engine_time - trail.began, way, 0, std::move(text)});
}

}  // namespace understudy::tools
