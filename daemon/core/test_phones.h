// Two SIP parties that call each other through a core without sockets, and remember what they were promised. For tests.
//
//   TestPhones phones;
//   phones.Call();                                   // the caller sends an INVITE
//   for (auto& m : phones.TakeSent()) Deliver(m);    // to the server
//   phones.Receive(send);                            // an effect that the server released
#ifndef UNDERSTUDY_DAEMON_CORE_TEST_PHONES_H_
#define UNDERSTUDY_DAEMON_CORE_TEST_PHONES_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "base/endpoint.h"
#include "engine/configuration.h"
#include "engine/effect.h"

namespace understudy::daemon {

class TestPhones {
 public:
  struct Sent {
    Endpoint from;
    std::string bytes;
  };

  static Endpoint Caller() { return Endpoint::V4(10, 0, 0, 1, 5060); }
  static Endpoint Callee() { return Endpoint::V4(10, 0, 0, 2, 5060); }

  // Both parties as Trunks, the server at 10.0.0.9:5060.
  static engine::Configuration Configuration();

  // The caller begins another call; or ends one that is established, if there is one.
  void Call();
  void HangUp();

  // Takes in what the server sent, and answers.
  void Receive(const engine::SendSip& send);

  // What the parties have to say since the last time.
  std::vector<Sent> TakeSent() { return std::exchange(sent_, {}); }

  // Call-IDs, on the caller's side, of calls that both parties hold for established and neither has ended.
  const std::set<std::string>& established() const { return established_; }

 private:
  struct Dialog {
    std::string to;      // the server's To with its tag
    std::string target;  // the server's Contact
  };

  void Say(const Endpoint& from, std::string bytes) { sent_.push_back(Sent{from, std::move(bytes)}); }
  void OnCallerResponse(const std::string& bytes);
  void OnCalleeRequest(const std::string& bytes);

  int calls_ = 0;
  std::vector<Sent> sent_;
  std::map<std::string, Dialog> dialogs_;   // by the caller's Call-ID
  std::set<std::string> answered_;          // the caller has its 200
  std::set<std::string> acknowledged_;      // the callee has its ACK, by the number dialled
  std::set<std::string> established_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CORE_TEST_PHONES_H_
