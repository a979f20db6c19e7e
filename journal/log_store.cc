#include "journal/log_store.h"

#include "absl/strings/str_cat.h"

namespace understudy::journal {

absl::Status ExtendRange(const EncodedBatch& batch, LogRange* range) {
  const BatchPrelude& prelude = batch.prelude();
  if (!range->empty() && prelude.first_lsn != range->last.Next()) {
    return absl::FailedPreconditionError(absl::StrCat("batch ", prelude.first_lsn.value(), "..",
                                                      prelude.last_lsn().value(),
                                                      " does not continue a log that ends at ", range->last.value()));
  }
  if (!range->empty() && prelude.previous_chain != range->chain) {
    return absl::FailedPreconditionError(
        absl::StrCat("batch ", prelude.first_lsn.value(), " belongs to another history: its chain does not fit"));
  }
  if (range->empty()) range->first = prelude.first_lsn;
  range->last = prelude.last_lsn();
  range->chain = prelude.chain;
  return absl::OkStatus();
}

absl::Status NotABoundary(Lsn from) {
  return absl::FailedPreconditionError(absl::StrCat("entry ", from.value(), " is not the first of a batch"));
}

}  // namespace understudy::journal
