#include "daemon/dns/dns_reply.h"

#include <string>

#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::dns {
namespace {

using testing::ElementsAre;
using testing::IsEmpty;
using Outcome = DnsReply::Outcome;

std::string Short(int value) {
  return {static_cast<char>(value >> 8), static_cast<char>(value)};
}

std::string Text(absl::string_view text) {
  return std::string(1, static_cast<char>(text.size())) + std::string(text);
}

// "a.example" as labels.
std::string Name(absl::string_view name) {
  std::string out;
  while (!name.empty()) {
    const absl::string_view label = name.substr(0, name.find('.'));
    out += Text(label);
    name.remove_prefix(std::min(name.size(), label.size() + 1));
  }
  return out + '\0';
}

// The name of the question, by reference.
const char kOwner[] = "\xc0\x0c";

std::string Record(DnsType type, int ttl, const std::string& data, const std::string& owner = kOwner) {
  return owner + Short(static_cast<int>(type)) + Short(1) + Short(ttl >> 16) + Short(ttl) +
         Short(static_cast<int>(data.size())) + data;
}

std::string Reply(int code, int answers, const std::string& records) {
  return Short(7) + Short(0x8180 | code) + Short(1) + Short(answers) + Short(0) + Short(0) + Name("gw.Example.com") +
         Short(1) + Short(1) + records;
}

std::string Srv(int priority, int weight, int port, const std::string& target) {
  return Short(priority) + Short(weight) + Short(port) + target;
}

TEST(DnsReplyTest, AddressesAreReadWithTheShortestTtl) {
  const std::string records = Record(DnsType::kA, 300, "\x0a\x01\x02\x03") +
                              Record(DnsType::kAaaa, 5, std::string(16, '\1')) +
                              Record(DnsType::kA, 60, "\x0a\x01\x02\x04");
  const DnsReply reply = ReadDnsReply(Reply(0, 3, records), DnsType::kA);
  EXPECT_EQ(reply.outcome, Outcome::kRecords);
  EXPECT_EQ(reply.ttl, 60u);
  EXPECT_THAT(reply.addresses, ElementsAre(Endpoint::V4(10, 1, 2, 3, 0), Endpoint::V4(10, 1, 2, 4, 0)));
}

TEST(DnsReplyTest, SixteenOctetsAreAnAddressOfIpv6) {
  const DnsReply reply = ReadDnsReply(Reply(0, 1, Record(DnsType::kAaaa, 5, std::string(16, '\1'))), DnsType::kAaaa);
  EXPECT_THAT(reply.addresses, ElementsAre(*Endpoint::Parse("101:101:101:101:101:101:101:101", uint16_t{0})));
}

TEST(DnsReplyTest, AnAliasShortensTheLife) {
  const std::string alias = std::string(kOwner) + Short(5) + Short(1) + Short(0) + Short(9) + Short(2) + kOwner;
  const DnsReply reply = ReadDnsReply(Reply(0, 2, alias + Record(DnsType::kA, 60, "\x0a\x01\x02\x03")), DnsType::kA);
  EXPECT_EQ(reply.ttl, 9u);
  EXPECT_EQ(reply.addresses.size(), 1u);
}

TEST(DnsReplyTest, ServicesAreReadInLowerCaseAndThroughReferences) {
  const std::string reference =
      "\x01"
      "A\xc0\x0c";
  const std::string records =
      Record(DnsType::kSrv, 30, Srv(1, 2, 5060, reference)) + Record(DnsType::kSrv, 40, Srv(3, 4, 0, Name("")));
  const DnsReply reply = ReadDnsReply(Reply(0, 2, records), DnsType::kSrv);
  ASSERT_EQ(reply.srv.size(), 2u);
  EXPECT_EQ(reply.srv[0].target, "a.gw.example.com");
  EXPECT_EQ(reply.srv[0].priority, 1);
  EXPECT_EQ(reply.srv[0].weight, 2);
  EXPECT_EQ(reply.srv[0].port, 5060);
  EXPECT_EQ(reply.srv[1].target, "");
}

TEST(DnsReplyTest, NaptrIsRead) {
  const std::string data =
      Short(10) + Short(20) + Text("S") + Text("SIP+D2U") + Text("") + Name("_sip._udp.Example.com");
  const DnsReply reply = ReadDnsReply(Reply(0, 1, Record(DnsType::kNaptr, 30, data)), DnsType::kNaptr);
  ASSERT_EQ(reply.naptr.size(), 1u);
  EXPECT_EQ(reply.naptr[0].order, 10);
  EXPECT_EQ(reply.naptr[0].preference, 20);
  EXPECT_EQ(reply.naptr[0].flags, "s");
  EXPECT_EQ(reply.naptr[0].service, "sip+d2u");
  EXPECT_EQ(reply.naptr[0].replacement, "_sip._udp.example.com");
}

TEST(DnsReplyTest, CodesAreOutcomes) {
  EXPECT_EQ(ReadDnsReply(Reply(0, 0, ""), DnsType::kA).outcome, Outcome::kRecords);
  EXPECT_EQ(ReadDnsReply(Reply(3, 0, ""), DnsType::kA).outcome, Outcome::kNoSuchName);
  for (const int code : {1, 2, 4, 5}) {
    EXPECT_EQ(ReadDnsReply(Reply(code, 0, ""), DnsType::kA).outcome, Outcome::kFailure) << code;
  }
}

TEST(DnsReplyTest, WhatIsCutOffIsAFailure) {
  const std::string whole = Reply(0, 1, Record(DnsType::kSrv, 30, Srv(1, 2, 5060, Name("a.example.com"))));
  ASSERT_EQ(ReadDnsReply(whole, DnsType::kSrv).outcome, Outcome::kRecords);
  for (size_t size = 0; size < whole.size(); ++size) {
    EXPECT_EQ(ReadDnsReply(whole.substr(0, size), DnsType::kSrv).outcome, Outcome::kFailure) << size;
  }
}

TEST(DnsReplyTest, AReferenceToItselfIsAFailureAndEnds) {
  const std::string whole = Reply(0, 1, "") + std::string("\xc0\x20\xc0\x20") + std::string(12, '\0');
  EXPECT_EQ(ReadDnsReply(whole, DnsType::kA).outcome, Outcome::kFailure);
}

TEST(DnsReplyTest, AQuestionIsNoReply) {
  std::string whole = Reply(0, 0, "");
  whole[2] = 1;
  EXPECT_EQ(ReadDnsReply(whole, DnsType::kA).outcome, Outcome::kFailure);
}

TEST(DnsReplyTest, AnAddressOfAnotherLengthIsAFailure) {
  EXPECT_EQ(ReadDnsReply(Reply(0, 1, Record(DnsType::kA, 30, "\x0a\x01\x02")), DnsType::kA).outcome, Outcome::kFailure);
}

TEST(DnsReplyTest, MoreThanSixtyFourRecordsAreCut) {
  std::string records;
  for (int i = 0; i < 100; ++i) records += Record(DnsType::kA, 30, "\x0a\x01\x02\x03");
  EXPECT_EQ(ReadDnsReply(Reply(0, 100, records), DnsType::kA).addresses.size(), 64u);
}

TEST(DnsReplyTest, ATtlWithTheHighestBitIsZero) {
  const std::string record = std::string(kOwner) + Short(1) + Short(1) + Short(0x8000) + Short(9) + Short(4) + "abcd";
  EXPECT_EQ(ReadDnsReply(Reply(0, 1, record), DnsType::kA).ttl, 0u);
}

TEST(DnsReplyTest, OtherTypesArePassedOver) {
  const DnsReply reply = ReadDnsReply(Reply(0, 1, Record(static_cast<DnsType>(16), 30, "text")), DnsType::kA);
  EXPECT_EQ(reply.outcome, Outcome::kRecords);
  EXPECT_THAT(reply.addresses, IsEmpty());
}

}  // namespace
}  // namespace understudy::dns
