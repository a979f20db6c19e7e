// Which epoch wrote which part of a log: an ordered list of (epoch, its first lsn). With it two nodes find the last
// entry that both have without comparing entries: two logs that hold the same (epoch, lsn) are equal up to there.
//
//   EpochHistory mine = ...;
//   absl::optional<CommonPoint> common = LastCommon(mine, my_end, theirs, their_end);
//   cut after common->lsn; nullopt: nothing in common, cut everything
//
// Never by length: of two logs of one length the entries may be of different epochs. Epochs may be missing, for they
// may have been granted to a process that died before it served. A value; no errors but those of Add and Decode.
#ifndef UNDERSTUDY_REPLICATION_EPOCH_HISTORY_H_
#define UNDERSTUDY_REPLICATION_EPOCH_HISTORY_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "base/ids.h"

namespace understudy::replication {

struct EpochBegin {
  Epoch epoch;
  Lsn first_lsn;

  friend bool operator==(const EpochBegin&, const EpochBegin&) = default;
};

class EpochHistory {
 public:
  // A longer history forgets its oldest epochs: two logs are compared from there on only.
  static constexpr size_t kMaxEpochs = 4096;

  // Entries from `first_lsn` on are of `epoch`. The same again changes nothing. InvalidArgument: 0, or not after the
  // last.
  absl::Status Add(Epoch epoch, Lsn first_lsn);

  // Of the entry `lsn`, if the log has it; 0: before the first epoch known.
  Epoch EpochOf(Lsn lsn) const;
  // The last lsn of `epoch` in a log that ends with `log_end`; 0: none of it.
  Lsn EndOf(Epoch epoch, Lsn log_end) const;

  // The log was cut after `lsn`: epochs that began later are gone.
  void Truncate(Lsn lsn);
  absl::Span<const EpochBegin> epochs() const { return epochs_; }
  bool empty() const { return epochs_.empty(); }
  Epoch last() const { return empty() ? Epoch() : epochs_.back().epoch; }

  // 16 bytes an epoch, little endian, after a byte that says the version and 4 bytes with their number.
  std::string Encode() const;
  // InvalidArgument: damaged, out of order, or too long; the message says which and where.
  static absl::StatusOr<EpochHistory> Decode(absl::string_view bytes);

  // "epoch 1 from 1, epoch 3 from 20"
  std::string ToText() const;

  friend bool operator==(const EpochHistory&, const EpochHistory&) = default;

 private:
  std::vector<EpochBegin> epochs_;
};

struct CommonPoint {
  Epoch epoch;
  Lsn lsn;

  friend bool operator==(const CommonPoint&, const CommonPoint&) = default;
};

// The last (epoch, lsn) that both logs have, one ending with `a_end`, the other with `b_end`; nullopt: none that the
// histories know of. For histories of one cluster: an epoch has one primary, so an (epoch, lsn) is one entry, with
// one history before it. A history may begin inside an epoch (a log that was filled from a state). Whether both logs
// still have that entry's bytes is not said: compare the chains there.
absl::optional<CommonPoint> LastCommon(const EpochHistory& a, Lsn a_end, const EpochHistory& b, Lsn b_end);

}  // namespace understudy::replication

#endif  // UNDERSTUDY_REPLICATION_EPOCH_HISTORY_H_
