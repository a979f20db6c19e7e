#include "engine/events/event_package.h"

#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

TEST(EventPackageTest, EveryPackageIsFoundByItsNameAndItsNumber) {
  for (const EventPackage package : {EventPackage::kDialog, EventPackage::kMessageSummary, EventPackage::kReg}) {
    const PackageRow& row = RowOf(package);
    EXPECT_EQ(row.package, package);
    EXPECT_EQ(FindPackage(row.name), &row);
  }
}

// RFC 6665 8.4: event types are compared octet by octet.
TEST(EventPackageTest, OtherNamesAreNone) {
  EXPECT_EQ(FindPackage("Dialog"), nullptr);
  EXPECT_EQ(FindPackage("dialog.winfo"), nullptr);
  EXPECT_EQ(FindPackage(""), nullptr);
}

TEST(EventPackageTest, AllAreAllowed) {
  EXPECT_EQ(AllowedEvents(), "dialog, message-summary, reg");
}

}  // namespace
}  // namespace understudy::engine
