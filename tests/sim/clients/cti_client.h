// A client of the T-Library in the simulator: the rules of the clients' library (tlib/client_session.h) as they are, on
// simulated links, and an application that registers for DNs, asks, and controls calls, as chance has it.
//
//   CtiClient client(habits, numbers, &events, &network, &book, chance);
//   client.Start();
//   client.Stall(Duration::Seconds(5));     // it stands still, and so reads nothing
//   client.StopActing();
//   if (client.IsAtRest()) ...
//
// What it says and hears goes through the book (client_book.h), which says what must not be. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_CLIENTS_CTI_CLIENT_H_
#define UNDERSTUDY_TESTS_SIM_CLIENTS_CTI_CLIENT_H_

#include <cstdint>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "tests/sim/clients/client_book.h"
#include "tests/sim/network/client_network.h"
#include "tests/sim/virtual_time.h"
#include "tlib/client_session.h"
#include "tlib/frame_codec.h"

namespace understudy::sim {

// What a client is like, for its whole life.
struct ClientHabits {
  std::string name;
  std::vector<size_t> machines = {0, 1};  // that it links to
  bool is_slow = false;                   // stands still now and then
  bool cuts_after_asking = false;         // its link breaks when requests have just gone out
  bool same_reference = false;  // all its requests have one ReferenceID on the wire; asks only what is answered at once
};

// Whom there is to talk about.
struct ClientNumbers {
  std::vector<std::string> phones;
  std::vector<std::string> desks;  // phones that let clients call with them
};

struct ClientActs {
  uint64_t acts = 0;
  uint64_t bursts = 0;
  uint64_t goodbyes = 0;
  uint64_t restarts = 0;
  uint64_t stalls = 0;
  uint64_t cuts_after_asking = 0;
  uint64_t primaries_changed = 0;  // the session went on at the other node
};

class CtiClient : public ClientEnd {
 public:
  // All outlive it.
  CtiClient(const ClientHabits& habits, const ClientNumbers* numbers, EventQueue* events, ClientNetwork* network,
            ClientBook* book, const Chance& chance);

  void Start();
  // Nothing new from here on, but what its library does.
  void StopActing() { acts_on_ = false; }
  bool is_attached() const { return session_ != nullptr && session_->is_attached(); }
  bool links_to_both() const { return habits_.machines.size() == ClientNetwork::kMachines; }
  // It waits for nothing.
  bool IsAtRest() const;

  void CutLinksTo(size_t machine);
  // For that long none of its links to the machine comes about.
  void KeepFrom(size_t machine, Duration span);
  void Stall(Duration span);
  // It forgets its session, and begins anew after that.
  void Restart(Duration away);

  const std::string& name() const { return habits_.name; }
  const ClientActs& acts() const { return acts_; }

  // ---- ClientEnd
  void LinkOpened(uint64_t link) override;
  void LinkOctets(uint64_t link, absl::string_view octets) override;
  void LinkClosed(uint64_t link) override;
  void LinkDead(uint64_t link) override { book_->Dead(link); }

 private:
  struct Link {
    int server = 0;
    tlib::FrameReader reader;
  };

  tlib::ClientTime now() const { return tlib::ClientTime::FromNanoseconds(events_->now().nanoseconds()); }
  bool stands_still() const { return events_->now() < still_until_; }
  uint64_t LinkTo(int server) const;  // 0: none
  void Begin();
  void DropLinks();

  // What its library wants.
  void Run();
  void Do(const tlib::ClientConnect& connect);
  void Do(const tlib::ClientClose& close);
  void Do(const tlib::ClientSend& send);
  void Do(const tlib::ClientEvent& event);
  void SetAlarm();
  // For the sake of one ReferenceID on the wire.
  void HideReference(tlib::RequestFrame* request);
  void ShowReference(bool is_new, tlib::EventFrame* event);

  // The application (cti_client_acts.cc).
  static constexpr absl::string_view kNobody = "4711";  // not configured
  void ActSoon();
  void Act();
  void Ask(tlib::Message request);
  tlib::Message Make(tlib::MessageType type, absl::string_view dn);
  void AskAboutDn();
  void MaskEvents();
  void Burst();
  void SayGoodbye();
  void AfterAsking();
  const std::string& AnyNumber();
  bool IsDesk(absl::string_view dn) const;

  // Calls (cti_client_calls.cc).
  void AskAboutCall();
  void BeginCall();
  void ControlCall();
  void ControlTwo(const HeardCall& call, const HeardCall& held);
  void ChangeFeatures();
  absl::optional<HeardCall> AnyCall(bool of_desks);
  absl::optional<HeardCall> HeldBeside(const HeardCall& call);
  std::string AnotherDn(const HeardCall& call, tlib::MessageType type);

  const ClientHabits habits_;
  const ClientNumbers* const numbers_;
  EventQueue* const events_;
  ClientNetwork* const network_;
  ClientBook* const book_;
  Chance chance_;
  std::unique_ptr<tlib::ClientSession> session_;  // null: it is away
  uint64_t lives_ = 0;
  std::map<uint64_t, Link> links_;
  std::map<uint64_t, int64_t> hidden_;  // ReferenceID of the library's, by number of the request
  EventId alarm_ = 0;
  Duration still_until_;
  std::map<size_t, Duration> kept_until_;  // by machine
  bool acts_on_ = true;
  uint64_t marks_ = 0;
  ClientActs acts_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CLIENTS_CTI_CLIENT_H_
