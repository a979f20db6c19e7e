#include "daemon/pair/objection.h"

#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

using replication::RefusalReason;

absl::string_view StandbyName(bool warm) { return warm ? "warm" : "hot"; }

}  // namespace

absl::optional<Objected> Objection(const PairTerms& terms, const replication::Hello& hello) {
  const bool blank = hello.cluster_id == 0 && hello.end.empty();
  if (!blank && hello.cluster_id != terms.cluster_id) {
    return Objected{RefusalReason::kOtherCluster,
                    absl::StrCat("node ", hello.name, " is of cluster ", absl::Hex(hello.cluster_id), ", this is ",
                                 absl::Hex(terms.cluster_id), ": give it an empty journal.path, or another peer")};
  }
  const bool reads_log = hello.schema_version >= terms.schema_version && hello.feature_level >= terms.feature_level;
  if (hello.protocol != replication::kProtocolVersion || !(reads_log || (terms.warm && hello.warm))) {
    return Objected{RefusalReason::kOtherVersion,
                    absl::StrCat("node ", hello.name, " knows protocol ", hello.protocol, ", schema version ",
                                 hello.schema_version, " and feature level ", hello.feature_level,
                                 "; the pair runs at ", replication::kProtocolVersion, ", ", terms.schema_version,
                                 " and ", terms.feature_level, ": install the program of this node there")};
  }
  if (hello.mode != terms.mode || hello.warm != terms.warm || hello.service != terms.service) {
    return Objected{RefusalReason::kOtherSettings,
                    absl::StrCat("node ", hello.name, " has durability ", ModeName(hello.mode), ", ",
                                 StandbyName(hello.warm), " standby and service address ", hello.service,
                                 "; this one ", ModeName(terms.mode), ", ", StandbyName(terms.warm), ", ",
                                 terms.service)};
  }
  return absl::nullopt;
}

}  // namespace understudy::daemon
