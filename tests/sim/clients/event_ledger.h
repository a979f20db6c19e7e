// Every event that any simulated client has heard, by its EventSequenceNumber: what one client has heard another has
// not heard otherwise, and whoever was registered for the event's DN has heard it, too.
//
//   EventLedger ledger;
//   std::string wrong = ledger.Add(event, bytes, now);             // "": nothing is
//   wrong = ledger.Missing("1001", from, to, heard);               // of who was registered between two sequence
//   numbers
//
// Values.
#ifndef UNDERSTUDY_TESTS_SIM_CLIENTS_EVENT_LEDGER_H_
#define UNDERSTUDY_TESTS_SIM_CLIENTS_EVENT_LEDGER_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>

#include "absl/strings/string_view.h"
#include "base/time.h"
#include "tlib/message.h"

namespace understudy::sim {

// Goes to all who are registered for its DN; the others answer one request of one client.
bool IsOfItsDn(tlib::MessageType type);
// Goes to who monitors calls.
bool IsOfCalls(tlib::MessageType type);
// Stands for a DN where events of calls are meant.
inline constexpr absl::string_view kOfCalls = "calls";

// "EventRinging 17 of 1001".
std::string NameOfEvent(const tlib::Message& event);

// What a client did not want to hear, by the number of the event that says so: until the next such event.
using Masks = std::map<uint64_t, std::set<tlib::MessageType>>;
bool IsMasked(const Masks& masks, uint64_t sequence, tlib::MessageType type);

class EventLedger {
 public:
  // `bytes`: the event's, as they came.
  std::string Add(const tlib::Message& event, absl::string_view bytes, Duration now);
  // Of the events of that DN ("": of all DNs) with numbers above `from` and below `to`, one that is not among `heard`,
  // and was wanted.
  std::string Missing(absl::string_view dn, uint64_t from, uint64_t to, const std::set<uint64_t>& heard,
                      const Masks& masks) const;

  uint64_t last() const { return events_.empty() ? 0 : events_.rbegin()->first; }
  // Of those that somebody had heard by then: of later ones others may be on their way.
  uint64_t LastBy(Duration then) const;
  size_t size() const { return events_.size(); }

 private:
  struct Row {
    uint64_t hash = 0;
    tlib::MessageType type = tlib::MessageType::kEventError;
    std::string name;
    Duration heard_at;  // by the first
  };
  std::map<uint64_t, Row> events_;
  std::map<std::string, std::set<uint64_t>, std::less<>> of_dn_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CLIENTS_EVENT_LEDGER_H_
