#include "tools/journal_verify.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "boost/json.hpp"
#include "journal/recovery.h"

namespace understudy::tools {
namespace {

using journal::JournalReader;

class Verifier {
 public:
  explicit Verifier(JournalFiles* files) : files_(*files), reader_(*files->reader), mark_(reader_.mark()) {}

  VerifyReport Run() {
    ReadLog();
    if (report_.entries != 0) {
      report_.intact.push_back(absl::StrCat("log: ", report_.batches, " batches with ", report_.entries,
                                            " entries from lsn ", report_.first.value(), " to ", report_.last.value()));
    }
    CheckMark();
    CheckSnapshots();
    return std::move(report_);
  }

 private:
  void ReadLog() {
    reader_.Seek(Lsn(1));
    for (;;) {
      switch (reader_.Next()) {
        case JournalReader::Step::kEntry:
          Take(reader_.entry().lsn);
          break;
        case JournalReader::Step::kDamage:
          report_.damaged.push_back(absl::StrCat("log: ", reader_.damage().ToString()));
          break;
        case JournalReader::Step::kEnd:
          return;
      }
    }
  }

  void Take(Lsn lsn) {
    if (report_.entries++ == 0) report_.first = lsn;
    report_.last = lsn;
    if (lsn == mark_.value.lsn) chain_at_mark_ = reader_.prelude().chain;
    if (lsn == mark_.value.lsn) ends_at_mark_ = reader_.prelude().last_lsn() == lsn;
    if (lsn != reader_.prelude().first_lsn) return;
    ++report_.batches;
    const Hash128 genesis = journal::GenesisChain(reader_.header().cluster_id);
    if (lsn == Lsn(1) && reader_.prelude().previous_chain != genesis) {
      report_.damaged.push_back("log: the batch with lsn 1 does not begin the chain of its cluster");
    }
  }

  void CheckMark() {
    const std::string name(journal::MarkLookName(mark_.look));
    if (!mark_.Usable()) return report_.damaged.push_back(absl::StrCat("durable mark: ", name));
    if (mark_.look == journal::MarkLook::kOneSlotLost) {
      report_.remarks.push_back(absl::StrCat("durable mark: ", name, ", as after a power loss; the other one speaks"));
    }
    const std::string at = absl::StrCat("durable mark: lsn ", mark_.value.lsn.value());
    if (mark_.value.lsn > report_.last) {
      return report_.damaged.push_back(absl::StrCat(at, ", but the log can be read up to lsn ", report_.last.value(),
                                                    " only: entries that were acknowledged are missing"));
    }
    const bool readable = !chain_at_mark_.empty();
    if (readable && (!ends_at_mark_ || chain_at_mark_ != mark_.value.chain)) {
      return report_.damaged.push_back(absl::StrCat(at, ", but the log holds another batch there"));
    }
    report_.intact.push_back(absl::StrCat(at, ", epoch ", mark_.value.epoch.value()));
  }

  void CheckSnapshots() {
    for (Lsn lsn : files_.snapshots->List()) {
      const absl::StatusOr<journal::SnapshotInfo> info = files_.snapshots->Verify(lsn);
      const std::string at = absl::StrCat("snapshot: lsn ", lsn.value());
      if (info.ok()) {
        report_.intact.push_back(absl::StrCat(at, ", ", info->bytes, " bytes"));
      } else if (const std::vector<Lsn> left = files_.snapshots->List();
                 std::find(left.begin(), left.end(), lsn) != left.end()) {  // else its server has dropped it meanwhile
        report_.damaged.push_back(absl::StrCat(at, ": ", info.status().message()));
      }
    }
  }

  JournalFiles& files_;
  JournalReader& reader_;
  const journal::MarkReading mark_;
  Hash128 chain_at_mark_;
  bool ends_at_mark_ = false;
  VerifyReport report_;
};

}  // namespace

VerifyReport VerifyJournal(JournalFiles* files) {
  return Verifier(files).Run();
}

std::string VerifyText(const VerifyReport& report) {
  std::string out;
  for (const std::string& line : report.intact) absl::StrAppend(&out, "intact   ", line, "\n");
  for (const std::string& line : report.remarks) absl::StrAppend(&out, "remark   ", line, "\n");
  for (const std::string& line : report.damaged) absl::StrAppend(&out, "DAMAGED  ", line, "\n");
  if (report.ok()) {
    absl::StrAppend(&out, report.entries == 0 ? "the journal is empty\n" : "all checksums and the chain hold\n");
  } else {
    absl::StrAppend(&out, "the journal is damaged: keep a copy of the directory before anything writes to it\n");
  }
  return out;
}

std::string VerifyJson(const VerifyReport& report) {
  namespace json = boost::json;
  json::object out{{"ok", report.ok()},
                   {"entries", report.entries},
                   {"batches", report.batches},
                   {"first_lsn", report.first.value()},
                   {"last_lsn", report.last.value()}};
  out["intact"] = json::array(report.intact.begin(), report.intact.end());
  out["remarks"] = json::array(report.remarks.begin(), report.remarks.end());
  out["damaged"] = json::array(report.damaged.begin(), report.damaged.end());
  return json::serialize(out) + "\n";
}

}  // namespace understudy::tools
