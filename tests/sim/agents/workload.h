// What goes on outside the servers in one run: about ten phones and two gateways, and the script of a hundred calls,
// drawn from a Chance.
//
//   Workload workload(chance.Fork("workload"), WorkloadOptions(), &events, &port, on_violated);
//   servers.Configure(workload.Configuration());
//   workload.Start();                       // phones register; calls begin as planned
//   ... run ...
//   workload.StopBeginning();               // no new calls
//   workload.WindDown();                    // all hang up
//   ... run 80 s more ...
//   EXPECT_THAT(workload.Unfinished(), IsEmpty());
//
// The world delivers what the servers send to the agent of that address (`Find`), and tells the book when nobody
// served. One thread, virtual time. Queue and port outlive it.
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_WORKLOAD_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_WORKLOAD_H_

#include <cstdint>
#include <memory>
#include <string>
#include <vector>

#include "base/endpoint.h"
#include "base/time.h"
#include "engine/configuration.h"
#include "tests/sim/agents/agent.h"
#include "tests/sim/agents/call_book.h"
#include "tests/sim/agents/desk_phone.h"
#include "tests/sim/agents/lamp_phone.h"
#include "tests/sim/agents/transfer_office.h"
#include "tests/sim/agents/twin_phone.h"
#include "tests/sim/agents/user_agent.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

struct WorkloadOptions {
  Endpoint service = Endpoint::V4(10, 0, 0, 9, 5060);
  uint32_t phones = 10;
  uint32_t gateways = 2;
  uint32_t calls = 100;                   // beside those that a REFER makes, and requests outside a dialog
  Duration first = Duration::Seconds(2);  // calls begin between the two
  Duration last = Duration::Seconds(50);
  Duration longest_talk = Duration::Seconds(25);
  uint32_t tcp_percent = 20;      // of the phones
  uint32_t desk_phones = 0;       // that clients call with
  uint32_t restart_percent = 1;   // of the calls: a party forgets everything in the middle of it
  uint32_t mute_percent = 1;      // likewise: is off for a while
  uint32_t prack_percent = 0;     // of the calls: more than one reliable answer, or one that is missed at first
  uint32_t fork_percent = 0;      // of the calls to gateways: two phones behind it ring
  uint32_t timer_percent = 0;     // of the calls: the session has an interval
  uint32_t lamp_phones = 0;       // that watch some of the phones
  uint32_t twins = 0;             // numbers of phones at which a second phone rings beside the first
  uint32_t transfer_offices = 0;  // of three desk phones each, which hand calls over to each other
  uint32_t timed_percent = 0;     // of phones and gateways: the server has a session with each by itself
  Tolerance tolerance;
};

class Workload {
 public:
  Workload(Chance chance, const WorkloadOptions& options, EventQueue* events, AgentPort* port,
           CallBook::OnViolated on_violated);

  // What both nodes' file says.
  engine::Configuration Configuration() const;

  void Start();
  void StopBeginning();
  void WindDown();

  // What is still going on: a line each. Empty: all is quiet.
  std::vector<std::string> Unfinished() const;

  // Numbers that a lamp phone takes to be in a call.
  std::vector<std::string> LitLamps() const;

  const std::vector<std::unique_ptr<Agent>>& agents() const { return agents_; }
  // nullptr: nobody has that address.
  Agent* Find(const Endpoint& address) const;

  // Numbers of the phones, and of the desk phones.
  std::vector<std::string> PhoneNumbers() const;
  std::vector<std::string> DeskNumbers() const;
  const std::vector<DeskPhone*>& desks() const { return desks_; }
  const std::vector<std::unique_ptr<TransferOffice>>& offices() const { return offices_; }
  const std::vector<TwinPhone*>& twins() const { return twins_; }
  const std::vector<LampPhone*>& lamp_phones() const { return lamp_phones_; }

  CallBook& book() { return book_; }
  const CallBook& book() const { return book_; }

 private:
  void AddPhones(const Chance& chance);
  void AddGateways(const Chance& chance);
  void AddDeskPhones(const Chance& chance);
  void AddOffices(const Chance& chance);
  void AddTwins(const Chance& chance);
  void AddLampPhones(const Chance& chance);
  void DrawCalls(Chance chance);
  CallPlan DrawCall(Chance& chance);
  void DrawParties(Chance& chance, CallPlan* plan);
  void DrawCallee(Chance& chance, CallPlan* plan);
  void DrawAnswer(Chance& chance, CallPlan* plan);
  void DrawSteps(Chance& chance, CallPlan* plan);
  void DrawTrouble(Chance& chance, CallPlan* plan);
  void DrawOthers(Chance& chance);
  // What a call has beyond (workload_habits.cc): drawn apart, so that without it all else is as it was.
  void DrawHabits(const Chance& chance);
  void DrawTimer(Chance& chance, CallPlan* plan) const;
  uint32_t DrawAgent(Chance& chance) const;

  const WorkloadOptions options_;
  EventQueue* const events_;
  AgentPort* const port_;
  CallBook book_;
  std::vector<std::unique_ptr<Agent>> agents_;
  std::vector<UserAgent*> parties_;  // the same but desk phones: phones first
  std::vector<DeskPhone*> desks_;
  std::vector<DeskPhone*> office_phones_;
  std::vector<TwinPhone*> twins_;
  std::vector<LampPhone*> lamp_phones_;
  std::vector<std::unique_ptr<TransferOffice>> offices_;
  std::vector<bool> timed_;        // of those, by their indexes
  std::vector<uint32_t> planned_;  // calls that begin at their time, and not by a REFER
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_WORKLOAD_H_
