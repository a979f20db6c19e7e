// Inputs and states as bytes, whole and damaged.
#include <cstring>
#include <random>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "base/feature_level.h"
#include "engine/apply.h"
#include "engine/bench/sipp_calls.h"
#include "engine/effect_hash.h"
#include "engine/input_codec.h"
#include "engine/snapshot.h"
#include "gtest/gtest.h"

namespace understudy::engine {
namespace {

// Bytes aligned as the journal hands them out.
class Aligned {
 public:
  explicit Aligned(absl::string_view bytes) : words_((bytes.size() + 7) / 8), size_(bytes.size()) {
    if (!bytes.empty()) std::memcpy(words_.data(), bytes.data(), bytes.size());
  }
  absl::string_view view() const { return {reinterpret_cast<const char*>(words_.data()), size_}; }
  char* data() { return reinterpret_cast<char*>(words_.data()); }

 private:
  std::vector<uint64_t> words_;
  size_t size_;
};

LocateAnswer DnsAnswer() {
  LocateAnswer answer;
  answer.failure = LocateFailure::kSilence;
  answer.ttl = UINT32_MAX;
  answer.naptr = {{1, 2, Transport::kTls, "_sips._tcp.example.com"}};
  answer.srv = {{Transport::kTcp, "_sip._tcp.example.com", 3, 4, 5, "a.example.com"}};
  answer.addresses = {{"a.example.com", Endpoint::V4(10, 0, 0, 1, 0)}};
  return answer;
}

std::vector<std::string> EncodedOneOfEach() {
  SippCalls calls;
  calls.SetUp();
  ConfigurationChange change;
  change.switch_name = "Main";
  change.removals = {"1001"};
  tlib::Message request(tlib::MessageType::kRequestMakeCall);
  request.Set(tlib::Attribute::kThisDN, "1001").Set(tlib::Attribute::kReferenceID, -1);
  InputEncoder encoder;
  std::vector<std::string> encoded;
  for (const Input& input : std::vector<Input>{
           EpochStart{{1, UINT64_MAX}, true}, ConfigurationChanged{change}, calls.entries()[2].input,
           FlowOpened{FlowId(1), Transport::kTls, Endpoint::V4(10, 0, 0, 1, 1)}, FlowClosed{FlowId(2)},
           SendFailed{TransactionId(3)}, ClockAdvanced{}, ServiceGap{Duration::Seconds(-1)},
           IngressSummary{{1, 0, UINT64_MAX}}, FeatureLevelRaised{kFeatureLevel},
           ClientAttached{LinkId(1), {2, UINT64_MAX, 3}, std::string("rou\0ter", 7), "10.0.0.9:5"},
           ClientRequested{LinkId(UINT64_MAX), {7, request}},
           ClientsAcknowledged{{{LinkId(1), 2}, {LinkId(3), UINT64_MAX}}}, ClientLinkLost{LinkId(4), true},
           NamesResolved{NameId(5), DnsAnswer()}, SendLost{TransactionId(4), true}}) {
    encoded.emplace_back(encoder.Encode(input));
  }
  return encoded;
}

Aligned Encoded(const Input& input) {
  InputEncoder encoder;
  return Aligned(encoder.Encode(input));
}

TEST(InputCodecTest, EveryAlternativeComesBackAsItWas) {
  const std::vector<std::string> all = EncodedOneOfEach();
  ASSERT_EQ(all.size(), std::variant_size_v<Input>);
  InputEncoder encoder;
  for (size_t kind = 0; kind < all.size(); ++kind) {
    const Aligned bytes(all[kind]);
    Input input;
    ASSERT_TRUE(DecodeInput(bytes.view(), &input).ok()) << kind;
    EXPECT_EQ(InputKind(input), kind);
    EXPECT_NE(InputKindName(static_cast<uint16_t>(kind)), "unknown");
    EXPECT_EQ(encoder.Encode(input), bytes.view()) << kind;
  }
  EXPECT_EQ(InputKindName(static_cast<uint16_t>(all.size())), "unknown");
}

TEST(InputCodecTest, WhoseSignatureTheFrontEndFoundComesBack) {
  SippCalls calls;
  calls.SetUp();
  Input input = calls.entries()[2].input;
  auto& received = std::get<SipReceived>(input);
  for (absl::string_view signer : {"", "1001", "a*b#c"}) {
    received.authenticated = signer;
    const Aligned bytes = Encoded(input);
    Input decoded;
    ASSERT_TRUE(DecodeInput(bytes.view(), &decoded).ok());
    EXPECT_EQ(std::get<SipReceived>(decoded).authenticated, signer);
    EXPECT_EQ(std::get<SipReceived>(decoded).bytes, received.bytes);
  }
}

TEST(InputCodecTest, TheAddressThatWasAskedComesBackOrNone) {
  SippCalls calls;
  calls.SetUp();
  Input input = calls.entries()[2].input;
  auto& received = std::get<SipReceived>(input);
  for (const Endpoint& local : {Endpoint(), Endpoint::V4(10, 1, 0, 10, 5060), *Endpoint::Parse("2001:db8::1", 5060)}) {
    received.local = local;
    const Aligned bytes = Encoded(input);
    Input decoded;
    ASSERT_TRUE(DecodeInput(bytes.view(), &decoded).ok());
    EXPECT_EQ(std::get<SipReceived>(decoded).local, local);
    EXPECT_EQ(std::get<SipReceived>(decoded).remote, received.remote);
  }
}

TEST(InputCodecTest, AFeatureLevelThatThisProgramDoesNotKnowIsRefused) {
  const Aligned bytes = Encoded(FeatureLevelRaised{kFeatureLevel + 1});
  Input input;
  const absl::Status status = DecodeInput(bytes.view(), &input);
  EXPECT_FALSE(status.ok());
  EXPECT_NE(status.message().find("start the version that wrote it"), absl::string_view::npos) << status;
}

TEST(SnapshotTest, TheFeatureLevelIsInTheStateAndOnlyEverRises) {
  State state;
  Effects effects;
  for (const uint32_t level : {0, 2, 1}) {
    Entry entry;
    entry.lsn = state.lsn.Next();
    entry.input = FeatureLevelRaised{level};
    Apply(&state, entry, &effects);
    EXPECT_TRUE(effects.list.empty());
  }
  EXPECT_EQ(state.feature_level, 2u);
  std::string saved;
  SaveState(state, &saved);
  State loaded;
  ASSERT_TRUE(LoadState(saved, &loaded).ok());
  EXPECT_EQ(loaded, state);
  loaded.feature_level = 1;
  EXPECT_NE(DigestState(loaded), DigestState(state));
}

// States of before there were levels keep their digest.
TEST(SnapshotTest, LevelZeroIsNotWritten) {
  std::string saved;
  SaveState(State(), &saved);
  absl::string_view rest = saved;
  StateObject header;
  ASSERT_TRUE(TakeSaved(&rest, &header));
  EXPECT_EQ(header.bytes.size(), 2u * 14) << "fields 1 to 14, a byte each for number and value";
}

TEST(InputCodecTest, DamagedBytesNeverCrash) {
  std::mt19937 random(1);
  for (const std::string& whole : EncodedOneOfEach()) {
    for (size_t size = 0; size <= whole.size(); size += size < 64 ? 1 : 8) {
      const Aligned cut(absl::string_view(whole).substr(0, size));
      Input input;
      DecodeInput(cut.view(), &input).IgnoreError();
    }
    for (int round = 0; round < 3000; ++round) {
      Aligned damaged(whole);
      for (int i = 0; i < 3; ++i) damaged.data()[random() % whole.size()] = static_cast<char>(random());
      Input input;
      DecodeInput(damaged.view(), &input).IgnoreError();
    }
  }
}

TEST(InputCodecTest, BytesThatAreNotAlignedAreRefused) {
  const std::string whole = EncodedOneOfEach()[6];
  const Aligned bytes("x" + whole + "1234567");
  Input input;
  EXPECT_FALSE(DecodeInput(bytes.view().substr(1, whole.size()), &input).ok());
  EXPECT_FALSE(DecodeInput(bytes.view().substr(0, 7), &input).ok());
}

TEST(SnapshotTest, DamagedBytesAreRefusedOrLoadAsSomethingElseButNeverCrash) {
  SippCalls calls;
  calls.Run(3, 1);
  calls.SetUp();
  std::string saved;
  SaveState(calls.state(), &saved);
  State state;
  ASSERT_TRUE(LoadState(saved, &state).ok());
  EXPECT_EQ(state, calls.state());
  for (size_t size = 1; size < saved.size(); size += 7) LoadState(saved.substr(0, size), &state).IgnoreError();
  std::mt19937 random(1);
  for (int round = 0; round < 3000; ++round) {
    std::string damaged = saved;
    for (int i = 0; i < 2; ++i) damaged[random() % damaged.size()] = static_cast<char>(random());
    LoadState(damaged, &state).IgnoreError();
  }
}

TEST(SnapshotTest, AChangeOfOneObjectChangesTheDigestByThatObject) {
  SippCalls calls;
  calls.Run(3, 1);
  State changed = calls.state();
  ASSERT_EQ(DigestState(changed), DigestState(calls.state()));
  changed.wall_time = changed.wall_time + Duration::Seconds(1);
  EXPECT_NE(DigestState(changed), DigestState(calls.state()));
}

TEST(EffectHashTest, EveryFieldOfWhatConcernsClientsCounts) {
  SendClient client;
  tlib::EventFrame event;
  CloseClient close;
  SessionProgress session;
  std::vector<Effects> all;
  const auto add = [&](Effect effect) { all.emplace_back().list.push_back(std::move(effect)); };
  add(client);
  client.link = LinkId(1);
  add(client);
  client.session = SessionId(1);
  add(client);
  client.frame = tlib::Attached{1, 2, 3};
  add(client);
  client.frame = event;
  add(client);
  event.number = 1;
  client.frame = event;
  add(client);
  event.reference_id = 0;
  client.frame = event;
  add(client);
  event.message = SharedBytes("bytes");
  client.frame = event;
  add(client);
  add(close);
  close.link = LinkId(1);
  add(close);
  close.goodbye.code = tlib::ErrorCode::kSlowClient;
  add(close);
  add(session);
  session.step = SessionProgress::Step::kEnded;
  add(session);
  session.code = tlib::ErrorCode::kTimeout;
  add(session);
  ASSERT_EQ(all.size(), 14u);
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(HashEffects(all[i]), HashEffects(all[j])) << i << " " << j;
  }
}

TEST(EffectHashTest, EveryFieldOfAQuestionToDnsCounts) {
  Locate locate;
  std::vector<Effects> all;
  const auto add = [&] { all.emplace_back().list.push_back(locate); };
  add();
  locate.name = NameId(1);
  add();
  locate.query.host = "example.com";
  add();
  locate.query.port = 5060;
  add();
  locate.query.transport = Transport::kTls;
  add();
  locate.query.transport_open = true;
  add();
  locate.query.secure = true;
  add();
  locate.query.by_service = true;
  add();
  for (size_t i = 0; i < all.size(); ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(HashEffects(all[i]), HashEffects(all[j])) << i << " " << j;
  }
}

TEST(EffectHashTest, EveryFieldCounts) {
  SendSip send;
  send.remote = Endpoint::V4(10, 0, 0, 1, 5060);
  send.bytes = SharedBytes("bytes");
  CallProgress call;
  call.from = "1";
  RegistrationProgress registration;
  registration.number = "1";
  DeviceProgress device;
  std::vector<Effects> all(22);
  size_t n = 1;  // the first stays empty
  const auto add = [&](Effect effect) { all[n++].list.push_back(std::move(effect)); };
  add(send);
  send.transport = Transport::kTcp;
  add(send);
  send.flow = FlowId(1);
  add(send);
  send.remote = Endpoint::V4(10, 0, 0, 1, 5061);
  add(send);
  send.bytes = SharedBytes("byte");
  add(send);
  send.transaction = TransactionId(1);
  add(send);
  send.local = Endpoint::V4(10, 0, 0, 10, 5060);
  add(send);
  send.domain = SharedBytes("a");
  add(send);
  add(call);
  call.to = "1";
  add(call);
  call.status = -1;
  add(call);
  call.step = CallProgress::Step::kFailed;
  add(call);
  call.call = CallId(1);
  add(call);
  add(registration);
  registration.contact = "1";
  add(registration);
  registration.step = RegistrationProgress::Step::kExpired;
  add(registration);
  add(device);
  device.number = "1";
  add(device);
  device.step = DeviceProgress::Step::kRested;
  add(device);
  device.status = 503;
  add(device);
  all[n++].calls.push_back(CallId(1));
  ASSERT_EQ(n, all.size());
  for (size_t i = 0; i < n; ++i) {
    for (size_t j = 0; j < i; ++j) EXPECT_NE(HashEffects(all[i]), HashEffects(all[j])) << i << " " << j;
  }
}

}  // namespace
}  // namespace understudy::engine
