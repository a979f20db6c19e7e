// Which file is which in a journal's directory.
#ifndef UNDERSTUDY_JOURNAL_LAYOUT_H_
#define UNDERSTUDY_JOURNAL_LAYOUT_H_

#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"

namespace understudy::journal {

// RocksDB's directory.
inline std::string LogPath(absl::string_view directory) { return absl::StrCat(directory, "/log"); }
inline std::string MarkPath(absl::string_view directory) { return absl::StrCat(directory, "/durable-mark"); }
inline std::string LockPath(absl::string_view directory) { return absl::StrCat(directory, "/lock"); }
// When the node last served (daemon/core/last_alive.h).
inline std::string AlivePath(absl::string_view directory) { return absl::StrCat(directory, "/alive"); }
inline std::string ReservePath(absl::string_view directory) { return absl::StrCat(directory, "/reserve"); }
inline std::string SnapshotPath(absl::string_view directory, Lsn lsn) {
  return absl::StrCat(directory, "/snapshot-", absl::Dec(lsn.value(), absl::kZeroPad20));
}
// A snapshot that is being written, or that nobody has verified yet.
inline std::string PartialSnapshotPath(absl::string_view directory, Lsn lsn) {
  return absl::StrCat(SnapshotPath(directory, lsn), ".partial");
}
// What a journal was before it was filled anew, or could not be used: a directory of the same layout, for the tools.
// Named by what its mark said; sorts by age.
inline constexpr char kAsidePrefix[] = "aside-";
inline std::string AsidePath(absl::string_view directory, Epoch epoch, Lsn lsn) {
  return absl::StrCat(directory, "/", kAsidePrefix, absl::Dec(epoch.value(), absl::kZeroPad20), "-",
                      absl::Dec(lsn.value(), absl::kZeroPad20));
}

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_LAYOUT_H_
