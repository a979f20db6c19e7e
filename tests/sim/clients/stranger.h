// Somebody who knows the clients' names and not their passwords: he says Hello as one of them, and in the same breath
// what they would say next. He must be refused each time, and hear nothing but that. What he does to others is seen by
// their own rules.
//
//   Stranger stranger(3, &events, &network, chance, on_violated);     // three clients, c1 to c3
//   stranger.Start();
//   stranger.StopActing();
//
// One thread, virtual time.
#ifndef UNDERSTUDY_TESTS_SIM_CLIENTS_STRANGER_H_
#define UNDERSTUDY_TESTS_SIM_CLIENTS_STRANGER_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>

#include "absl/strings/string_view.h"
#include "tests/sim/network/client_network.h"
#include "tests/sim/virtual_time.h"
#include "tlib/frame.h"
#include "tlib/frame_codec.h"

namespace understudy::sim {

class Stranger : public ClientEnd {
 public:
  using OnViolated = std::function<void(absl::string_view)>;

  // All outlive it.
  Stranger(uint64_t clients, EventQueue* events, ClientNetwork* network, const Chance& chance, OnViolated on_violated);

  void Start() { TrySoon(); }
  void StopActing() { acts_on_ = false; }
  uint64_t refused() const { return refused_; }

  // ---- ClientEnd
  void LinkOpened(uint64_t link) override;
  void LinkOctets(uint64_t link, absl::string_view octets) override;
  void LinkClosed(uint64_t link) override { links_.erase(link); }
  void LinkDead(uint64_t) override {}

 private:
  struct Link {
    std::string name;
    tlib::FrameReader reader;
  };

  void TrySoon();
  void Hear(const std::string& name, const tlib::Frame& frame);

  const uint64_t clients_;
  EventQueue* const events_;
  ClientNetwork* const network_;
  Chance chance_;
  const OnViolated on_violated_;
  std::map<uint64_t, Link> links_;
  bool acts_on_ = true;
  uint64_t refused_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CLIENTS_STRANGER_H_
