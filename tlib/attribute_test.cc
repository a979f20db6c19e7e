#include "tlib/attribute.h"

#include <set>
#include <string>

#include "gtest/gtest.h"

namespace understudy::tlib {
namespace {

TEST(Attributes, NumbersRunFromOneWithoutAGapAndStayBelow64) {
  unsigned expected = 1;
  for (Attribute attribute : AllAttributes()) EXPECT_EQ(static_cast<unsigned>(attribute), expected++);
  EXPECT_LE(expected, 64u);
}

TEST(Attributes, EveryNameIsFoundAndStandsOnce) {
  std::set<std::string> names;
  for (Attribute attribute : AllAttributes()) {
    const absl::string_view name = AttributeName(attribute);
    EXPECT_TRUE(names.insert(std::string(name)).second) << name;
    EXPECT_EQ(FindAttribute(name), attribute) << name;
  }
}

TEST(Attributes, WhatIsNoneHasNoName) {
  EXPECT_EQ(AttributeName(static_cast<Attribute>(0)), "");
  EXPECT_EQ(AttributeName(static_cast<Attribute>(AllAttributes().size() + 1)), "");
  EXPECT_EQ(AttributeName(static_cast<Attribute>(65535)), "");
  EXPECT_EQ(FindAttribute(""), absl::nullopt);
  EXPECT_EQ(FindAttribute("thisdn"), absl::nullopt);
}

TEST(Attributes, TextsAndListsHaveALimitAndNumbersNone) {
  for (Attribute attribute : AllAttributes()) {
    const AttributeKind kind = KindOf(attribute);
    EXPECT_EQ(MostOctets(attribute) > 0, kind == AttributeKind::kText || kind == AttributeKind::kList)
        << AttributeName(attribute);
  }
}

TEST(Attributes, EnumerationsHaveNamesAndOthersNone) {
  for (Attribute attribute : AllAttributes()) {
    EXPECT_EQ(!EnumName(attribute, 0).empty(), KindOf(attribute) == AttributeKind::kEnum) << AttributeName(attribute);
    EXPECT_EQ(EnumName(attribute, -1), "");
    EXPECT_EQ(EnumName(attribute, int64_t{1} << 32), "");
    EXPECT_EQ(FindEnum(attribute, ""), absl::nullopt);
    for (int64_t value = 0; !EnumName(attribute, value).empty(); ++value) {
      EXPECT_EQ(FindEnum(attribute, EnumName(attribute, value)), value) << AttributeName(attribute) << " " << value;
    }
  }
}

TEST(Attributes, NamesOfEnumerationsStandAtTheNumbersOfTheReference) {
  const auto name = [](Attribute attribute, auto value) { return EnumName(attribute, static_cast<int64_t>(value)); };
  EXPECT_EQ(name(Attribute::kCallType, CallType::kConsult), "Consult");
  EXPECT_EQ(name(Attribute::kCallState, 11), "SitInvalidnum");
  EXPECT_EQ(name(Attribute::kCallState, CallState::kRedirected), "Redirected");
  EXPECT_EQ(name(Attribute::kThisDNRole, DNRole::kConferencedBy), "ConferencedBy");
  EXPECT_EQ(name(Attribute::kOtherDNRole, 8), "DeletedParty");
  EXPECT_EQ(name(Attribute::kThirdPartyDNRole, 7), "TransferredBy");
  EXPECT_EQ(name(Attribute::kPartyState, PartyState::kQueued), "Queued");
  EXPECT_EQ(name(Attribute::kWorkMode, 3), "AfterCallWork");
  EXPECT_EQ(name(Attribute::kRouteType, 7), "Reject");
  EXPECT_EQ(name(Attribute::kTreatmentType, 17), "FastBusy");
  EXPECT_EQ(name(Attribute::kServerRole, ServerRole::kBackup), "Backup");
  EXPECT_EQ(name(Attribute::kAddressType, AddressType::kRouteDN), "RouteDN");
  EXPECT_EQ(name(Attribute::kInfoType, InfoType::kCalls), "Calls");
  EXPECT_EQ(name(Attribute::kForwardMode, ForwardMode::kOnNoAnswer), "OnNoAnswer");
  EXPECT_EQ(name(Attribute::kMakeCallType, MakeCallType::kRegular), "Regular");
  EXPECT_EQ(ErrorCodeName(ErrorCode::kCallDisconnected), "CallDisconnected");
  EXPECT_EQ(ErrorCodeName(static_cast<ErrorCode>(65535)), "");
}

}  // namespace
}  // namespace understudy::tlib
