// All clients of one run, drawn from a Chance; each with habits of its own. And a stranger, who is no client.
//
//   Clientele clientele(chance, options, numbers, &events, on_violated);
//   clientele.Start();
//   clientele.CutLinks(machine, 60, draw, span);     // of 60 % of them
//   clientele.StopActing();
//   if (clientele.IsAtRest()) ...
//
// One thread, virtual time.
#ifndef UNDERSTUDY_TESTS_SIM_CLIENTS_CLIENTELE_H_
#define UNDERSTUDY_TESTS_SIM_CLIENTS_CLIENTELE_H_

#include <cstddef>
#include <cstdint>
#include <functional>
#include <memory>
#include <vector>

#include "base/time.h"
#include "tests/sim/clients/client_book.h"
#include "tests/sim/clients/cti_client.h"
#include "tests/sim/clients/stranger.h"
#include "tests/sim/network/client_network.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

struct ClienteleOptions {
  uint32_t clients = 0;
  ClientBookOptions book;
};

class Clientele {
 public:
  Clientele(const Chance& chance, const ClienteleOptions& options, ClientNumbers numbers, EventQueue* events,
            const ClientBook::OnViolated& on_violated);

  void Start();
  void StopActing();
  // Nobody waits for anything.
  bool IsAtRest() const;

  // Of so many of a hundred clients, at least of one; which ones says `draw`.
  void CutLinks(size_t machine, uint64_t percent, uint64_t draw, Duration span);
  void Stall(uint64_t percent, uint64_t draw, Duration span);
  void Restart(uint64_t percent, uint64_t draw, Duration away);

  bool empty() const { return clients_.empty(); }
  const std::vector<std::unique_ptr<CtiClient>>& clients() const { return clients_; }
  const Stranger& stranger() const { return stranger_; }
  ClientNetwork& network() { return network_; }
  ClientBook& book() { return book_; }
  const ClientBook& book() const { return book_; }

 private:
  static ClientHabits DrawHabits(uint32_t number, Chance chance);
  void Each(uint64_t percent, uint64_t draw, const std::function<void(CtiClient& client)>& what);

  const ClientNumbers numbers_;
  ClientNetwork network_;
  ClientBook book_;
  std::vector<std::unique_ptr<CtiClient>> clients_;
  Stranger stranger_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CLIENTS_CLIENTELE_H_
