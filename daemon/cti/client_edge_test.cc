// What a client may say when, and what it hears. Limits: client_limits_test.cc.
#include "daemon/cti/client_edge.h"

#include <string>
#include <vector>

#include "daemon/cti/edge_testing.h"
#include "daemon/cti/link_name.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tlib/message_codec.h"

namespace understudy::daemon {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;
using testing::IsEmpty;
using tlib::Attribute;
using tlib::ErrorCode;
using tlib::Message;
using tlib::MessageType;
using tlib::ServerRole;

class ClientEdgeTest : public EdgeTest {
 protected:
  static tlib::Hello HelloOf(const std::string& application, const std::string& password = "") {
    tlib::Hello hello;
    hello.application = application;
    hello.password = password;
    return hello;
  }
  static tlib::RequestFrame Request(uint64_t number, MessageType type = MessageType::kRequestRegisterAddress) {
    return {number, Message(type).Set(Attribute::kThisDN, "1001").Set(Attribute::kReferenceID, int64_t{5})};
  }
  ErrorCode CodeOfEnd(TestClient& client) {
    EXPECT_FALSE(client.connection->open);
    return client.Last<tlib::Goodbye>().code;
  }
  void BecomeBackup() {
    host_.serves = false;
    edge_->OnRole();
  }
  void BecomePrimary(Epoch epoch) {
    host_.serves = true;
    host_.its_epoch = epoch;
    edge_->OnRole();
  }
};

TEST_F(ClientEdgeTest, WelcomeSaysWhoTheNodeIsAndWhatItExpects) {
  TestClient client = Connect();
  client.Say(HelloOf("crm", "open"));
  const auto welcome = client.Last<tlib::Welcome>();
  EXPECT_EQ(welcome.server, "sip-a");
  EXPECT_EQ(welcome.program, "understudyd 1");
  EXPECT_EQ(welcome.role, ServerRole::kPrimary);
  EXPECT_EQ(welcome.addp_milliseconds, 10000u);
  EXPECT_EQ(welcome.session_timeout_milliseconds, 60000u);
}

TEST_F(ClientEdgeTest, WrongPasswordEndsTheLink) {
  TestClient client = Connect();
  client.Say(HelloOf("crm", "sesame"));
  EXPECT_EQ(CodeOfEnd(client), ErrorCode::kInvalidPassword);
  EXPECT_EQ(EndsBy(LinkEnd::kWrongPassword), 1u);
  EXPECT_EQ(edge_->counters().links, 0u);
}

TEST_F(ClientEdgeTest, WhatFollowsHelloWaitsForTheVerdict) {
  passwords_.waits = true;
  TestClient client = Connect();
  client.Say(HelloOf("crm", "open"));
  client.Say(tlib::Attach{});
  EXPECT_THAT(client.Heard(), IsEmpty());
  EXPECT_TRUE(client.connection->paused);
  passwords_.Answer();
  client.Last<tlib::Welcome>();
  EXPECT_FALSE(client.connection->paused);
  EXPECT_EQ(host_.Take<engine::ClientAttached>().size(), 1u);
}

TEST_F(ClientEdgeTest, AVerdictForALinkThatHasGoneIsForgotten) {
  passwords_.waits = true;
  TestClient client = Connect();
  client.Say(HelloOf("crm", "open"));
  client.Hangs("gone");
  passwords_.Answer();
  EXPECT_EQ(edge_->counters().welcomed, 0u);
}

TEST_F(ClientEdgeTest, VersionsBeforeOursAreRefusedAndLaterOnesHearOurs) {
  TestClient old = Connect();
  tlib::Hello hello = HelloOf("monitor");
  hello.version = 0;
  old.Say(hello);
  EXPECT_EQ(CodeOfEnd(old), ErrorCode::kVersion);
  TestClient young = Connect();
  hello.version = 9;
  young.Say(hello);
  EXPECT_EQ(young.Last<tlib::Welcome>().version, tlib::kProtocolVersion);
}

TEST_F(ClientEdgeTest, AttachBecomesAnInputWithTheLinksNameUnderTheEpoch) {
  TestClient client = Welcomed();
  client.Say(tlib::Attach{3, 4, 5});
  const auto inputs = host_.Take<engine::ClientAttached>();
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].link, EngineLink(Epoch(7), 1));
  EXPECT_EQ(inputs[0].attach, (tlib::Attach{3, 4, 5}));
  EXPECT_EQ(inputs[0].application, "monitor");
  EXPECT_EQ(inputs[0].address, "192.0.2.1:4000");
  EXPECT_EQ(host_.armed.back(), "attach of monitor to 3\r\n");
}

// What a client says that reads of two changes of roles at once: by the second one the first Attach is under way.
TEST_F(ClientEdgeTest, AnAttachThatIsSaidAgainIsOne) {
  TestClient client = Welcomed();
  client.Say(tlib::Attach{3, 4, 5});
  client.Say(tlib::Attach{3, 4, 5});
  EXPECT_TRUE(client.connection->open);
  EXPECT_EQ(host_.Take<engine::ClientAttached>().size(), 1u);
  client.Say(tlib::Attach{3, 4, 6});
  EXPECT_FALSE(client.connection->open);
  EXPECT_EQ(client.Last<tlib::Goodbye>().code, ErrorCode::kProtocolError);
  EXPECT_THAT(host_.Take<engine::ClientAttached>(), IsEmpty());
}

TEST_F(ClientEdgeTest, BackupAnswersAttachWithItsRoleAlone) {
  BecomeBackup();
  TestClient client = Welcomed();
  client.Say(tlib::Attach{});
  EXPECT_THAT(client.Heard(), ElementsAre(tlib::Frame(tlib::Role{ServerRole::kBackup})));
  EXPECT_TRUE(client.connection->open);
  EXPECT_THAT(host_.inputs, IsEmpty());
}

TEST_F(ClientEdgeTest, BelowLevelOneAttachSaysWhatToDo) {
  host_.level = 0;
  TestClient client = Welcomed();
  client.Say(tlib::Attach{});
  EXPECT_FALSE(client.connection->open);
  const auto goodbye = client.Last<tlib::Goodbye>();
  EXPECT_EQ(goodbye.code, ErrorCode::kVersion);
  EXPECT_EQ(goodbye.text, "raise the feature level: understudyctl raise-feature-level 1");
  EXPECT_THAT(host_.inputs, IsEmpty());
}

TEST_F(ClientEdgeTest, OverloadRefusesNewSessionsAndResumesOldOnes) {
  host_.takes_sessions = false;
  TestClient fresh = Welcomed();
  fresh.Say(tlib::Attach{});
  EXPECT_EQ(CodeOfEnd(fresh), ErrorCode::kServiceUnavailable);
  TestClient old = Welcomed();
  old.Say(tlib::Attach{3, 4, 5});
  EXPECT_EQ(host_.Take<engine::ClientAttached>().size(), 1u);
}

TEST_F(ClientEdgeTest, RequestBecomesAnInputWithoutItsPassword) {
  TestClient client = Attached();
  tlib::RequestFrame request = Request(1, MessageType::kRequestAgentLogin);
  request.message.Set(Attribute::kPassword, "Canary7Secret");
  client.Say(request);
  const auto inputs = host_.Take<engine::ClientRequested>();
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].link, link());
  EXPECT_EQ(inputs[0].request.number, 1u);
  EXPECT_FALSE(inputs[0].request.message.Has(Attribute::kPassword));
  EXPECT_EQ(host_.armed.back(), tlib::EncodeMessage(inputs[0].request.message).view());
}

TEST_F(ClientEdgeTest, QuarantinedRequestTakesItsNumberAndIsNoRequestAnyMore) {
  TestClient client = Attached();
  host_.quarantined = std::string(tlib::EncodeMessage(Request(1).message).view());
  client.Say(Request(1));
  const auto inputs = host_.Take<engine::ClientRequested>();
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(inputs[0].request.number, 1u);
  EXPECT_EQ(inputs[0].request.message.type(), MessageType::kEventError);
  EXPECT_EQ(inputs[0].request.message.Number(Attribute::kReferenceID), 5);
  EXPECT_EQ(inputs[0].request.message.Number(Attribute::kErrorCode), static_cast<int64_t>(ErrorCode::kInternal));
  EXPECT_EQ(edge_->counters().quarantined_requests, 1u);
}

TEST_F(ClientEdgeTest, InAnOverloadACallIsNoRequestAnyMoreAndKeepsItsNumber) {
  TestClient client = Attached();
  host_.takes_calls = false;
  client.Say(Request(1, MessageType::kRequestMakeCall));
  client.Say(Request(2, MessageType::kRequestReleaseCall));
  const auto inputs = host_.Take<engine::ClientRequested>();
  ASSERT_EQ(inputs.size(), 2u);
  EXPECT_EQ(inputs[0].request.number, 1u);
  EXPECT_EQ(inputs[0].request.message.type(), MessageType::kEventError);
  EXPECT_EQ(inputs[0].request.message.Number(Attribute::kReferenceID), 5);
  EXPECT_EQ(inputs[0].request.message.Number(Attribute::kErrorCode),
            static_cast<int64_t>(ErrorCode::kServiceUnavailable));
  EXPECT_EQ(inputs[0].request.message.Text(Attribute::kThisDN), "1001");
  EXPECT_EQ(inputs[1].request.message.type(), MessageType::kRequestReleaseCall);
  EXPECT_EQ(edge_->counters().overload_requests, 1u);
}

TEST_F(ClientEdgeTest, QuarantinedOctetsEndTheLink) {
  TestClient client = Welcomed();
  host_.quarantined = "poison";
  client.SayOctets("poison");
  EXPECT_EQ(CodeOfEnd(client), ErrorCode::kInternal);
  EXPECT_EQ(EndsBy(LinkEnd::kQuarantined), 1u);
}

TEST_F(ClientEdgeTest, OutsideASessionOnlyTheServerIsToldOf) {
  BecomeBackup();
  TestClient client = Welcomed();
  client.Say(Request(0, MessageType::kRequestQueryServer));
  const auto event = client.Last<tlib::EventFrame>();
  EXPECT_EQ(event.number, 0u);
  EXPECT_EQ(event.reference_id, 5);
  const Message info = *tlib::DecodeMessage(event.message.view());
  EXPECT_EQ(info.type(), MessageType::kEventServerInfo);
  EXPECT_EQ(info.Number(Attribute::kServerRole), static_cast<int64_t>(ServerRole::kBackup));
  EXPECT_EQ(info.Text(Attribute::kServerName), "sip-a");
  EXPECT_EQ(info.Number(Attribute::kSessionTimeout), 60);

  client.Say(Request(0));
  const Message error = *tlib::DecodeMessage(client.Last<tlib::EventFrame>().message.view());
  EXPECT_EQ(error.type(), MessageType::kEventError);
  EXPECT_EQ(error.Number(Attribute::kErrorCode), static_cast<int64_t>(ErrorCode::kNotPrimary));
  EXPECT_THAT(host_.inputs, IsEmpty());
}

TEST_F(ClientEdgeTest, EffectsLeaveOverTheirLinkAndOthersNowhere) {
  TestClient client = Attached();
  Release(link(), 1);
  EXPECT_EQ(client.Last<tlib::EventFrame>().number, 1u);
  Release(EngineLink(Epoch(6), NodeLink(Epoch(7), link())), 2);
  Release(EngineLink(Epoch(7), 99), 2);
  Release(engine::LinkId(), 2);
  EXPECT_THAT(client.Heard(), IsEmpty());
  EXPECT_EQ(edge_->counters().events, 1u);
}

TEST_F(ClientEdgeTest, AcknowledgementsOfATenthOfASecondAreOneEntry) {
  TestClient first = Attached(1);
  const engine::LinkId first_link = link();
  TestClient second = Attached(2);
  for (uint64_t n = 1; n <= 3; ++n) {
    Release(first_link, n);
    Release(link(), n);
  }
  first.Say(tlib::Acknowledge{1});
  first.Say(tlib::Acknowledge{3});
  first.Say(tlib::Acknowledge{2});
  second.Say(tlib::Acknowledge{2});
  scheduler_.Advance(Duration::Milliseconds(100));
  const auto inputs = host_.Take<engine::ClientsAcknowledged>();
  ASSERT_EQ(inputs.size(), 1u);
  using Row = engine::ClientsAcknowledged::Row;
  EXPECT_THAT(inputs[0].rows, ElementsAre(Row{first_link, 3}, Row{link(), 2}));
  scheduler_.Advance(Duration::Milliseconds(500));
  EXPECT_THAT(host_.inputs, IsEmpty());
}

TEST_F(ClientEdgeTest, AnEventThatWasNotSentCannotBeAcknowledged) {
  TestClient client = Attached();
  Release(link(), 1);
  client.Say(tlib::Acknowledge{2});
  EXPECT_EQ(CodeOfEnd(client), ErrorCode::kProtocolError);
}

TEST_F(ClientEdgeTest, ALinkThatEndsIsAnInputAndOneWithoutASessionIsNot) {
  TestClient attached = Attached();
  attached.Hangs("reset");
  auto lost = host_.Take<engine::ClientLinkLost>();
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_EQ(lost[0].link, link());
  EXPECT_FALSE(lost[0].ended);

  TestClient leaves = Attached();
  leaves.Say(tlib::Goodbye{});
  lost = host_.Take<engine::ClientLinkLost>();
  ASSERT_EQ(lost.size(), 1u);
  EXPECT_TRUE(lost[0].ended);
  EXPECT_FALSE(leaves.connection->open);

  TestClient waits = Attached();
  waits.Say(tlib::Goodbye{ErrorCode::kTimeout, "back soon"});
  EXPECT_FALSE(host_.Take<engine::ClientLinkLost>().at(0).ended);

  Welcomed().Hangs("reset");
  EXPECT_THAT(host_.inputs, IsEmpty());
}

TEST_F(ClientEdgeTest, TheEnginesGoodbyeEndsTheLinkWithoutAnotherInput) {
  TestClient client = Attached();
  edge_->Close({link(), tlib::Goodbye{ErrorCode::kSessionTaken, "elsewhere"}});
  EXPECT_EQ(CodeOfEnd(client), ErrorCode::kSessionTaken);
  EXPECT_THAT(host_.inputs, IsEmpty());
  EXPECT_EQ(EndsBy(LinkEnd::kSession), 1u);
  EXPECT_EQ(edge_->counters().attached, 0u);
}

TEST_F(ClientEdgeTest, ALinkOutlivesChangesOfTheRole) {
  TestClient client = Attached();
  const engine::LinkId first = link();
  Release(first, 1);
  client.Heard();
  BecomeBackup();
  EXPECT_EQ(client.Last<tlib::Role>().role, ServerRole::kBackup);
  Release(first, 2);
  client.Say(Request(1));
  client.Say(tlib::Acknowledge{1});
  scheduler_.Advance(Duration::Seconds(1));
  EXPECT_THAT(host_.inputs, IsEmpty());
  EXPECT_EQ(edge_->counters().late_frames, 2u);

  BecomePrimary(Epoch(8));
  EXPECT_EQ(client.Last<tlib::Role>().role, ServerRole::kPrimary);
  client.Say(tlib::Attach{1, 2, 1});
  const auto inputs = host_.Take<engine::ClientAttached>();
  ASSERT_EQ(inputs.size(), 1u);
  EXPECT_EQ(NodeLink(Epoch(8), inputs[0].link), NodeLink(Epoch(7), first));
  Release(first, 2);
  EXPECT_THAT(client.Heard(), IsEmpty());
  Release(inputs[0].link, 2);
  EXPECT_EQ(client.Last<tlib::EventFrame>().number, 2u);
}

TEST_F(ClientEdgeTest, ALinkThatEndsAtTheBackupIsNoInput) {
  TestClient client = Attached();
  BecomeBackup();
  client.Hangs("reset");
  EXPECT_THAT(host_.inputs, IsEmpty());
}

TEST_F(ClientEdgeTest, FramesOutOfTurnEndTheLink) {
  const Message info(MessageType::kEventServerInfo);
  const std::vector<tlib::Frame> never = {tlib::Welcome{}, tlib::Attached{},
                                          tlib::EventFrame{1, absl::nullopt, tlib::EncodeMessage(info)}, tlib::Role{},
                                          HelloOf("monitor")};
  for (const tlib::Frame& frame : never) {
    TestClient client = Welcomed();
    client.Say(frame);
    EXPECT_EQ(CodeOfEnd(client), ErrorCode::kProtocolError) << frame.index();
  }
  for (const tlib::Frame& frame : std::vector<tlib::Frame>{tlib::Attach{}, tlib::Ping{}, Request(1), tlib::Goodbye{}}) {
    TestClient client = Connect();
    client.Say(frame);
    EXPECT_EQ(CodeOfEnd(client), ErrorCode::kProtocolError) << frame.index();
  }
  TestClient twice = Attached();
  twice.Say(tlib::Attach{1, 2, 3});
  EXPECT_EQ(CodeOfEnd(twice), ErrorCode::kProtocolError);
  EXPECT_EQ(host_.Take<engine::ClientLinkLost>().size(), 1u);
}

TEST_F(ClientEdgeTest, NamesAreNotEmpty) {
  TestClient client = Connect();
  client.Say(HelloOf(""));
  EXPECT_EQ(CodeOfEnd(client), ErrorCode::kProtocolError);
}

TEST_F(ClientEdgeTest, PingIsAnsweredAndTheClientHearsSomethingOftenEnough) {
  TestClient client = Connect();
  tlib::Hello hello = HelloOf("monitor");
  hello.addp_milliseconds = 3000;
  client.Say(hello);
  client.Heard();
  client.Say(tlib::Ping{});
  EXPECT_THAT(client.Heard(), ElementsAre(tlib::Frame(tlib::Pong{})));
  scheduler_.Advance(Duration::Milliseconds(900));
  EXPECT_THAT(client.Heard(), IsEmpty());
  scheduler_.Advance(Duration::Milliseconds(300));
  EXPECT_THAT(client.Heard(), ElementsAre(tlib::Frame(tlib::Ping{})));
}

TEST_F(ClientEdgeTest, EveryClientHearsThatTheNodeStops) {
  TestClient attached = Attached();
  TestClient fresh = Connect();
  host_.inputs.clear();
  edge_->Stop();
  EXPECT_EQ(CodeOfEnd(attached), ErrorCode::kServiceUnavailable);
  EXPECT_EQ(CodeOfEnd(fresh), ErrorCode::kServiceUnavailable);
  EXPECT_THAT(host_.inputs, IsEmpty());
  EXPECT_EQ(edge_->counters().links, 0u);
}

}  // namespace
}  // namespace understudy::daemon
