// What all clients of a load heard about calls, and whether that can be: nothing lost, nothing twice, nothing out of
// order.
//
// A client does not see the numbers of its session's events; its library does, and a gap there is its affair. Here loss
// is found from outside: who was registered for a DN must have heard of it what anybody else has heard since. Sequence
// numbers of a DN rise, a call that a request makes has one ConnID, and each of its parties begins and ends once.
#ifndef UNDERSTUDY_TESTS_BENCH_CTI_EVENT_BOOK_H_
#define UNDERSTUDY_TESTS_BENCH_CTI_EVENT_BOOK_H_

#include <cstdint>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "tlib/message.h"

namespace understudy::bench {

// The key of the pair of UserData by which the book tells the calls of a load apart.
inline constexpr char kCallKey[] = "cti-load";

struct EventFaults {
  uint64_t lost = 0;        // heard by another client, and not by this one
  uint64_t twice = 0;       // the same event again
  uint64_t disordered = 0;  // of a DN, with a lower number than one before
  uint64_t doubled = 0;     // a request made two calls, or a party began or ended twice
  std::string first;        // says what the first one found was

  uint64_t all() const { return lost + twice + disordered + doubled; }
};

class EventBook {
 public:
  // From there on that client hears of the DN. `sequence`: EventRegistered's.
  void Registered(size_t client, absl::string_view dn, uint64_t sequence);
  // An event of a call; others are let be.
  void Heard(size_t client, const tlib::Message& event);
  // When all events have come.
  EventFaults Check() const;
  uint64_t events() const { return events_; }

 private:
  using Sequences = std::vector<uint64_t>;  // rising
  struct Hearer {
    size_t client = 0;
    uint64_t since = 0;
    Sequences heard;
  };
  struct Life {
    uint64_t begun = 0;  // sequence numbers
    uint64_t ended = 0;
  };

  Hearer* Find(size_t client, absl::string_view dn);
  void Note(Hearer* hearer, uint64_t sequence, const tlib::Message& event);
  void NoteLife(const tlib::Message& event, uint64_t sequence);
  void Fault(uint64_t EventFaults::*kind, const std::string& what);
  static Sequences Union(const std::vector<Hearer>& hearers);

  absl::flat_hash_map<std::string, std::vector<Hearer>> dns_;
  absl::flat_hash_map<std::pair<std::string, int64_t>, Life> parties_;  // DN and ConnID
  absl::flat_hash_map<std::string, int64_t> calls_;                     // mark of a call: its ConnID
  EventFaults faults_;
  uint64_t events_ = 0;
};

}  // namespace understudy::bench

#endif  // UNDERSTUDY_TESTS_BENCH_CTI_EVENT_BOOK_H_
