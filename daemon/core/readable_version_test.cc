#include "daemon/core/readable_version.h"

#include "base/feature_level.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "journal/batch.h"

namespace understudy::daemon {
namespace {

using testing::HasSubstr;

TEST(ReadableVersionTest, WhatThisProgramWritesItReads) {
  EXPECT_TRUE(CheckReadable("lsn 1", journal::kSchemaVersion, kFeatureLevel).ok());
  EXPECT_TRUE(CheckReadable("lsn 1", journal::kOldestSchemaVersion, 0).ok());
}

TEST(ReadableVersionTest, WhatALaterVersionWroteIsRefused) {
  for (const absl::Status& status : {CheckReadable("lsn 7", journal::kSchemaVersion + 1, 0),
                                     CheckReadable("lsn 7", journal::kSchemaVersion, kFeatureLevel + 1)}) {
    EXPECT_THAT(status.message(), HasSubstr("lsn 7 was written with schema version"));
    EXPECT_THAT(status.message(), HasSubstr("start the version that wrote this journal, or a later one"));
  }
}

TEST(ReadableVersionTest, WhatIsTooOldIsRefusedWithAWayOut) {
  const absl::Status status = CheckReadable("the snapshot at lsn 7", journal::kOldestSchemaVersion - 1, 0);
  EXPECT_TRUE(absl::IsFailedPrecondition(status));
  EXPECT_THAT(status.message(), HasSubstr("begin a new one: an empty journal.path"));
}

}  // namespace
}  // namespace understudy::daemon
