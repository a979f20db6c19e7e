#include "replication/epoch_history.h"

#include <algorithm>
#include <cstdint>
#include <iterator>

#include "absl/strings/str_cat.h"

namespace understudy::replication {
namespace {

constexpr char kVersion = 1;
constexpr size_t kHeadBytes = 1 + 4;
constexpr size_t kEpochBytes = 8 + 8;

void PutNumber(uint64_t value, size_t bytes, std::string* out) {
  for (size_t i = 0; i < bytes; ++i) out->push_back(static_cast<char>(value >> (8 * i) & 0xff));
}

uint64_t GetNumber(absl::string_view bytes) {
  uint64_t value = 0;
  for (size_t i = 0; i < bytes.size(); ++i) value |= static_cast<uint64_t>(static_cast<uint8_t>(bytes[i])) << (8 * i);
  return value;
}

absl::Status Damaged(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("epoch history: ", what));
}

}  // namespace

absl::Status EpochHistory::Add(Epoch epoch, Lsn first_lsn) {
  if (!empty() && epochs_.back() == EpochBegin{epoch, first_lsn}) return absl::OkStatus();
  const bool after = empty() || (epoch > epochs_.back().epoch && first_lsn > epochs_.back().first_lsn);
  if (epoch.empty() || first_lsn.empty() || !after) {
    return Damaged(absl::StrCat("epoch ", epoch.value(), " from lsn ", first_lsn.value(), " does not come after ",
                                empty() ? "nothing" : absl::StrCat("epoch ", epochs_.back().epoch.value(), " from lsn ",
                                                                   epochs_.back().first_lsn.value())));
  }
  if (epochs_.size() == kMaxEpochs) epochs_.erase(epochs_.begin());
  epochs_.push_back({epoch, first_lsn});
  return absl::OkStatus();
}

Epoch EpochHistory::EpochOf(Lsn lsn) const {
  const auto after = std::upper_bound(epochs_.begin(), epochs_.end(), lsn,
                                      [](Lsn at, const EpochBegin& begin) { return at < begin.first_lsn; });
  return after == epochs_.begin() ? Epoch() : std::prev(after)->epoch;
}

Lsn EpochHistory::EndOf(Epoch epoch, Lsn log_end) const {
  const auto is_it = [&](const EpochBegin& begin) { return begin.epoch == epoch; };
  const auto found = std::find_if(epochs_.begin(), epochs_.end(), is_it);
  if (found == epochs_.end() || found->first_lsn > log_end) return Lsn();
  const auto next = std::next(found);
  return next == epochs_.end() ? log_end : std::min(log_end, next->first_lsn.Previous());
}

void EpochHistory::Truncate(Lsn lsn) {
  while (!empty() && epochs_.back().first_lsn > lsn) epochs_.pop_back();
}

std::string EpochHistory::Encode() const {
  std::string out(1, kVersion);
  PutNumber(epochs_.size(), 4, &out);
  for (const EpochBegin& begin : epochs_) {
    PutNumber(begin.epoch.value(), 8, &out);
    PutNumber(begin.first_lsn.value(), 8, &out);
  }
  return out;
}

absl::StatusOr<EpochHistory> EpochHistory::Decode(absl::string_view bytes) {
  if (bytes.size() < kHeadBytes) return Damaged(absl::StrCat(bytes.size(), " bytes are too few"));
  if (bytes[0] != kVersion) return Damaged(absl::StrCat("version ", static_cast<uint8_t>(bytes[0]), " is not known"));
  const uint64_t count = GetNumber(bytes.substr(1, 4));
  bytes.remove_prefix(kHeadBytes);
  if (count > kMaxEpochs) return Damaged(absl::StrCat(count, " epochs, at most ", kMaxEpochs, " are allowed"));
  if (bytes.size() != count * kEpochBytes) {
    return Damaged(absl::StrCat(bytes.size(), " bytes for ", count, " epochs of ", kEpochBytes));
  }
  EpochHistory history;
  for (; !bytes.empty(); bytes.remove_prefix(kEpochBytes)) {
    const EpochBegin begin{Epoch(GetNumber(bytes.substr(0, 8))), Lsn(GetNumber(bytes.substr(8, 8)))};
    const size_t before = history.epochs_.size();
    if (absl::Status s = history.Add(begin.epoch, begin.first_lsn); !s.ok()) return s;
    if (history.epochs_.size() == before) return Damaged(absl::StrCat("epoch ", begin.epoch.value(), " twice"));
  }
  return history;
}

std::string EpochHistory::ToText() const {
  if (empty()) return "no epoch";
  std::string out;
  for (const EpochBegin& begin : epochs_) {
    absl::StrAppend(&out, out.empty() ? "" : ", ", "epoch ", begin.epoch.value(), " from ", begin.first_lsn.value());
  }
  return out;
}

absl::optional<CommonPoint> LastCommon(const EpochHistory& a, Lsn a_end, const EpochHistory& b, Lsn b_end) {
  auto in_a = a.epochs().rbegin();
  auto in_b = b.epochs().rbegin();
  Lsn a_last = a_end;
  Lsn b_last = b_end;
  while (in_a != a.epochs().rend() && in_b != b.epochs().rend()) {
    const Lsn last = std::min(a_last, b_last);
    const Lsn first = std::max(in_a->first_lsn, in_b->first_lsn);
    if (in_a->epoch == in_b->epoch && first <= last) return CommonPoint{in_a->epoch, last};
    // Whichever is the later epoch cannot be in the rest of the other history.
    const bool leave_a = in_a->epoch >= in_b->epoch;
    const bool leave_b = in_b->epoch >= in_a->epoch;
    if (leave_a) a_last = std::min(a_last, (in_a++)->first_lsn.Previous());
    if (leave_b) b_last = std::min(b_last, (in_b++)->first_lsn.Previous());
  }
  return absl::nullopt;
}

}  // namespace understudy::replication
