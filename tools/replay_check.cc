#include "tools/replay_check.h"

#include <algorithm>
#include <variant>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "engine/snapshot.h"
#include "sip/parse.h"
#include "tools/entry_text.h"
#include "tools/event_view.h"
#include "tools/safe_text.h"

namespace understudy::tools {
namespace {

using journal::JournalReader;

struct EffectText {
  std::string operator()(const engine::SendSip& send) const {
    sip::Message message;
    sip::ParseError error;
    (void)sip::ParseMessage(send.bytes.view(), &message, &error);
    return absl::StrCat("send to ", TransportName(send.transport), " ", send.remote.ToText(), ": ",
                        FirstLine(message, {}));
  }
  std::string operator()(const engine::CallProgress& progress) const {
    return absl::StrCat("call ", progress.call.value(), " step ", static_cast<int>(progress.step), " status ",
                        progress.status);
  }
  std::string operator()(const engine::RegistrationProgress& progress) const {
    return absl::StrCat("registration of ", PrintableLine(progress.number), " step ", static_cast<int>(progress.step));
  }
  std::string operator()(const engine::SendClient& send) const {
    const std::string text = absl::StrCat("send to session ", send.session.value(), " over link ", send.link.value());
    const auto* event = std::get_if<tlib::EventFrame>(&send.frame);
    if (event == nullptr) return absl::StrCat(text, ": attached");
    return absl::StrCat(text, ": event ", event->number, " ", EventText(event->message, event->reference_id));
  }
  std::string operator()(const engine::CloseClient& close) const {
    return absl::StrCat("close link ", close.link.value(), " code ", static_cast<int>(close.goodbye.code));
  }
  std::string operator()(const engine::SessionProgress& progress) const {
    return absl::StrCat("session ", progress.session.value(), " step ", static_cast<int>(progress.step), " code ",
                        static_cast<int>(progress.code));
  }
  std::string operator()(const engine::DeviceProgress& progress) const {
    return absl::StrCat("device ", PrintableLine(progress.number), " step ", static_cast<int>(progress.step),
                        " status ", progress.status);
  }
  std::string operator()(const engine::Locate& locate) const {
    return absl::StrCat("locate name ", locate.name.value(), ": ", PrintableLine(locate.query.host));
  }
};

std::string HashText(uint64_t hash) {
  return absl::StrCat(absl::Hex(hash, absl::kZeroPad16));
}

template <class Calls>
std::string CallsText(const Calls& calls) {
  return calls.empty() ? "none" : absl::StrJoin(calls, ", ");
}

}  // namespace

void ReplayCheck::CollectDigests(JournalFiles* files) {
  JournalReader& reader = *files->reader;
  reader.Seek(Lsn(1));
  while (reader.Next() == JournalReader::Step::kEntry) {
    const journal::BatchHeader& header = reader.header();
    if (reader.entry().lsn != header.first_lsn || header.digest_lsn.empty()) continue;
    marks_[header.digest_lsn] = Mark{header.digest, absl::StrCat("the batch with lsn ", header.first_lsn.value())};
  }
  for (Lsn lsn : files->snapshots->List()) {
    const absl::StatusOr<journal::SnapshotInfo> info = files->snapshots->Verify(lsn);
    if (info.ok()) marks_[lsn] = Mark{info->digest, "the snapshot"};
  }
}

bool ReplayCheck::Compare(const Replayer& replayer, uint64_t hash) {
  return CompareEffects(replayer, hash) && CompareDigest(replayer);
}

bool ReplayCheck::CompareEffects(const Replayer& replayer, uint64_t hash) {
  const journal::EntryRecord& record = replayer.entry().record;
  const engine::Effects& effects = replayer.effects();
  ++hashes_compared_;
  if (hash == record.effects_hash) return true;
  std::vector<uint64_t> calls;
  for (engine::CallId call : effects.calls) calls.push_back(call.value());
  difference_ =
      absl::StrCat("first difference at lsn ", record.lsn.value(), ": the effects are not those that were recorded\n",
                   "  entry     ", KindText(record.kind), ": ", InputSummary(replayer.entry(), {}), "\n",
                   "  recorded  effects hash ", HashText(record.effects_hash), ", calls ", CallsText(record.calls),
                   "\n  replayed  effects hash ", HashText(hash), ", calls ", CallsText(calls), "\n");
  for (const engine::Effect& effect : effects.list) {
    absl::StrAppend(&difference_, "            ", std::visit(EffectText{}, effect), "\n");
  }
  return false;
}

bool ReplayCheck::CompareDigest(const Replayer& replayer) {
  const auto mark = marks_.find(replayer.state().lsn);
  if (mark == marks_.end()) return true;
  const Hash128 digest = engine::DigestState(replayer.state());
  ++digests_compared_;
  if (digest == mark->second.digest) return true;
  difference_ = absl::StrCat("first difference at lsn ", mark->first.value(),
                             ": the state is not the one that was recorded, though all effects were equal\n",
                             "  recorded  digest ", mark->second.digest.ToHex(), " in ", mark->second.source, "\n",
                             "  replayed  digest ", digest.ToHex(), "\n");
  return false;
}

}  // namespace understudy::tools
