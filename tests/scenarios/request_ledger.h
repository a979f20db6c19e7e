// What clients asked for and what they heard, held against each other: a request has one outcome, an event's number
// rises, and a party whose last event has come has no other.
//
//   RequestLedger ledger;
//   const int64_t reference = ledger.Ask("desk");     // of a request that is sent now
//   ledger.Hear("desk", event);                       // each event frame, repeated ones too
//   ledger.Close();                                   // nothing more is to come
//   EXPECT_THAT(ledger.faults(), testing::IsEmpty());
#ifndef UNDERSTUDY_TESTS_SCENARIOS_REQUEST_LEDGER_H_
#define UNDERSTUDY_TESTS_SCENARIOS_REQUEST_LEDGER_H_

#include <cstdint>
#include <map>
#include <string>
#include <utility>
#include <vector>

#include "tlib/frame.h"
#include "tlib/message.h"

namespace understudy::tests {

class RequestLedger {
 public:
  // A ReferenceID that no other request has.
  int64_t Ask(const std::string& client);
  void Hear(const std::string& client, const tlib::EventFrame& event);
  void Close();

  void Fault(std::string text) { faults_.push_back(std::move(text)); }
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  // The parties of a DN in a call, as one client knows them; a phone that calls itself has two.
  struct Parties {
    int live = 0;
    bool known = false;
  };
  struct Client {
    uint64_t heard = 0;                                          // number of the last event
    int64_t sequence = 0;                                        // its EventSequenceNumber
    std::map<std::pair<int64_t, std::string>, Parties> parties;  // by ConnID and DN
  };

  void HearOfParty(const std::string& name, Client* client, const tlib::Message& event);

  std::map<std::string, Client> clients_;
  std::map<int64_t, std::pair<std::string, int>> outcomes_;  // by ReferenceID: who asked, and how many came
  std::vector<std::string> faults_;
};

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_REQUEST_LEDGER_H_
