// The T-Library clients of a scenario: each says what its line of the script says, and notices when the server breaks
// the rules of its session (numbers of events that have a hole, an event that is another one when it comes again).
//
// They do nothing by themselves.
#ifndef UNDERSTUDY_TESTS_SCENARIOS_CLIENTS_H_
#define UNDERSTUDY_TESTS_SCENARIOS_CLIENTS_H_

#include <cstdint>
#include <map>
#include <string>
#include <vector>

#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "engine/effect.h"
#include "engine/input.h"
#include "tlib/message.h"

namespace understudy::tests {

class Clients {
 public:
  void Add(const std::string& name, const std::string& application);
  bool Has(const std::string& name) const { return clients_.contains(name); }

  // What the line says: a client's name, then what it does (tests/scenarios/scenario.h).
  absl::StatusOr<engine::Input> Say(const std::vector<std::string>& words, Epoch epoch);
  // The node that they were linked to is gone.
  void LoseLinks();

  // False: what goes over that link is heard by nobody.
  bool Lives(engine::LinkId link) const;

  // Notes what came from the server. Returns what is wrong with it; empty: nothing.
  std::string Receive(const engine::SendClient& send);

  // Whose link that is, or was.
  std::string NameOf(engine::LinkId link) const;

 private:
  struct Client {
    std::string application;
    engine::LinkId link;  // the last one, whether it lives or not
    bool lost = true;
    uint64_t session = 0;
    uint64_t token = 0;
    uint64_t last_request = 0;
    uint64_t seen = 0;  // the last event
    std::map<uint64_t, tlib::Message> requests;
    std::map<uint64_t, tlib::EventFrame> events;
  };

  void TakeNewLink(const std::string& name, Epoch epoch);
  engine::Input Attach(Client* client, const std::vector<std::string>& words);
  absl::StatusOr<engine::Input> Request(Client* client, std::vector<std::string> words);
  std::string Receive(Client* client, const tlib::Attached& attached);
  std::string Receive(Client* client, const tlib::EventFrame& event);

  std::map<std::string, Client> clients_;
  std::map<engine::LinkId, std::string> links_;
};

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_CLIENTS_H_
