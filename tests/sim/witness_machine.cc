#include "tests/sim/witness_machine.h"

#include <iterator>
#include <utility>

#include "base/check.h"
#include "tools/witness/register_file.h"

namespace understudy::sim {
namespace {

using tools::ArbiterRegister;
using tools::ArbiterReply;
using tools::RegisterFile;

constexpr char kDirectory[] = "/witness";
constexpr char kFile[] = "/witness/register";
constexpr auto& kModes = journal::kAllPowerLossModes;

}  // namespace

WitnessMachine::WitnessMachine() {
  files_->disk().MakeDirectory(kDirectory);
  US_CHECK(Start().ok());
}

absl::optional<std::string> WitnessMachine::Ask(const absl::optional<std::string>& request) {
  if (!up()) return absl::nullopt;
  const absl::StatusOr<ArbiterReply> reply = request ? process_->Ask(*request) : process_->Read();
  const bool wrote = reply.ok() && reply->changed;
  if (waiting_ && (files_->PowerIsCut() || wrote)) {
    Die(*waiting_);
    return absl::nullopt;
  }
  if (!reply.ok()) return absl::nullopt;
  return reply->text;
}

void WitnessMachine::Die(const WitnessDeath& death) {
  US_CHECK(up());
  waiting_.reset();
  if (death.power) {
    files_->RestorePower(death.draw, kModes[death.draw % std::size(kModes)]);
  } else {
    files_->RestartProcess();
  }
  process_.reset();
  dark_ = death.power;
}

void WitnessMachine::DieAfter(uint64_t changes, const WitnessDeath& death) {
  waiting_ = death;
  files_->CutPowerAfter(changes);
}

absl::Status WitnessMachine::Start() {
  US_CHECK(!up());
  dark_ = false;
  absl::StatusOr<std::unique_ptr<ArbiterRegister>> opened = ArbiterRegister::Open(kFile, files_);
  if (!opened.ok()) return opened.status();
  process_ = *std::move(opened);
  slot_was_lost_ = process_->look() == RegisterFile::Look::kOneSlotLost;
  if (waiting_ && files_->PowerIsCut()) Die(*waiting_);
  waiting_.reset();
  files_->CutPowerAfter(UINT64_MAX);
  return absl::OkStatus();
}

void WitnessMachine::FlipBit(uint64_t draw) {
  US_CHECK(!up());
  US_CHECK(files_->FlipBit(kFile, draw % (8 * RegisterFile::kFileBytes)));
}

}  // namespace understudy::sim
