// What one session of a simulated client must hear of DNs and of calls there: nothing about a DN that it is not
// registered for, each call from its beginning to its end, and nothing after that.
//
//   DnView view;
//   std::string wrong = view.Hear(event);       // each event of the session, in order; "": nothing is wrong
//   view.Spans()                                // between which sequence numbers it was registered for what
//   view.Calls()                                // that have not ended
//
// Values.
#ifndef UNDERSTUDY_TESTS_SIM_CLIENTS_DN_VIEW_H_
#define UNDERSTUDY_TESTS_SIM_CLIENTS_DN_VIEW_H_

#include <cstdint>
#include <map>
#include <set>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/string_view.h"
#include "tlib/message.h"

namespace understudy::sim {

// A call at a DN, as events tell it.
struct HeardCall {
  enum class Phase : uint8_t { kDialing, kAlerting, kEstablished, kHeld };
  std::string dn;
  uint64_t conn_id = 0;
  Phase phase = Phase::kDialing;
  bool certain = true;       // the phase; who came in the middle of it guesses
  bool third_party = false;  // an outcome of RequestMakeCall began it
  friend bool operator==(const HeardCall&, const HeardCall&) = default;
};

// Of one DN, how often.
struct HeardCounts {
  uint64_t dialing = 0;
  uint64_t ringing = 0;
  uint64_t established_here = 0;   // with role Origination
  uint64_t established_there = 0;  // with role Destination
};

class DnView {
 public:
  struct Span {
    std::string dn;     // "": all; or kOfCalls
    uint64_t from = 0;  // sequence number of the event that says so
    uint64_t to = 0;    // 0: still
  };

  std::string Hear(const tlib::Message& event);
  // With the event of that number it monitors calls, or does not any more.
  void Monitors(bool monitors, uint64_t sequence);

  bool IsRegistered(absl::string_view dn) const;
  bool IsRegisteredByName(absl::string_view dn) const;  // not for all
  const std::vector<Span>& spans() const { return spans_; }
  std::vector<HeardCall> Calls() const;
  // Whether the call of that DN has the second ConnID now, or had it since it had the first.
  bool Became(absl::string_view dn, uint64_t first, uint64_t second) const;
  // Other DNs that have come into that call and have not left, as its DN has heard.
  std::vector<std::string> Others(const HeardCall& call) const;
  // Since it was registered for that DN by its name.
  HeardCounts counts(const std::string& dn) const {
    const auto found = counts_.find(dn);
    return found == counts_.end() ? HeardCounts() : found->second;
  }

 private:
  using Key = std::pair<std::string, uint64_t>;  // DN, ConnID

  void Register(absl::string_view dn, uint64_t sequence);
  void Unregister(absl::string_view dn, uint64_t sequence);
  void TakeSnapshot(const tlib::Message& event);
  // Whether calls of that DN may be there of which nothing was said yet.
  bool MayHaveMore(const std::string& dn) const;
  std::string HearCall(const tlib::Message& event);
  std::string Begin(const tlib::Message& event, HeardCall::Phase phase);
  std::string Move(const tlib::Message& event);
  std::string ChangeOthers(const tlib::Message& event);
  std::string Enter(const tlib::Message& event, HeardCall& call);
  void Count(const tlib::Message& event);

  std::vector<Span> spans_;
  std::set<std::string> cut_;  // DNs whose snapshot was as long as one may be
  std::map<Key, HeardCall> calls_;
  std::set<Key> ended_;
  std::map<Key, uint64_t> became_;                     // another ConnID
  std::map<Key, std::map<std::string, bool>> others_;  // true: in the call
  std::map<std::string, HeardCounts> counts_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CLIENTS_DN_VIEW_H_
