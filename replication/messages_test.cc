#include "replication/messages.h"

#include <cstddef>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "gtest/gtest.h"

namespace understudy::replication {
namespace {

Register SomeRegister() {
  Register value;
  value.cluster_id = 7;
  value.version = 12;
  value.epoch = Epoch(3);
  value.primary = {0xa0, 4};
  value.in_sync = {{0xa0, 4}, {0xb0, 1}};
  value.mode = CommitMode::kReceived;
  value.forced = true;
  return value;
}

Hello SomeHello() {
  Hello m;
  m.cluster_id = 7;
  m.node = {0xb0, 2};
  m.promise = Epoch(3);
  m.end = Lsn(20);
  m.chain = {1, 2};
  EXPECT_TRUE(m.history.Add(Epoch(1), Lsn(1)).ok());
  EXPECT_TRUE(m.history.Add(Epoch(3), Lsn(9)).ok());
  m.schema_version = 5;
  m.feature_level = 6;
  m.mode = CommitMode::kReceived;
  m.name = "b";
  m.service = "192.0.2.1";
  m.configuration_digest = 99;
  m.remote_timeout = Duration::Seconds(1);
  m.timeout = Duration::Seconds(2);
  m.wants_state = true;
  m.quarantined = {4, 5, 6};
  m.warm = true;
  return m;
}

Welcome SomeWelcome() {
  Welcome m;
  m.cluster_id = 7;
  m.node = {0xa0, 4};
  m.epoch = Epoch(3);
  m.common_epoch = Epoch(1);
  m.common_lsn = Lsn(8);
  m.chain = {3, 4};
  m.plan = Plan::kState;
  m.end = Lsn(30);
  m.schema_version = 5;
  m.feature_level = 6;
  m.name = "a";
  m.configuration_digest = 99;
  m.remote_timeout = Duration::Milliseconds(700);
  m.timeout = Duration::Milliseconds(800);
  m.boot_time = Duration::Seconds(77);
  m.remote_trace = true;
  m.quarantined = {4};
  return m;
}

Refusal SomeRefusal() {
  Refusal m;
  m.reason = RefusalReason::kPromisedMore;
  m.text = "promised 4";
  m.node = {0xa0, 4};
  m.view = SomeRegister();
  m.quarantined = {1};
  return m;
}

StateEnd SomeStateEnd() {
  StateEnd m;
  m.snapshot = "head";
  m.digest = {5, 6};
  m.bytes = 1000;
  m.counts = {1, 2, 3};
  m.batch = std::string("\0batch", 6);
  m.calls_sent = 10;
  m.calls_known = 20;
  return m;
}

Check SomeCheck() { return {Lsn(9), {1, 2}, Hash128{7, 8}}; }

// There and back: what is encoded again has the same octets, so no field was lost.
template <class Message>
void ThereAndBack(const Message& message) {
  const std::string bytes = Encode(message);
  Message read;
  ASSERT_EQ(Decode(bytes, &read), absl::OkStatus());
  EXPECT_EQ(Encode(read), bytes);
  EXPECT_NE(bytes, Encode(Message()));
}

TEST(Messages, EachComesBackAsItWas) {
  ThereAndBack(SomeHello());
  ThereAndBack(SomeWelcome());
  ThereAndBack(SomeRefusal());
  ThereAndBack(Ack{Epoch(3), Lsn(9), Lsn(8), Lsn(7)});
  ThereAndBack(Heartbeat{1, 2, Lsn(3)});
  ThereAndBack(SomeStateEnd());
  ThereAndBack(SomeCheck());
  ThereAndBack(Suspects{{1, 2, 3}});
  ThereAndBack(SomeRegister());
}

TEST(Messages, FieldsKeepTheirPlaces) {
  Hello hello;
  ASSERT_TRUE(Decode(Encode(SomeHello()), &hello).ok());
  EXPECT_EQ(hello.node, (Incarnation{0xb0, 2}));
  EXPECT_EQ(hello.promise, Epoch(3));
  EXPECT_EQ(hello.end, Lsn(20));
  EXPECT_EQ(hello.history, SomeHello().history);
  EXPECT_EQ(hello.remote_timeout, Duration::Seconds(1));
  EXPECT_EQ(hello.timeout, Duration::Seconds(2));
  EXPECT_EQ(hello.quarantined, (std::vector<uint64_t>{4, 5, 6}));
  Welcome welcome;
  ASSERT_TRUE(Decode(Encode(SomeWelcome()), &welcome).ok());
  EXPECT_EQ(welcome.common_epoch, Epoch(1));
  EXPECT_EQ(welcome.common_lsn, Lsn(8));
  EXPECT_EQ(welcome.plan, Plan::kState);
  EXPECT_EQ(welcome.boot_time, Duration::Seconds(77));
  Refusal refusal;
  ASSERT_TRUE(Decode(Encode(SomeRefusal()), &refusal).ok());
  EXPECT_EQ(refusal.view, SomeRegister());
  Ack ack;
  ASSERT_TRUE(Decode(Encode(Ack{Epoch(3), Lsn(9), Lsn(8), Lsn(7)}), &ack).ok());
  EXPECT_EQ(ack.received, Lsn(9));
  EXPECT_EQ(ack.durable, Lsn(8));
  EXPECT_EQ(ack.applied, Lsn(7));
}

TEST(Messages, ARefusalWithoutAViewHasNoneOnTheOtherSide) {
  Refusal message = SomeRefusal();
  message.view.reset();
  Refusal read = SomeRefusal();
  ASSERT_TRUE(Decode(Encode(message), &read).ok());
  EXPECT_FALSE(read.view.has_value());
}

template <class Message>
void ExpectRefused(const Message& message, absl::string_view part_of_the_reason) {
  Message read;
  const absl::Status status = Decode(Encode(message), &read);
  EXPECT_EQ(status.code(), absl::StatusCode::kInvalidArgument);
  EXPECT_NE(status.message().find(part_of_the_reason), absl::string_view::npos) << status;
}

TEST(Messages, BeyondTheirLimitsTheyAreRefusedWithTheLimit) {
  Hello hello = SomeHello();
  hello.name = std::string(kMaxNameOctets + 1, 'n');
  ExpectRefused(hello, "at most 256");
  hello = SomeHello();
  hello.quarantined.assign(kMaxFingerprints + 1, 1);
  ExpectRefused(hello, "at most 1024");
  Register three = SomeRegister();
  three.in_sync.push_back({0xc0, 1});
  ExpectRefused(three, "at most 2");
  StateEnd end = SomeStateEnd();
  end.counts.assign(kMaxCounts + 1, 1);
  ExpectRefused(end, "at most 64");
  ExpectRefused(Suspects{std::vector<uint64_t>(kMaxFingerprints + 1, 1)}, "at most 1024");
}

TEST(Messages, AtTheirLimitsTheyPass) {
  Hello hello = SomeHello();
  hello.name = std::string(kMaxNameOctets, 'n');
  hello.quarantined.assign(kMaxFingerprints, 1);
  ThereAndBack(hello);
  ThereAndBack(Suspects{std::vector<uint64_t>(kMaxFingerprints, 1)});
}

// Whatever was read keeps the limits: that is what its reader relies on.
void ExpectWithinLimits(const Hello& m) {
  EXPECT_LE(m.name.size(), kMaxNameOctets);
  EXPECT_LE(m.service.size(), kMaxNameOctets);
  EXPECT_LE(m.quarantined.size(), kMaxFingerprints);
  EXPECT_LE(m.history.epochs().size(), EpochHistory::kMaxEpochs);
}
void ExpectWithinLimits(const Welcome& m) { EXPECT_LE(m.quarantined.size(), kMaxFingerprints); }
void ExpectWithinLimits(const Refusal& m) {
  EXPECT_LE(m.text.size(), 4 * kMaxNameOctets);
  if (m.view) {
    EXPECT_LE(m.view->in_sync.size(), 2u);
  }
}
void ExpectWithinLimits(const Register& m) { EXPECT_LE(m.in_sync.size(), 2u); }
void ExpectWithinLimits(const StateEnd& m) { EXPECT_LE(m.counts.size(), kMaxCounts); }
void ExpectWithinLimits(const Check& m) { EXPECT_LE(m.counts.size(), kMaxCounts); }
void ExpectWithinLimits(const Suspects& m) { EXPECT_LE(m.fingerprints.size(), kMaxFingerprints); }
void ExpectWithinLimits(const Ack&) {}
void ExpectWithinLimits(const Heartbeat&) {}

template <class Message>
void Damage(const Message& message) {
  const std::string bytes = Encode(message);
  for (size_t length = 0; length < bytes.size(); ++length) {
    Message read;
    if (Decode(absl::string_view(bytes).substr(0, length), &read).ok()) ExpectWithinLimits(read);
  }
  for (size_t at = 0; at < bytes.size(); ++at) {
    for (int bit = 0; bit < 8; ++bit) {
      std::string damaged = bytes;
      damaged[at] = static_cast<char>(damaged[at] ^ (1 << bit));
      Message read;
      if (Decode(damaged, &read).ok()) ExpectWithinLimits(read);
    }
  }
}

TEST(Messages, DamagedOctetsAreAnErrorOrAMessageWithinTheLimits) {
  Damage(SomeHello());
  Damage(SomeWelcome());
  Damage(SomeRefusal());
  Damage(Ack{Epoch(3), Lsn(9), Lsn(8), Lsn(7)});
  Damage(Heartbeat{1, 2, Lsn(3)});
  Damage(SomeStateEnd());
  Damage(SomeCheck());
  Damage(Suspects{{1, 2, 3}});
  Damage(SomeRegister());
}

TEST(Messages, EveryRefusalHasAName) {
  for (int r = 0; r <= static_cast<int>(RefusalReason::kBusy); ++r) {
    EXPECT_NE(RefusalName(static_cast<RefusalReason>(r)), "?");
  }
}

}  // namespace
}  // namespace understudy::replication
