#include <fcntl.h>
#include <netinet/in.h>
#include <sys/socket.h>
#include <unistd.h>

#include <algorithm>
#include <string>
#include <vector>

#include "absl/strings/escaping.h"
#include "absl/strings/str_cat.h"
#include "daemon/net/open_socket.h"
#include "daemon/net/socket_address.h"
#include "daemon/net/transport_testing.h"
#include "gmock/gmock.h"

namespace understudy::net {
namespace {

using testing::ElementsAre;
using testing::HasSubstr;

using UdpTest = TransportTest;

TEST_F(UdpTest, DatagramsOfOneBurstAreOneRound) {
  const Endpoint server = Start(Transport::kUdp);
  Peer peer = Peer::Udp();
  for (int i = 0; i < 150; ++i) peer.SendTo(server, absl::StrCat("message ", i));
  RunUntil([&] { return sink_.messages.size() == 150; });
  EXPECT_THAT(sink_.rounds, ElementsAre(150));
  for (int i = 0; i < 150; ++i) EXPECT_EQ(sink_.messages[i].bytes, absl::StrCat("message ", i));
  EXPECT_EQ(sink_.messages[0].remote, peer.at());
  EXPECT_EQ(sink_.messages[0].local, server);
  EXPECT_LE(transport_->Counters().udp_receive_calls, 3u);
}

TEST_F(UdpTest, RoundIsBoundedAndTheRestComesInTheNext) {
  TrafficLimits limits;
  limits.round_datagrams = 10;
  const Endpoint server = Start(Transport::kUdp, limits);
  Peer peer = Peer::Udp();
  for (int i = 0; i < 25; ++i) peer.SendTo(server, "hello");
  RunUntil([&] { return sink_.messages.size() == 25; });
  EXPECT_THAT(sink_.rounds, ElementsAre(10, 10, 5));
}

TEST_F(UdpTest, WhatWaitedTooLongInTheKernelIsCountedAndNotRead) {
  AwaitArrivalStamps();
  TrafficLimits limits;
  limits.datagram_age = Duration::Milliseconds(200);
  const Endpoint server = Start(Transport::kUdp, limits);
  Peer peer = Peer::Udp();
  peer.SendTo(server, "old");
  peer.SendTo(server, "as old");
  usleep(250 * 1000);
  peer.SendTo(server, "young");
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.messages[0].bytes, "young");
  EXPECT_EQ(transport_->Counters().udp_too_old, 2u);
  EXPECT_EQ(transport_->Counters().udp_datagrams_in, 3u);
}

TEST_F(UdpTest, EachDatagramSaysHowLongItHasWaited) {
  AwaitArrivalStamps();
  const Endpoint server = Start(Transport::kUdp);
  std::vector<Duration> waited;
  sink_.answer = [&](const Received& r) { waited.push_back(r.waited); };
  Peer peer = Peer::Udp();
  peer.SendTo(server, "old");
  usleep(50 * 1000);
  peer.SendTo(server, "young");
  RunUntil([&] { return sink_.messages.size() == 2; });
  EXPECT_GE(waited[0], Duration::Milliseconds(50));
  EXPECT_LT(waited[1], waited[0]);
}

TEST_F(UdpTest, ALongTurnEndsAfterTheRoundAtHand) {
  TrafficLimits limits;
  limits.round_datagrams = 1;
  limits.rounds_at_once = 8;
  limits.longest_turn = Duration::Nanoseconds(1);
  limits.gather = Duration::Milliseconds(1);
  const Endpoint server = Start(Transport::kUdp, limits);
  size_t turns = 0;
  loop_.SetEndOfTurn([&] {
    ++turns;
    EXPECT_LE(sink_.messages.size(), turns);
    transport_->Flush();
  });
  Peer peer = Peer::Udp();
  for (int i = 0; i < 4; ++i) peer.SendTo(server, absl::StrCat(i));
  RunUntil([&] { return sink_.messages.size() == 4; });
}

TEST_F(UdpTest, ASocketOfAllAddressesKnowsHowOldItsDatagramsAre) {
  AwaitArrivalStamps();
  TrafficLimits limits;
  limits.datagram_age = Duration::Milliseconds(200);
  transport_ = std::make_unique<SipTransport>(&loop_, &sink_, limits);
  const Endpoint any = *transport_->Listen(Transport::kUdp, Endpoint::V4(0, 0, 0, 0, 0));
  Peer peer = Peer::Udp();
  const Endpoint asked = Endpoint::V4(127, 0, 0, 2, any.port());
  peer.SendTo(asked, "old");
  usleep(250 * 1000);
  peer.SendTo(asked, "young");
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.messages[0].local, asked);
  EXPECT_EQ(transport_->Counters().udp_too_old, 1u);
}

TEST_F(UdpTest, AnswersOfARoundLeaveTogether) {
  const Endpoint server = Start(Transport::kUdp);
  sink_.answer = [&](const Received& r) { SendUdp(r.remote, absl::StrCat("re: ", r.bytes)); };
  Peer peer = Peer::Udp();
  for (int i = 0; i < 40; ++i) peer.SendTo(server, absl::StrCat(i));
  RunUntil([&] { return sink_.messages.size() == 40; });
  for (int i = 0; i < 40; ++i) EXPECT_EQ(peer.Receive(), absl::StrCat("re: ", i));
  EXPECT_EQ(transport_->Counters().udp_send_calls, 1u);
  EXPECT_EQ(transport_->Counters().udp_datagrams_out, 40u);
}

TEST_F(UdpTest, LargestDatagramComesWholeAndALargerOneFails) {
  const Endpoint server = Start(Transport::kUdp);
  Peer peer = Peer::Udp();
  const std::string large(65507, 'x');
  peer.SendTo(server, large);
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.messages[0].bytes, large);
  SendUdp(peer.at(), large, 1);
  SendUdp(peer.at(), large + "x", 2);
  transport_->Flush();
  EXPECT_EQ(peer.Receive(), large);
  EXPECT_THAT(sink_.failed, ElementsAre(std::make_pair(2, SendFailure::kTooLarge)));
}

TEST_F(UdpTest, KeepalivesAreCountedAndNotGiven) {
  const Endpoint server = Start(Transport::kUdp);
  Peer peer = Peer::Udp();
  for (absl::string_view bytes :
       {absl::string_view("\r\n\r\n"), absl::string_view("\0\0\0\0", 4), absl::string_view("")}) {
    peer.SendTo(server, bytes);
  }
  peer.SendTo(server, "x");
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(transport_->Counters().keepalives, 3u);
}

TEST_F(UdpTest, PausedDatagramsWaitInTheKernelAndComeAsOneRound) {
  const Endpoint server = Start(Transport::kUdp);
  transport_->PauseDatagrams();
  Peer peer = Peer::Udp();
  for (int i = 0; i < 5; ++i) {
    peer.SendTo(server, "hello");
    RunTurns(2);
  }
  EXPECT_TRUE(sink_.messages.empty());
  transport_->ResumeDatagrams();
  EXPECT_THAT(sink_.rounds, ElementsAre(5));
  peer.SendTo(server, "again");
  RunUntil([&] { return sink_.messages.size() == 6; });
}

TEST_F(UdpTest, EverythingThatWaitedIsReadBeforeThePauseOfGathering) {
  TrafficLimits limits;
  limits.gather = Duration::Seconds(3600);
  limits.round_datagrams = 10;
  limits.rounds_at_once = 3;
  const Endpoint server = Start(Transport::kUdp, limits);
  Peer peer = Peer::Udp();
  for (int i = 0; i < 25; ++i) peer.SendTo(server, "hello");
  RunUntil([&] { return sink_.messages.size() == 25; });
  EXPECT_THAT(sink_.rounds, ElementsAre(10, 10, 5));
}

TEST_F(UdpTest, ResumingKeepsToTheTimeOfTheNextRound) {
  TrafficLimits limits;
  limits.gather = Duration::Milliseconds(30);
  const Endpoint server = Start(Transport::kUdp, limits);
  Peer peer = Peer::Udp();
  peer.SendTo(server, "first");
  RunUntil([&] { return sink_.messages.size() == 1; });
  for (int i = 0; i < 4; ++i) {
    transport_->PauseDatagrams();
    peer.SendTo(server, "more");
    transport_->ResumeDatagrams();
  }
  RunUntil([&] { return sink_.messages.size() == 5; });
  EXPECT_THAT(sink_.rounds, ElementsAre(1, 4));
}

TEST_F(UdpTest, ForgottenPauseEndsBeforeTheKernelMustDrop) {
  TrafficLimits limits;
  limits.longest_pause = Duration::Milliseconds(20);
  const Endpoint server = Start(Transport::kUdp, limits);
  Peer peer = Peer::Udp();
  for (size_t i = 1; i <= 3; ++i) {
    transport_->PauseDatagrams();
    peer.SendTo(server, "waits");
    RunTurns(2);
    EXPECT_EQ(sink_.messages.size(), i - 1);
    RunUntil([&] { return sink_.messages.size() == i; });
  }
}

TEST_F(UdpTest, DatagramsThatComeSoonAfterARoundAreGathered) {
  TrafficLimits limits;
  limits.gather = Duration::Milliseconds(30);
  const Endpoint server = Start(Transport::kUdp, limits);
  Peer peer = Peer::Udp();
  peer.SendTo(server, "first");
  RunUntil([&] { return sink_.messages.size() == 1; });
  for (int i = 0; i < 4; ++i) peer.SendTo(server, "more");
  RunUntil([&] { return sink_.messages.size() == 5; });
  EXPECT_THAT(sink_.rounds, ElementsAre(1, 4));
  RunTurns(40);
  peer.SendTo(server, "after a pause");
  RunUntil([&] { return sink_.messages.size() == 6; });
}

TEST_F(UdpTest, DeadDestinationIsToldAndTakesNothingAwayFromOthers) {
  const Endpoint server = Start(Transport::kUdp);
  Peer living = Peer::Udp();
  Peer dead = Peer::Udp();
  const Endpoint gone = dead.at();
  dead.Close();
  for (int i = 0; i < 20; ++i) {
    SendUdp(gone, "into the void");
    SendUdp(living.at(), absl::StrCat(i));
  }
  transport_->Flush();
  for (int i = 0; i < 20; ++i) EXPECT_EQ(living.Receive(), absl::StrCat(i));
  living.SendTo(server, "still there?");
  RunUntil([&] { return sink_.messages.size() == 1 && !sink_.unreachable.empty(); });
  for (const Endpoint& remote : sink_.unreachable) EXPECT_EQ(remote, gone);
  EXPECT_GE(transport_->Counters().udp_icmp_errors, 1u);
  EXPECT_EQ(transport_->Counters().sends_failed[static_cast<int>(SendFailure::kUnreachable)], 0u);
}

TEST_F(UdpTest, AddressOfAnotherFamilyFailsInTheNextFlush) {
  Start(Transport::kUdp);
  SendUdp(*Endpoint::Parse("::1", 5060), "x", 7);
  EXPECT_TRUE(sink_.failed.empty());
  transport_->Flush();
  EXPECT_THAT(sink_.failed, ElementsAre(std::make_pair(7, SendFailure::kNoListener)));
}

TEST_F(UdpTest, MessageToNowhereFailsAloneAndTheRestLeaves) {
  Start(Transport::kUdp);
  Peer peer = Peer::Udp();
  SendUdp(Endpoint::V4(255, 255, 255, 255, 5060), "broadcast is not allowed", 3);
  SendUdp(peer.at(), "x");
  transport_->Flush();
  EXPECT_EQ(peer.Receive(), "x");
  EXPECT_THAT(sink_.failed, ElementsAre(std::make_pair(3, SendFailure::kUnreachable)));
}

TEST_F(UdpTest, AnyAddressListenerNamesTheDestinationAndAnswersFromIt) {
  transport_ = std::make_unique<SipTransport>(&loop_, &sink_);
  const Endpoint any = *transport_->Listen(Transport::kUdp, Endpoint::V4(0, 0, 0, 0, 0));
  sink_.answer = [&](const Received& r) {
    transport_->Send({Transport::kUdp, 0, r.local, r.remote, SharedBytes("here"), 0});
  };
  Peer peer = Peer::Udp();
  const Endpoint asked = Endpoint::V4(127, 0, 0, 2, any.port());
  peer.SendTo(asked, "who?");
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.messages[0].local, asked);
  sockaddr_in6 from{};
  socklen_t size = sizeof from;
  char bytes[16];
  ASSERT_EQ(recvfrom(peer.fd(), bytes, sizeof bytes, 0, reinterpret_cast<sockaddr*>(&from), &size), 4);
  EXPECT_EQ(FromSockaddr(&from), asked);
}

TEST_F(UdpTest, AnswerLeavesFromTheListenerThatWasAsked) {
  Start(Transport::kUdp);
  const Endpoint second = *transport_->Listen(Transport::kUdp, kLoopback);
  Peer peer = Peer::Udp();
  transport_->Send({Transport::kUdp, 0, second, peer.at(), SharedBytes("x"), 0});
  transport_->Flush();
  sockaddr_in6 from{};
  socklen_t size = sizeof from;
  char byte;
  ASSERT_EQ(recvfrom(peer.fd(), &byte, 1, 0, reinterpret_cast<sockaddr*>(&from), &size), 1);
  EXPECT_EQ(FromSockaddr(&from), second);
}

TEST_F(UdpTest, Ipv6IsServed) {
  transport_ = std::make_unique<SipTransport>(&loop_, &sink_);
  const absl::StatusOr<Endpoint> server = transport_->Listen(Transport::kUdp, *Endpoint::Parse("::1", 0));
  if (!server.ok()) GTEST_SKIP() << "no IPv6 here: " << server.status();
  SendUdp(*server, "to myself");
  RunUntil([&] { return sink_.messages.size() == 1; });
  EXPECT_EQ(sink_.messages[0].remote, *server);
}

TEST_F(UdpTest, PortInUseIsAnErrorThatSaysWhatToDo) {
  const Endpoint server = Start(Transport::kUdp);
  const absl::Status status = transport_->Listen(Transport::kUdp, server).status();
  EXPECT_EQ(status.code(), absl::StatusCode::kAlreadyExists);
  EXPECT_THAT(std::string(status.message()), HasSubstr(absl::StrCat("ss -ulpn sport = :", server.port())));
  EXPECT_THAT(std::string(status.message()), HasSubstr(server.ToText()));
}

TEST_F(UdpTest, ForeignAddressIsAnErrorThatSaysWhatToDo) {
  transport_ = std::make_unique<SipTransport>(&loop_, &sink_);
  const absl::Status status = transport_->Listen(Transport::kUdp, Endpoint::V4(192, 0, 2, 1, 5060)).status();
  EXPECT_THAT(std::string(status.message()), HasSubstr("no interface of this host has the address 192.0.2.1"));
}

TEST_F(UdpTest, InheritedSocketKeepsWhatWaitedInIt) {
  OwnedFd inherited(socket(AF_INET, SOCK_DGRAM, 0));
  sockaddr_in6 address;
  ASSERT_EQ(bind(inherited.get(), reinterpret_cast<sockaddr*>(&address), ToSockaddr(kLoopback, AF_INET, &address)), 0);
  const Endpoint at = LocalEndpoint(inherited.get());
  Peer peer = Peer::Udp();
  peer.SendTo(at, "sent before the server was there");
  transport_ = std::make_unique<SipTransport>(&loop_, &sink_);
  ASSERT_EQ(*transport_->Listen(Transport::kUdp, at, inherited.Detach()), at);
  RunUntil([&] { return sink_.messages.size() == 1; });
  ASSERT_EQ(transport_->Listeners().size(), 1u);
  EXPECT_EQ(transport_->Listeners()[0].local, at);
}

TEST_F(UdpTest, InheritedSocketMustBeTheConfiguredOne) {
  transport_ = std::make_unique<SipTransport>(&loop_, &sink_);
  Peer udp = Peer::Udp();
  EXPECT_FALSE(transport_->Listen(Transport::kTcp, udp.at(), udp.fd()).ok());
  EXPECT_FALSE(transport_->Listen(Transport::kUdp, udp.at().WithPort(1), udp.fd()).ok());
  EXPECT_GE(fcntl(udp.fd(), F_GETFD), 0) << "a refused descriptor stays open";
}

TEST_F(UdpTest, StoppedTransportReadsNoMoreAndStillSends) {
  const Endpoint server = Start(Transport::kUdp);
  transport_->StopReceiving();
  Peer peer = Peer::Udp();
  peer.SendTo(server, "too late");
  SendUdp(peer.at(), "bye");
  RunTurns(3);
  EXPECT_EQ(peer.Receive(), "bye");
  EXPECT_TRUE(sink_.messages.empty());
}

TEST_F(UdpTest, WhoStopsListeningMayListenAgainAsIfNothingHadBeen) {
  Peer peer = Peer::Udp();
  for (int round = 0; round < 3; ++round) {
    const Endpoint at = round == 0 ? Start(Transport::kUdp) : *transport_->Listen(Transport::kUdp, kLoopback);
    sink_.messages.clear();
    peer.SendTo(at, "hello");
    RunUntil([&] { return sink_.messages.size() == 1; });
    transport_->PauseDatagrams();
    transport_->StopReceiving();
    SendUdp(peer.at(), "never sent", 1);
    transport_->StopListening();
    EXPECT_TRUE(transport_->Listeners().empty());
    EXPECT_TRUE(OpenUdpSocket(at).ok()) << "the port is free";
    RunTurns(2);
  }
  EXPECT_TRUE(sink_.failed.empty());
  EXPECT_EQ(transport_->Counters().sends_failed[static_cast<int>(SendFailure::kNoListener)], 3u);
  EXPECT_EQ(transport_->Counters().udp_datagrams_out, 0u);
}

TEST_F(UdpTest, StoppedListeningLeavesASharedSocketToTheOthers) {
  const Endpoint at = Start(Transport::kUdp);
  const OwnedFd other(fcntl(transport_->Listeners()[0].fd, F_DUPFD_CLOEXEC, 0));
  transport_->StopListening();
  Peer peer = Peer::Udp();
  peer.SendTo(at, "for the next reader");
  RunTurns(3);
  EXPECT_TRUE(sink_.messages.empty());
  transport_->Listen(Transport::kUdp, at, fcntl(other.get(), F_DUPFD_CLOEXEC, 0)).value();
  RunUntil([&] { return sink_.messages.size() == 1; });
}

// A Binding request of RFC 8489, with the transaction "0123456789ab".
std::string BindingRequest() {
  return absl::HexStringToBytes("000100002112a442") + "0123456789ab";
}

TEST_F(UdpTest, StunIsAnsweredAndNobodyElseHearsOfIt) {
  const Endpoint server = Start(Transport::kUdp);
  Peer phone = Peer::Udp();
  phone.SendTo(server, BindingRequest());
  phone.SendTo(server, Request("a"));
  RunUntil([&] { return sink_.messages.size() == 1; });
  RunTurns(1);
  const std::string answer = phone.Receive();
  EXPECT_EQ(absl::BytesToHexString(answer.substr(0, 8)), "0101000c2112a442");
  EXPECT_EQ(answer.substr(8, 12), "0123456789ab");
  EXPECT_EQ(transport_->Counters().stun_answered, 1u);
}

TEST_F(UdpTest, NoMoreStunIsAnsweredThanTheLimitSays) {
  TrafficLimits limits;
  limits.stun_per_second = 2;
  const Endpoint server = Start(Transport::kUdp, limits);
  Peer phone = Peer::Udp();
  for (int i = 0; i < 5; ++i) phone.SendTo(server, BindingRequest());
  RunUntil([&] { return transport_->Counters().stun_answered + transport_->Counters().stun_dropped == 5; });
  EXPECT_GE(transport_->Counters().stun_dropped, 1u);
  EXPECT_GE(transport_->Counters().stun_answered, 2u);
}

TEST_F(UdpTest, WhatGoesIntoANetworkLeavesFromTheAddressThere) {
  const Endpoint server = Start(Transport::kUdp);
  const auto sources = ParseSourceAddresses("127.0.3.0/24 127.0.3.1");
  ASSERT_TRUE(sources.ok());
  const absl::StatusOr<Endpoint> other = transport_->Listen(Transport::kUdp, (*sources)[0].address);
  ASSERT_TRUE(other.ok()) << other.status();
  transport_->UseSourceAddresses(*sources);
  const Endpoint nobodys = Endpoint::V4(127, 0, 9, 9, 5060);  // asked before the addresses were others
  for (const Endpoint& from : {Endpoint(), nobodys}) {
    for (const Endpoint& to : {server, *other}) {
      transport_->Send({Transport::kUdp, 0, from, to, SharedBytes(to.HostText()), 0});
    }
  }
  RunUntil([&] { return sink_.messages.size() == 4; });
  for (const RecordingSink::Message& message : sink_.messages) {
    EXPECT_EQ(message.remote.HostText(), message.bytes) << "each to itself";
  }
}

TEST_F(UdpTest, OneSourceTakesNoStunFromAnother) {
  TrafficLimits limits;
  limits.stun_per_source = 2;
  const Endpoint server = Start(Transport::kUdp, limits);
  Peer phone = Peer::Udp();
  Peer other(*OpenUdpSocket(Endpoint::V4(127, 0, 0, 2, 0)));
  transport_->PauseDatagrams();
  for (int i = 0; i < 5; ++i) phone.SendTo(server, BindingRequest());
  other.SendTo(server, BindingRequest());
  transport_->ResumeDatagrams();
  EXPECT_EQ(transport_->Counters().stun_answered, 3u);
  EXPECT_EQ(transport_->Counters().stun_dropped, 3u);
  sink_.admits = false;
  other.SendTo(server, BindingRequest());
  RunUntil([&] { return transport_->Counters().stun_dropped == 4; });
  EXPECT_EQ(transport_->Counters().stun_answered, 3u) << "who is shut out is not answered";
}

int TypeOfService(int fd) {
  int tos = -1;
  socklen_t size = sizeof tos;
  getsockopt(fd, IPPROTO_IP, IP_TOS, &tos, &size);
  return tos;
}

TEST_F(UdpTest, WhatMarkedPacketsMarksThemNoMoreWhenItIsTakenBack) {
  Start(Transport::kUdp);
  transport_->Listen(Transport::kTcp, kLoopback).value();
  Peer phone = Peer::TcpTo(transport_->Listeners()[1].local);
  RunUntil([&] { return sink_.opened.size() == 1; });
  for (const int tos : {184, -1, 96, 0}) {
    transport_->SetTypeOfService(tos);
    for (const SipTransport::Listener& listener : transport_->Listeners()) {
      EXPECT_EQ(TypeOfService(listener.fd), std::max(tos, 0)) << TransportName(listener.transport);
    }
  }
}

// Octets of a datagram whose checksum is wrong, with the headers of UDP; past what the kernel looks at on arrival.
std::string Spoilt(const Endpoint& to) {
  std::string datagram(200, 'x');
  const char header[] = {0x12, 0x34, static_cast<char>(to.port() >> 8), static_cast<char>(to.port()), 0, '\xc8', 1, 1};
  return datagram.replace(0, sizeof header, header, sizeof header);
}

TEST_F(UdpTest, DropsOfASocketThatIsNotFullAreNoSignOfTooMuch) {
  const OwnedFd raw(socket(AF_INET, SOCK_RAW | SOCK_CLOEXEC, IPPROTO_UDP));
  if (!raw.valid()) GTEST_SKIP() << "CAP_NET_RAW is missing";
  const Endpoint server = Start(Transport::kUdp);
  sockaddr_in6 address;
  const socklen_t size = ToSockaddr(server, AF_INET, &address);
  const std::string spoilt = Spoilt(server);
  Peer peer = Peer::Udp();
  for (size_t i = 1; i <= 3; ++i) {
    ASSERT_EQ(sendto(raw.get(), spoilt.data(), spoilt.size(), 0, reinterpret_cast<sockaddr*>(&address), size), 200);
    peer.SendTo(server, "hello");
    RunUntil([&] { return sink_.messages.size() == i; });
    usleep(60 * 1000);  // longer than it looks away
  }
  EXPECT_EQ(transport_->Counters().udp_kernel_drops, 3u);
  EXPECT_EQ(sink_.overflows, 0);
}

TEST_F(UdpTest, DropsOfAFullSocketAreTold) {
  const Endpoint server = Start(Transport::kUdp);
  const int least = 1;
  setsockopt(transport_->Listeners()[0].fd, SOL_SOCKET, SO_RCVBUF, &least, sizeof least);
  Peer peer = Peer::Udp();
  for (int i = 0; i < 100; ++i) peer.SendTo(server, std::string(500, 'x'));
  RunUntil([&] { return !sink_.messages.empty(); });
  EXPECT_GT(transport_->Counters().udp_kernel_drops, 0u);
  EXPECT_EQ(sink_.overflows, 1);
}

}  // namespace
}  // namespace understudy::net
