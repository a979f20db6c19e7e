#include "sip/hop/uri_hop.h"

#include <string>

#include "gtest/gtest.h"

namespace understudy::sip {
namespace {

std::string Leads(absl::string_view text, Transport otherwise) {
  Uri uri;
  if (!ParseUri(text, &uri)) return "malformed";
  const absl::optional<Transport> transport = TransportOf(uri, otherwise);
  if (!transport) return "nowhere";
  const absl::optional<Endpoint> endpoint = EndpointOf(uri, *transport);
  return std::string(TransportName(*transport)) + " " + (endpoint ? endpoint->ToText() : "by name");
}

TEST(UriHop, AUriWithoutTransportLeavesItOpen) {
  EXPECT_EQ(Leads("sip:a@192.0.2.1", Transport::kUdp), "UDP 192.0.2.1:5060");
  EXPECT_EQ(Leads("sip:a@192.0.2.1", Transport::kTcp), "TCP 192.0.2.1:5060");
  EXPECT_EQ(Leads("sip:a@192.0.2.1", Transport::kTls), "TLS 192.0.2.1:5061");
  EXPECT_EQ(Leads("sip:a@192.0.2.1:5070", Transport::kTls), "TLS 192.0.2.1:5070");
}

TEST(UriHop, TheParameterDecidesAndBringsItsPort) {
  EXPECT_EQ(Leads("sip:a@192.0.2.1;transport=tcp", Transport::kUdp), "TCP 192.0.2.1:5060");
  EXPECT_EQ(Leads("sip:a@192.0.2.1;transport=TLS", Transport::kUdp), "TLS 192.0.2.1:5061");
  EXPECT_EQ(Leads("sip:a@[2001:db8::1];transport=tls", Transport::kUdp), "TLS [2001:db8::1]:5061");
  EXPECT_EQ(Leads("sip:a@192.0.2.1;transport=sctp", Transport::kUdp), "nowhere");
}

TEST(UriHop, SipsIsTlsWhateverCarriesIt) {
  EXPECT_EQ(Leads("sips:a@192.0.2.1", Transport::kUdp), "TLS 192.0.2.1:5061");
  EXPECT_EQ(Leads("sips:a@192.0.2.1", Transport::kTcp), "TLS 192.0.2.1:5061");
  EXPECT_EQ(Leads("sips:a@192.0.2.1;transport=tcp", Transport::kUdp), "TLS 192.0.2.1:5061");
  EXPECT_EQ(Leads("sips:a@192.0.2.1;transport=udp", Transport::kUdp), "nowhere");
  EXPECT_EQ(Leads("sips:a@192.0.2.1;transport=ws", Transport::kUdp), "WSS 192.0.2.1:443");
}

TEST(UriHop, ABrowsersUriDoesNotSayWhetherItsWebSocketIsSecure) {
  EXPECT_EQ(Leads("sip:a@x.invalid;transport=ws", Transport::kWss), "WSS by name");
  EXPECT_EQ(Leads("sip:a@x.invalid;transport=ws", Transport::kWs), "WS by name");
  EXPECT_EQ(Leads("sip:a@x.invalid;transport=ws", Transport::kUdp), "WS by name");
}

}  // namespace
}  // namespace understudy::sip
