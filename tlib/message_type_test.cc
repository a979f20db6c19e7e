#include "tlib/message_type.h"

#include <iterator>

#include "gtest/gtest.h"

namespace understudy::tlib {
namespace {

struct Row {
  unsigned number;
  absl::string_view name;
};

// clang-format off
constexpr Row kReference[] = {
    {0, "RequestRegisterClient"}, {1, "RequestQueryServer"}, {2, "RequestQueryAddress"}, {3, "RequestRegisterAddress"},
    {4, "RequestUnregisterAddress"}, {5, "RequestRegisterAll"}, {6, "RequestUnregisterAll"},
    {7, "RequestSetInputMask"}, {8, "RequestAgentLogin"}, {9, "RequestAgentLogout"}, {10, "RequestAgentReady"},
    {11, "RequestAgentNotReady"}, {12, "RequestSetDNDOn"}, {13, "RequestSetDNDOff"}, {14, "RequestMakeCall"},
    {15, "RequestMakePredictiveCall"}, {16, "RequestAnswerCall"}, {17, "RequestReleaseCall"}, {18, "RequestHoldCall"},
    {19, "RequestRetrieveCall"}, {20, "RequestInitiateConference"}, {21, "RequestCompleteConference"},
    {22, "RequestDeleteFromConference"}, {23, "RequestInitiateTransfer"}, {24, "RequestMuteTransfer"},
    {25, "RequestSingleStepTransfer"}, {26, "RequestCompleteTransfer"}, {27, "RequestMergeCalls"},
    {28, "RequestAlternateCall"}, {29, "RequestReconnectCall"}, {30, "RequestAttachUserData"},
    {31, "RequestUpdateUserData"}, {32, "RequestDeleteUserData"}, {33, "RequestDeletePair"},
    {34, "RequestCallForwardSet"}, {35, "RequestCallForwardCancel"}, {36, "RequestRouteCall"},
    {37, "RequestGiveMusicTreatment"}, {38, "RequestGiveSilenceTreatment"}, {39, "RequestGiveRingBackTreatment"},
    {46, "RequestSetMessageWaitingOn"}, {47, "RequestSetMessageWaitingOff"}, {48, "RequestDistributeUserEvent"},
    {49, "RequestDistributeEvent"}, {50, "EventServerConnected"}, {51, "EventServerDisconnected"}, {52, "EventError"},
    {53, "EventRegistered"}, {54, "EventUnregistered"}, {55, "EventRegisteredAll"}, {56, "EventUnregisteredAll"},
    {57, "EventQueued"}, {58, "EventDiverted"}, {59, "EventAbandoned"}, {60, "EventRinging"}, {61, "EventDialing"},
    {62, "EventNetworkReached"}, {63, "EventDestinationBusy"}, {64, "EventEstablished"}, {65, "EventReleased"},
    {66, "EventHeld"}, {67, "EventRetrieved"}, {68, "EventPartyChanged"}, {69, "EventPartyAdded"},
    {70, "EventPartyDeleted"}, {71, "EventRouteRequest"}, {72, "EventRouteUsed"}, {73, "EventAgentLogin"},
    {74, "EventAgentLogout"}, {75, "EventAgentReady"}, {76, "EventAgentNotReady"}, {77, "EventDNDOn"},
    {78, "EventDNDOff"}, {84, "EventDigitsCollected"}, {85, "EventAttachedDataChanged"}, {86, "EventOffHook"},
    {87, "EventOnHook"}, {88, "EventForwardSet"}, {89, "EventForwardCancel"}, {90, "EventMessageWaitingOn"},
    {91, "EventMessageWaitingOff"}, {92, "EventAddressInfo"}, {93, "EventServerInfo"}, {94, "EventLinkDisconnected"},
    {95, "EventLinkConnected"}, {96, "EventUserEvent"}, {97, "RequestSendDTMF"}, {98, "EventDTMFSent"},
    {101, "EventRemoteConnectionSuccess"}, {102, "EventRemoteConnectionFailed"}, {103, "RequestRedirectCall"},
    {104, "RequestListenDisconnect"}, {105, "RequestListenReconnect"}, {106, "EventListenDisconnected"},
    {107, "EventListenReconnected"}, {108, "RequestQueryCall"}, {109, "EventPartyInfo"}, {110, "RequestClearCall"},
    {111, "RequestSetCallInfo"}, {112, "EventCallInfoChanged"}, {113, "RequestApplyTreatment"},
    {114, "EventTreatmentApplied"}, {115, "EventTreatmentNotApplied"}, {116, "EventTreatmentEnd"},
    {117, "EventHardwareError"}, {120, "RequestSingleStepConference"}, {121, "RequestQuerySwitch"},
    {122, "EventSwitchInfo"}, {123, "RequestGetAccessNumber"}, {124, "RequestCancelReqGetAccessNumber"},
    {125, "EventAnswerAccessNumber"}, {126, "EventReqGetAccessNumberCanceled"}, {127, "RequestReserveAgent"},
    {128, "EventAgentReserved"}, {129, "RequestReserveAgentAndGetAccessNumber"}, {132, "EventRestoreConnection"},
    {133, "EventPrimaryChanged"}, {136, "RequestQueryLocation"}, {137, "EventLocationInfo"}, {138, "EventACK"},
    {139, "RequestMonitorNextCall"}, {140, "RequestCancelMonitoring"}, {141, "EventMonitoringNextCall"},
    {142, "EventMonitoringCancelled"}, {143, "RequestSetMuteOn"}, {144, "RequestSetMuteOff"}, {145, "EventMuteOn"},
    {146, "EventMuteOff"}, {147, "EventDNOutOfService"}, {148, "EventDNBackInService"}, {149, "RequestPrivateService"},
    {150, "EventPrivateInfo"}, {151, "EventBridged"}, {152, "EventQueueLogout"}, {160, "EventCallCreated"},
    {161, "EventCallDataChanged"}, {162, "EventCallDeleted"}, {163, "EventCallPartyAdded"},
    {164, "EventCallPartyState"}, {165, "EventCallPartyMoved"}, {166, "EventCallPartyDeleted"},
    {167, "RequestStartCallMonitoring"}, {168, "RequestStopCallMonitoring"}, {171, "RequestNetworkConsult"},
    {172, "RequestNetworkAlternate"}, {173, "RequestNetworkTransfer"}, {174, "RequestNetworkMerge"},
    {175, "RequestNetworkReconnect"}, {176, "RequestNetworkSingleStepTransfer"}, {177, "RequestNetworkPrivateService"},
    {178, "EventNetworkCallStatus"}, {179, "EventNetworkPrivateInfo"}, {180, "RequestTransactionMonitoring"},
    {181, "EventTransactionStatus"}, {182, "EventResourceInfo"},
};
// clang-format on

TEST(MessageTypes, NumbersAndNamesAreThoseOfTheReference) {
  ASSERT_EQ(AllMessageTypes().size(), std::size(kReference));
  for (size_t i = 0; i < std::size(kReference); ++i) {
    const MessageType type = AllMessageTypes()[i];
    EXPECT_EQ(static_cast<unsigned>(type), kReference[i].number);
    EXPECT_EQ(MessageTypeName(type), kReference[i].name);
    EXPECT_EQ(FindMessageType(kReference[i].name), type);
    EXPECT_NE(IsRequest(type), IsEvent(type)) << kReference[i].name;
  }
}

TEST(MessageTypes, ARequestIsWhatItsNameSays) {
  EXPECT_TRUE(IsRequest(MessageType::kRequestRegisterClient));
  EXPECT_TRUE(IsEvent(MessageType::kEventACK));
}

TEST(MessageTypes, WhatIsLeftOutHasNoName) {
  for (unsigned number :
       {40u, 45u, 79u, 83u, 99u, 100u, 118u, 130u, 131u, 134u, 135u, 153u, 169u, 170u, 183u, 65535u}) {
    const auto type = static_cast<MessageType>(number);
    EXPECT_EQ(MessageTypeName(type), "") << number;
    EXPECT_FALSE(IsRequest(type));
    EXPECT_FALSE(IsEvent(type));
  }
  EXPECT_EQ(FindMessageType(""), absl::nullopt);
  EXPECT_EQ(FindMessageType("RequestPlayVoiceFile"), absl::nullopt);
}

}  // namespace
}  // namespace understudy::tlib
