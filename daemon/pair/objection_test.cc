#include "daemon/pair/objection.h"

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

using replication::CommitMode;
using replication::Hello;
using replication::RefusalReason;
using testing::HasSubstr;

constexpr char kService[] = "10.0.0.1:5060";

PairTerms Terms() { return {0xc1, 3, 2, CommitMode::kDurable, false, kService}; }

Hello Fitting() {
  Hello hello;
  hello.cluster_id = 0xc1;
  hello.end = Lsn(7);
  hello.schema_version = 3;
  hello.feature_level = 2;
  hello.name = "sip-b";
  hello.service = kService;
  return hello;
}

void ExpectRefused(const Hello& hello, RefusalReason reason, const std::string& words) {
  const absl::optional<Objected> why = Objection(Terms(), hello);
  ASSERT_TRUE(why) << words;
  EXPECT_EQ(why->reason, reason) << why->text;
  EXPECT_THAT(why->text, HasSubstr(words));
}

TEST(Objection, ANodeThatFitsIsTaken) { EXPECT_FALSE(Objection(Terms(), Fitting())); }

TEST(Objection, ABlankNodeIsTakenAndOneOfAnotherClusterIsNot) {
  Hello hello = Fitting();
  hello.cluster_id = 0;
  ExpectRefused(hello, RefusalReason::kOtherCluster, "is of cluster 0, this is c1");
  hello.end = Lsn();
  EXPECT_FALSE(Objection(Terms(), hello));
  hello.cluster_id = 0xc2;
  ExpectRefused(hello, RefusalReason::kOtherCluster, "is of cluster c2, this is c1: give it an empty journal.path");
}

TEST(Objection, AnEarlierProgramIsRefusedAndTheTextSaysBoth) {
  Hello hello = Fitting();
  hello.feature_level = 1;
  ExpectRefused(hello, RefusalReason::kOtherVersion,
                "node sip-b knows protocol 1, schema version 3 and feature level 1; the pair runs at 1, 3 and 2");
  hello = Fitting();
  hello.schema_version = 2;
  ExpectRefused(hello, RefusalReason::kOtherVersion, "schema version 2 and feature level 2; the pair runs at 1, 3 and 2");
  for (const uint32_t protocol : {0u, 2u}) {
    hello = Fitting();
    hello.protocol = protocol;
    ExpectRefused(hello, RefusalReason::kOtherVersion, "install the program of this node there");
  }
}

TEST(Objection, ALaterProgramIsTaken) {
  Hello hello = Fitting();
  hello.schema_version = 4;
  hello.feature_level = 9;
  EXPECT_FALSE(Objection(Terms(), hello));
}

TEST(Objection, WithWarmStandbyTheLogsVersionsDoNotMatter) {
  PairTerms terms = Terms();
  terms.warm = true;
  Hello hello = Fitting();
  hello.warm = true;
  hello.schema_version = hello.feature_level = 0;
  EXPECT_FALSE(Objection(terms, hello));
  hello.protocol = 2;
  EXPECT_EQ(Objection(terms, hello)->reason, RefusalReason::kOtherVersion);
}

TEST(Objection, OtherSettingsAreRefused) {
  Hello hello = Fitting();
  hello.mode = CommitMode::kReceived;
  ExpectRefused(hello, RefusalReason::kOtherSettings, "durability received, hot standby");
  hello = Fitting();
  hello.warm = true;
  ExpectRefused(hello, RefusalReason::kOtherSettings, "warm standby");
  hello = Fitting();
  hello.service = "10.0.0.2:5060";
  ExpectRefused(hello, RefusalReason::kOtherSettings, "service address 10.0.0.2:5060");
}

}  // namespace
}  // namespace understudy::daemon
