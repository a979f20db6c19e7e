// Replaces a file as a whole, in one step: after a death there is the old one or the new one, and nothing between.
#ifndef UNDERSTUDY_JOURNAL_WHOLE_FILE_H_
#define UNDERSTUDY_JOURNAL_WHOLE_FILE_H_

#include <string>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "rocksdb/file_system.h"

namespace understudy::journal {

// Makes `path` hold `bytes`, for good on return; what was there is gone. Goes by way of PATH.partial, which may be left
// behind by a death.
absl::Status ReplaceFile(rocksdb::FileSystem* file_system, const std::string& path, absl::string_view bytes);

}  // namespace understudy::journal

#endif  // UNDERSTUDY_JOURNAL_WHOLE_FILE_H_
