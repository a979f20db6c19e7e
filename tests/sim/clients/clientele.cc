#include "tests/sim/clients/clientele.h"

#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::sim {

Clientele::Clientele(const Chance& chance, const ClienteleOptions& options, ClientNumbers numbers, EventQueue* events,
                     const ClientBook::OnViolated& on_violated)
    : numbers_(std::move(numbers)),
      network_(events, chance.Fork("links")),
      book_(options.book, on_violated, events),
      stranger_(options.clients, events, &network_, chance.Fork("stranger"), on_violated) {
  for (uint32_t i = 0; i < options.clients; ++i) {
    clients_.push_back(std::make_unique<CtiClient>(DrawHabits(i, chance.Fork("habits", i)), &numbers_, events,
                                                   &network_, &book_, chance.Fork("client", i)));
  }
}

// The first two link to both nodes: somebody hears what happens, whoever serves.
ClientHabits Clientele::DrawHabits(uint32_t number, Chance chance) {
  ClientHabits habits;
  habits.name = absl::StrCat("c", number + 1);
  if (number >= 2 && chance.Percent(25)) habits.machines = {chance.Below(2)};
  habits.is_slow = chance.Percent(20);
  habits.cuts_after_asking = chance.Percent(40);
  habits.same_reference = chance.Percent(20);
  return habits;
}

void Clientele::Start() {
  for (const auto& client : clients_) client->Start();
  if (!clients_.empty()) stranger_.Start();
}

void Clientele::StopActing() {
  for (const auto& client : clients_) client->StopActing();
  stranger_.StopActing();
}

bool Clientele::IsAtRest() const {
  for (const auto& client : clients_) {
    if (!client->IsAtRest()) return false;
  }
  return true;
}

void Clientele::Each(uint64_t percent, uint64_t draw, const std::function<void(CtiClient& client)>& what) {
  if (clients_.empty()) return;
  Chance chance(draw);
  const uint64_t always = chance.Below(clients_.size());
  for (uint64_t i = 0; i < clients_.size(); ++i) {
    if (chance.Percent(percent) || i == always) what(*clients_[i]);
  }
}

void Clientele::CutLinks(size_t machine, uint64_t percent, uint64_t draw, Duration span) {
  Each(percent, draw, [&](CtiClient& client) {
    client.KeepFrom(machine, span);
    client.CutLinksTo(machine);
  });
}

void Clientele::Stall(uint64_t percent, uint64_t draw, Duration span) {
  Each(percent, draw, [&](CtiClient& client) { client.Stall(span); });
}

void Clientele::Restart(uint64_t percent, uint64_t draw, Duration away) {
  Each(percent, draw, [&](CtiClient& client) { client.Restart(away); });
}

}  // namespace understudy::sim
