#include "daemon/config/nearest_name.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

TEST(NearestName, DistanceCountsSingleEdits) {
  EXPECT_EQ(EditDistance("", ""), 0);
  EXPECT_EQ(EditDistance("port", ""), 4);
  EXPECT_EQ(EditDistance("port", "port"), 0);
  EXPECT_EQ(EditDistance("port", "ports"), 1);
  EXPECT_EQ(EditDistance("port", "pert"), 1);
  EXPECT_EQ(EditDistance("port", "ort"), 1);
  EXPECT_EQ(EditDistance("port", "prot"), 1);
  EXPECT_EQ(EditDistance("kitten", "sitting"), 3);
}

TEST(NearestName, CaseDoesNotCount) {
  EXPECT_EQ(EditDistance("TServer", "tserver"), 0);
}

TEST(NearestName, LongTextsCostNoMoreThanShortOnes) {
  EXPECT_EQ(EditDistance(std::string(1'000'000, 'a'), std::string(1'000'000, 'b')), 64);
}

TEST(NearestName, WhatIsFarIsNotSuggested) {
  EXPECT_EQ(NearestName("foo", {"log", "name"}), "");
  EXPECT_EQ(NearestName("http", {"http-address", "http-port"}), "");
  EXPECT_EQ(NearestName("snapshots-intervals", {"snapshot-interval"}), "snapshot-interval");
  EXPECT_EQ(NearestName("registrar-absolutely", {"registrar-max-timeout"}), "");
}

TEST(NearestName, TheFirstOfTheNearestIsChosen) {
  EXPECT_EQ(NearestName("prefx", {"priority", "prefix", "replace-prefix"}), "prefix");
  EXPECT_EQ(NearestName("x", {"a", "b"}), "a");
  EXPECT_EQ(NearestName("x", {}), "");
}

}  // namespace
}  // namespace understudy::daemon
