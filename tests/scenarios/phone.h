// A party outside the server: enough of a user agent to say the next message of a script in a few words, and to notice
// when the server breaks a dialog.
//
//   Phone alice("alice", "1001", endpoint, Transport::kUdp, server);
//   std::string invite = alice.Call("").Request("INVITE", "1002", {}).Text();
//
// It answers nothing by itself.
#ifndef UNDERSTUDY_TESTS_SCENARIOS_PHONE_H_
#define UNDERSTUDY_TESTS_SCENARIOS_PHONE_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/transport.h"
#include "engine/ids.h"
#include "sip/message.h"
#include "tests/scenarios/draft.h"

namespace understudy::tests {

class Phone;

// One side of one dialog, early or not.
class PhoneCall {
 public:
  PhoneCall(Phone* phone, std::string name) : phone_(phone), name_(std::move(name)) {}

  // The next request of that method. `number`: outside a dialog, or one that begins here; "": inside the dialog.
  Draft Request(absl::string_view method, absl::string_view number);
  // The ACK for the final response that came last, and the CANCEL of the INVITE sent last.
  Draft Ack();
  Draft Cancel();
  // A response to the request of that method that came last ("": of any method).
  Draft Response(int status, absl::string_view method, absl::string_view tag);
  bool CanRespond(absl::string_view method) const;
  // What is said next is said in the early dialog that was heard as that one, from 1. False: there is none.
  bool EnterEarly(size_t number);

  // Notes a message from the server. Returns what is wrong with it; empty: nothing.
  std::string Receive(const sip::Message& message);

  // What was sent last, of that method or status ("": of any).
  void Sent(absl::string_view kind, std::string text);
  std::string LastSent(absl::string_view kind) const;

  bool Has(absl::string_view call_id) const { return !call_id_.empty() && call_id_ == call_id; }
  bool in_dialog() const { return !remote_tag_.empty(); }
  // The dialog as Replaces names it to the other side (RFC 3891).
  std::string AsReplaced() const;
  const std::string& name() const { return name_; }

 private:
  struct Heard {
    std::string head;  // Via, From, To, Call-ID, CSeq, Record-Route as text
    bool to_tag = false;
    std::string method;
  };

  // An early dialog that its INVITE has made: each counts its requests for itself.
  struct Early {
    std::string remote_tag;
    std::string rseq;  // of the reliable provisional response heard last
    uint32_t cseq = 0;
  };

  Early& EarlyOf(absl::string_view remote_tag);
  void Enter(absl::string_view remote_tag);
  void EnterOf(absl::string_view remote_tag);
  void Begin(absl::string_view number);
  void Learn(absl::string_view text);  // what an edited request says
  std::string ReceiveRequest(const sip::Message& message);
  void ReceiveResponse(const sip::Message& message);
  void AddCore(absl::string_view method, uint32_t cseq, absl::string_view branch, bool to_tag, Draft* draft);

  Phone* phone_;
  std::string name_;
  std::string call_id_;
  std::string local_tag_;
  std::set<std::string> forks_;  // every tag that it has answered under
  std::string remote_tag_;
  std::string local_uri_;
  std::string remote_uri_;
  std::string target_;
  std::vector<std::string> routes_;
  uint32_t cseq_ = 0;
  uint32_t remote_cseq_ = 0;
  std::string invite_branch_;
  std::string invite_target_;
  uint32_t invite_cseq_ = 0;
  std::string invite_to_;  // of the response to acknowledge
  int invite_status_ = 0;
  std::vector<Early> early_;
  std::map<std::string, Heard> heard_;  // by method
  std::string heard_last_;
  std::map<std::string, std::string> sent_;
  std::string sent_last_;
};

class Phone {
 public:
  Phone(std::string name, std::string number, Endpoint endpoint, Transport transport, std::string server)
      : name_(std::move(name)),
        number_(std::move(number)),
        endpoint_(endpoint),
        transport_(transport),
        server_(std::move(server)) {}
  Phone(const Phone&) = delete;
  Phone& operator=(const Phone&) = delete;

  // The dialog of that name; "" is the one that unknown requests go to.
  PhoneCall& Call(const std::string& name);
  // The dialog that a message belongs to, or nullptr.
  PhoneCall* Find(absl::string_view call_id);
  // The name of the dialog that an unknown request begins: what was set since the last one, or "".
  void set_next(std::string name) { next_call_ = std::move(name); }
  std::string TakeNext() { return std::exchange(next_call_, {}); }

  const std::string& name() const { return name_; }
  const std::string& number() const { return number_; }
  const Endpoint& endpoint() const { return endpoint_; }
  Transport transport() const { return transport_; }
  const std::string& server() const { return server_; }
  std::string Next(absl::string_view what);  // alice-what-1, alice-what-2 ...

  engine::FlowId flow;  // its connection to the server, 0: none
  uint16_t source_port() const { return source_port_; }
  void set_source_port(uint16_t port) { source_port_ = port; }

 private:
  std::string name_;
  std::string number_;
  Endpoint endpoint_;
  Transport transport_;
  std::string server_;
  uint16_t source_port_ = 0;
  int next_ = 0;
  std::string next_call_;
  std::map<std::string, PhoneCall> calls_;
};

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_PHONE_H_
