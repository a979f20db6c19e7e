#include "daemon/core/set_aside.h"

#include <utility>

#include "absl/strings/str_cat.h"
#include "journal/refill.h"

namespace understudy::daemon {

absl::StatusOr<std::unique_ptr<Core>> OpenOrSetAside(const CoreOptions& options, EffectSink* sink,
                                                     std::function<void()> wake,
                                                     absl::optional<JournalSetAside>* aside) {
  aside->reset();
  absl::StatusOr<std::unique_ptr<Core>> core = Core::Open(options, sink, wake);
  if (!absl::IsDataLoss(core.status())) return core;
  journal::RefillOptions refill;
  refill.file_system = options.file_system;
  refill.directory = options.directory;
  refill.lock = options.lock;
  refill.cluster_id = options.cluster_id;
  refill.new_store_id = options.random.k1 | 1;
  const absl::StatusOr<std::string> where = journal::SetAside(refill);
  if (!where.ok()) {
    return absl::Status(where.status().code(), absl::StrCat(core.status().message(), "; and it cannot be set aside: ",
                                                            where.status().message()));
  }
  *aside = JournalSetAside{std::string(core.status().message()), *where};
  return Core::Open(options, sink, std::move(wake));
}

}  // namespace understudy::daemon
