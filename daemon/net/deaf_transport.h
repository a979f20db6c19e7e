// For tests of a node to which no SIP message matters: a transport that sends to nobody and hears of nothing.
#ifndef UNDERSTUDY_DAEMON_NET_DEAF_TRANSPORT_H_
#define UNDERSTUDY_DAEMON_NET_DEAF_TRANSPORT_H_

#include <cstdint>
#include <vector>

#include "base/endpoint.h"
#include "daemon/net/message_transport.h"

namespace understudy::net {

class DeafTransport : public MessageTransport {
 public:
  uint64_t Send(const Outgoing&) override { return 0; }
  void Flush() override {}
  void CloseFlow(uint64_t) override {}
  void PauseDatagrams() override {}
  void ResumeDatagrams() override {}
  void PauseStreams() override {}
  void ResumeStreams() override {}
  void HoldInput() override {}
  void ResumeInput() override {}
  void SetKnownHosts(const std::vector<Endpoint>&) override {}
  void StopReceiving() override {}
  void StopListening() override {}
};

}  // namespace understudy::net

#endif  // UNDERSTUDY_DAEMON_NET_DEAF_TRANSPORT_H_
