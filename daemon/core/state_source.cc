#include "daemon/core/state_source.h"

#include "absl/strings/str_cat.h"

namespace understudy::daemon {

std::string ToText(const StateProof& proof) {
  return absl::StrCat("lsn ", proof.lsn.value(), ": digest ", proof.digest.ToHex(), ", ", ToText(proof.counts));
}

}  // namespace understudy::daemon
