#include "daemon/config/contact.h"

#include <string>

#include "absl/strings/match.h"
#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

Contact Read(absl::string_view text) {
  absl::StatusOr<Contact> contact = ParseContact(text);
  EXPECT_TRUE(contact.ok()) << text << ": " << contact.status();
  return contact.ok() ? *contact : Contact();
}

TEST(Contact, AStarMeansByRegistration) {
  EXPECT_TRUE(Read("*").by_registration);
  EXPECT_FALSE(Read("10.0.0.1").by_registration);
}

TEST(Contact, AnAddressBecomesAUri) {
  EXPECT_EQ(Read("127.0.0.1:5080").uri, "sip:127.0.0.1:5080");
  EXPECT_EQ(Read("127.0.0.1:5080").endpoint->ToText(), "127.0.0.1:5080");
  EXPECT_EQ(Read("[2001:db8::1]:5080").endpoint->ToText(), "[2001:db8::1]:5080");
  EXPECT_EQ(Read("2001:db8::1").uri, "sip:[2001:db8::1]");
}

TEST(Contact, WithoutAPortTheEndpointHas5060) {
  Contact contact = Read("10.0.0.1");
  EXPECT_EQ(contact.port, 0);
  EXPECT_EQ(contact.endpoint->port(), 5060);
}

TEST(Contact, AUriKeepsItsPartsAndParameters) {
  Contact contact = Read("SIP:1002@192.0.2.1:5070;transport=TCP;x=y");
  EXPECT_EQ(contact.uri, "sip:1002@192.0.2.1:5070;transport=TCP;x=y");
  EXPECT_EQ(contact.user, "1002");
  EXPECT_EQ(contact.host, "192.0.2.1");
  EXPECT_EQ(contact.port, 5070);
  EXPECT_EQ(contact.transport, Transport::kTcp);
}

TEST(Contact, TlsHasItsOwnPort) {
  EXPECT_EQ(Read("sip:gw@10.0.0.1;transport=tls").endpoint->ToText(), "10.0.0.1:5061");
  EXPECT_EQ(Read("sip:gw@10.0.0.1;transport=tls").transport, Transport::kTls);
  const Contact contact = Read("SIPS:gw@10.0.0.1");
  EXPECT_EQ(contact.uri, "sips:gw@10.0.0.1");
  EXPECT_EQ(contact.transport, Transport::kTls);
  EXPECT_EQ(contact.endpoint->port(), 5061);
  EXPECT_EQ(Read("sips:gw@10.0.0.1:5070;transport=tcp").endpoint->port(), 5070);
}

TEST(Contact, ANameHasNoEndpoint) {
  Contact contact = Read("gw.example.com:5080");
  EXPECT_EQ(contact.host, "gw.example.com");
  EXPECT_EQ(contact.port, 5080);
  EXPECT_FALSE(contact.endpoint.has_value());
}

TEST(Contact, WhatCannotBeCalledIsRefused) {
  for (absl::string_view bad :
       {"", "sips:a@b;transport=udp", "sip:", "a b", "sip:u:p@10.0.0.1", "sip:@10.0.0.1", "10.0.0.1;transport=ws",
        "10.0.0.1;transport=", "0.0.0.0", "[::]:5060", "10.0.0.1:0", "10.0.0.1:65536", "10.0.0.1?a=b", "10.0.0.300",
        "http://x", "<sip:10.0.0.1>", "sip:10.0.0.1\r\nVia: x"}) {
    EXPECT_FALSE(ParseContact(bad).ok()) << bad;
  }
  EXPECT_FALSE(ParseContact(std::string(300, 'a')).ok());
}

TEST(Contact, TheReasonNeverRepeatsTheText) {
  EXPECT_FALSE(absl::StrContains(ParseContact("sip:u:hunter2@10.0.0.1").status().message(), "hunter2"));
}

}  // namespace
}  // namespace understudy::daemon
