#include "daemon/core/readable_version.h"

#include "absl/strings/str_cat.h"
#include "base/feature_level.h"
#include "journal/batch.h"

namespace understudy::daemon {

absl::Status CheckReadable(absl::string_view what, uint32_t schema_version, uint32_t feature_level) {
  const bool too_old = schema_version < journal::kOldestSchemaVersion;
  if (!too_old && schema_version <= journal::kSchemaVersion && feature_level <= kFeatureLevel) return absl::OkStatus();
  const absl::string_view advice =
      too_old ? "end its calls with the version that wrote this journal, then begin a new one: an empty journal.path"
              : "start the version that wrote this journal, or a later one";
  return absl::FailedPreconditionError(absl::StrCat(what, " was written with schema version ", schema_version,
                                                    " and feature level ", feature_level, "; this program knows ",
                                                    journal::kSchemaVersion, " and ", kFeatureLevel, ": ", advice));
}

}  // namespace understudy::daemon
