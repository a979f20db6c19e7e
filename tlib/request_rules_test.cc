#include "tlib/request_rules.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::tlib {
namespace {

using ::testing::HasSubstr;

// A value that is right for `attribute`.
void SetGood(Attribute attribute, Message* request) {
  KeyValueList mask;
  mask.Append("EventRinging", 1);
  switch (KindOf(attribute)) {
    case AttributeKind::kText:
      request->Set(attribute, attribute == Attribute::kUserEvent ? "EventQueued" : "1001");
      return;
    case AttributeKind::kList:
      request->Set(attribute, mask);
      return;
    case AttributeKind::kId:
    case AttributeKind::kNumber:
      request->Set(attribute, 1);
      return;
    case AttributeKind::kEnum:
      request->Set(attribute, 0);
      return;
  }
}

Message WellFormed(const RequestRule& rule) {
  Message request(rule.request);
  for (Attribute attribute : AllAttributes()) {
    if (rule.Must(attribute)) SetGood(attribute, &request);
  }
  return request;
}

const RequestRule* RuleOf(MessageType type) {
  for (const RequestRule& rule : RequestRules()) {
    if (rule.request == type) return &rule;
  }
  return nullptr;
}

void ExpectRefused(const Message& request, ErrorCode code, absl::string_view why) {
  const absl::optional<Refusal> refusal = CheckRequest(request);
  ASSERT_TRUE(refusal.has_value()) << MessageTypeName(request.type()) << " " << why;
  EXPECT_EQ(refusal->code, code) << refusal->text;
  EXPECT_THAT(refusal->text, HasSubstr(std::string(why)));
}

TEST(RequestRules, RowsAreOfRequestsAndStandByNumber) {
  MessageType last = MessageType::kRequestRegisterClient;
  for (const RequestRule& rule : RequestRules()) {
    EXPECT_TRUE(IsRequest(rule.request)) << static_cast<unsigned>(rule.request);
    EXPECT_LT(last, rule.request);
    EXPECT_EQ(rule.must & rule.may, 0u) << MessageTypeName(rule.request);
    last = rule.request;
  }
}

TEST(RequestRules, WhatHasWhatItMustIsWellFormed) {
  for (const RequestRule& rule : RequestRules()) {
    const absl::optional<Refusal> refusal = CheckRequest(WellFormed(rule));
    EXPECT_FALSE(refusal.has_value()) << MessageTypeName(rule.request) << ": " << refusal->text;
  }
}

TEST(RequestRules, WithoutAnyOneOfWhatItMustHaveARequestIsRefused) {
  for (const RequestRule& rule : RequestRules()) {
    for (Attribute attribute : AllAttributes()) {
      if (!rule.Must(attribute)) continue;
      Message request = WellFormed(rule);
      request.Erase(attribute);
      ExpectRefused(request, ErrorCode::kMissingAttribute,
                    absl::StrCat(MessageTypeName(rule.request), " needs ", AttributeName(attribute)));
    }
  }
}

TEST(RequestRules, WhatItMayHaveIsAllowedAndItsValuesAreChecked) {
  for (const RequestRule& rule : RequestRules()) {
    for (Attribute attribute : AllAttributes()) {
      if (!rule.May(attribute)) continue;
      Message request = WellFormed(rule);
      SetGood(attribute, &request);
      EXPECT_FALSE(CheckRequest(request).has_value())
          << MessageTypeName(rule.request) << " " << AttributeName(attribute);
    }
  }
}

TEST(RequestRules, AValueOutsideItsEnumerationIsRefusedWithWhatIsAllowed) {
  for (const RequestRule& rule : RequestRules()) {
    for (Attribute attribute : AllAttributes()) {
      if (KindOf(attribute) != AttributeKind::kEnum || (!rule.Must(attribute) && !rule.May(attribute))) continue;
      Message request = WellFormed(rule);
      request.Set(attribute, 99);
      ExpectRefused(request, ErrorCode::kInvalidAttribute,
                    absl::StrCat(AttributeName(attribute), " 99: allowed are ", EnumName(attribute, 0)));
    }
  }
}

TEST(RequestRules, EmptyDNsAndIdsOfNoCallAreRefused) {
  for (const RequestRule& rule : RequestRules()) {
    for (Attribute attribute : AllAttributes()) {
      if (!rule.Must(attribute)) continue;
      Message request = WellFormed(rule);
      if (KindOf(attribute) == AttributeKind::kId) {
        ExpectRefused(request.Set(attribute, 0), ErrorCode::kInvalidAttribute,
                      absl::StrCat(AttributeName(attribute), " 0"));
      }
      if (attribute == Attribute::kThisDN || attribute == Attribute::kOtherDN) {
        ExpectRefused(request.Set(attribute, ""), ErrorCode::kInvalidAttribute, "is empty");
      }
    }
  }
}

TEST(RequestRules, WhatHasNoRowIsNotServed) {
  for (MessageType type : AllMessageTypes()) {
    if (RuleOf(type) == nullptr) {
      ExpectRefused(Message(type), ErrorCode::kUnsupportedOperation,
                    absl::StrCat(MessageTypeName(type), " is not served"));
    }
  }
}

TEST(RequestRules, AttributesThatARequestDoesNotKnowAreLetBe) {
  Message request = WellFormed(*RuleOf(MessageType::kRequestAnswerCall));
  request.Set(Attribute::kCallState, 99).Set(Attribute::kOtherDN, "");
  EXPECT_FALSE(CheckRequest(request).has_value());
}

TEST(RequestRules, AMaskHasNamesOfEvents) {
  for (absl::string_view name : {"", "EventNothing", "RequestMakeCall"}) {
    KeyValueList mask;
    mask.Append("EventRinging", 1);
    mask.Append(name, 1);
    ExpectRefused(Message(MessageType::kRequestSetInputMask).Set(Attribute::kInputMask, mask),
                  ErrorCode::kInvalidAttribute, absl::StrCat("InputMask has \"", name, "\""));
  }
}

TEST(RequestRules, ADistributedEventIsOne) {
  Message request = WellFormed(*RuleOf(MessageType::kRequestDistributeEvent));
  ExpectRefused(request.Set(Attribute::kUserEvent, "RequestMakeCall"), ErrorCode::kInvalidAttribute, "UserEvent");
}

TEST(RequestRules, DTMFDigitsAreThoseOfAKeypad) {
  Message request = WellFormed(*RuleOf(MessageType::kRequestSendDTMF));
  EXPECT_FALSE(CheckRequest(request.Set(Attribute::kDTMFDigits, "0123456789*#ABCD")).has_value());
  for (absl::string_view digits : {"", "E", "12a", "1 2"}) {
    ExpectRefused(request.Set(Attribute::kDTMFDigits, digits), ErrorCode::kInvalidAttribute, "DTMFDigits");
  }
}

}  // namespace
}  // namespace understudy::tlib
