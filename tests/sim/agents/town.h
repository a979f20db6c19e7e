// An engine without a pair, a journal or sockets, and a workload around it: where the agents' specification is tested.
//
//   TownOptions options;
//   options.loss = 20000;                            // of a million datagrams
//   Town town(seed, options);
//   town.Run();
//   EXPECT_THAT(town.violations(), IsEmpty());
//
// The path loses, doubles, delays and so reorders datagrams, and breaks connections; nobody serves for a while, and
// then a new epoch begins. One thread, virtual time.
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_TOWN_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_TOWN_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/time.h"
#include "engine/apply.h"
#include "engine/effect.h"
#include "engine/input.h"
#include "engine/state.h"
#include "tests/sim/agents/workload.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

struct TownOptions {
  uint64_t loss = 0;      // of a million datagrams, each way
  uint64_t doubling = 0;  // likewise
  Duration shortest = Duration::Milliseconds(1);
  Duration longest = Duration::Milliseconds(2);  // delay: more than `shortest` reorders
  uint32_t outages = 0;                          // times that nobody serves
  Duration longest_outage = Duration::Seconds(4);
  uint32_t breaks = 0;  // connections that end
  uint32_t feature_level = 1;
  Duration end = Duration::Seconds(60);
  Duration quiet = Duration::Seconds(80);  // until all must be at an end
  WorkloadOptions workload;

  // Sees each message that the server sends before the path does. False: it is not sent, and the books do not say so.
  // What it adds to `more` is sent as well.
  std::function<bool(std::string* bytes, std::vector<std::string>* more)> tamper;
};

class Town : public AgentPort {
 public:
  Town(uint64_t seed, const TownOptions& options);

  void Run();
  void RunUntil(Duration time) { events_.RunUntil(time); }

  const std::vector<std::string>& violations() const { return violations_; }
  Workload& workload() { return workload_; }
  EventQueue& events() { return events_; }
  const engine::State& state() const { return state_; }
  uint64_t messages() const { return messages_; }  // by the server
  uint64_t digest() const { return digest_; }      // of all that was said, in order

  // AgentPort.
  bool SendDatagram(Agent& from, absl::string_view bytes) override;
  uint64_t Connect(Agent& from) override;
  void SendStream(Agent& from, uint64_t flow, absl::string_view bytes) override;
  void Disconnect(Agent& from, uint64_t flow) override;

 private:
  struct Connection {
    Agent* agent = nullptr;
    bool open = false;
    bool introduced = false;  // the engine knows it
    Duration to_agent;        // when what was sent last arrives: order is kept
    Duration to_server;
  };

  Duration Delay() { return chance_.Skewed(options_.shortest, options_.longest); }
  void Apply(engine::Input input);
  void OnServerMessage(const Endpoint& from, uint64_t flow, const std::string& bytes);
  void Release(const engine::SendSip& send);
  void ToAgent(const engine::SendSip& send, const std::string& bytes);
  void DatagramTo(Agent& agent, const std::string& bytes);
  void StreamTo(uint64_t flow, const std::string& bytes);
  uint64_t FlowTo(const engine::SendSip& send);
  void Close(uint64_t flow, bool told_agent);
  void SetAlarm();
  void GoDown(Duration span);
  void ComeBack(Duration span);
  void BreakOne();

  Chance chance_;
  const TownOptions options_;
  EventQueue events_;
  std::vector<std::string> violations_;
  Workload workload_;
  engine::State state_;
  engine::Effects effects_;
  Epoch epoch_;
  bool serving_ = true;
  EventId alarm_ = 0;
  std::map<uint64_t, Connection> connections_;
  uint64_t last_flow_ = 0;
  uint64_t messages_ = 0;
  uint64_t digest_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_TOWN_H_
