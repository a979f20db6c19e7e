// Calls at a rate: RequestMakeCall, a talk, RequestReleaseCall, and what came of each.
#ifndef UNDERSTUDY_TESTS_BENCH_CTI_CALL_LOAD_H_
#define UNDERSTUDY_TESTS_BENCH_CTI_CALL_LOAD_H_

#include <chrono>
#include <cstdint>
#include <deque>
#include <string>

#include "absl/container/btree_map.h"
#include "absl/strings/string_view.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/steady_timer.hpp"
#include "client/client.h"
#include "tests/bench/cti/load_clients.h"
#include "tests/bench/cti/load_options.h"

namespace understudy::bench {

struct CallCounts {
  uint64_t asked = 0;      // RequestMakeCall
  uint64_t refused = 0;    // EventError
  uint64_t answered = 0;   // EventEstablished at the caller
  uint64_t released = 0;   // by RequestReleaseCall, as it was asked
  uint64_t failed = 0;     // ended without being asked to, or the release was refused
  uint64_t postponed = 0;  // all phones were in a call: so many fewer were made than the rate says
};

class CallLoad {
 public:
  using Clock = std::chrono::steady_clock;

  CallLoad(boost::asio::io_context& io, const LoadOptions& options, LoadClients* clients);

  void Start();
  // No new ones.
  void Stop() { makes_ = false; }
  size_t under_way() const { return calls_.size(); }
  // "2000 waits for its answer", of some that are under way.
  std::string Left() const;
  const CallCounts& counts() const { return counts_; }

 private:
  enum class Phase { kAsked, kMade, kTalking, kReleasing };
  struct Call {
    std::string dn;
    int64_t pair = 0;
    int64_t conn_id = 0;
    Phase phase = Phase::kAsked;
  };
  using Calls = absl::btree_map<std::string, Call>;  // by caller: each phone calls once at a time

  void Tick();
  void Make(int64_t pair);
  void OnMade(const std::string& dn, const client::Event& outcome);
  void OnEvent(const client::Event& event);
  void TalkOf(const Call& call);
  void Release(const std::string& dn, int64_t conn_id);
  void End(const std::string& dn, uint64_t CallCounts::*count);

  boost::asio::io_context& io_;
  const LoadOptions options_;
  LoadClients* const clients_;
  boost::asio::steady_timer timer_;
  Clock::time_point began_;
  int64_t due_ = 0;  // calls that should have been made by now
  bool makes_ = false;
  uint64_t marks_ = 0;
  std::deque<int64_t> free_;  // pairs of phones
  Calls calls_;
  CallCounts counts_;
};

}  // namespace understudy::bench

#endif  // UNDERSTUDY_TESTS_BENCH_CTI_CALL_LOAD_H_
