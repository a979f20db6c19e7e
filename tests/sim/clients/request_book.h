// The requests of one session of a simulated client, and what came of each: exactly one outcome, an event or EventError
// with the request's ReferenceID. References may repeat: which request an outcome belongs to is told by what the event
// says, and by the order, for requests are applied in theirs.
//
//   RequestBook requests;
//   std::string wrong = requests.Say(1, request);            // "": nothing is; again after a failover, the same
//   wrong = requests.Outcome(event, reference);
//   requests.Open(kAtOnce)                                   // said, and without an outcome
//
// Values.
#ifndef UNDERSTUDY_TESTS_SIM_CLIENTS_REQUEST_BOOK_H_
#define UNDERSTUDY_TESTS_SIM_CLIENTS_REQUEST_BOOK_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "tlib/message.h"

namespace understudy::sim {

// When the outcome of a request comes about.
enum class OutcomeComes : uint8_t {
  kAtOnce,  // with the entry of the request: the outcomes of such requests are in their order
  kLater,   // a phone has to do something
};

// Which call the outcome of a request is an event of.
enum class OutcomeNames : uint8_t {
  kNone,
  kCall,      // that of ConnID
  kHeldCall,  // that of HeldConnID, which goes on
  kNewCall,   // one that begins
  kConsult,   // one that begins, with ConnID as the call before
};

// What answers a request, by the T-Library. One line each, in request_book.cc.
struct OutcomeRule {
  tlib::MessageType request;
  tlib::MessageType event;
  OutcomeComes when;
  OutcomeNames names;
};
absl::Span<const OutcomeRule> AllOutcomeRules();
// nullptr: clients of the simulator do not ask that.
const OutcomeRule* FindOutcomeRule(tlib::MessageType request);
// Of RequestMergeCalls there are two: it is what its MergeType says.
const OutcomeRule* OutcomeRuleOf(const tlib::Message& request);

// The word that a request carries in its user data, and its outcome repeats: which of all it is. "": none.
absl::string_view MarkIn(const tlib::Message& message);
// Whether the user data has that mark, among others.
bool HasMark(const tlib::Message& message, absl::string_view mark);
void PutMark(absl::string_view mark, tlib::Message* request);

class RequestBook {
 public:
  std::string Say(uint64_t number, const tlib::Message& request);
  std::string Outcome(const tlib::Message& event, int64_t reference);

  uint64_t said() const { return rows_.size(); }  // numbers are 1 to this
  uint64_t answered() const { return answered_; }
  uint64_t refused() const { return refused_; }
  uint64_t repeated() const { return repeated_; }
  // Number of the request whose outcome came last; and of those whose outcomes come in order.
  uint64_t last_answered() const { return last_answered_; }
  uint64_t last_at_once() const { return last_at_once_; }
  std::vector<uint64_t> Open(OutcomeComes when) const;
  const tlib::Message& request(uint64_t number) const { return rows_[number - 1].request; }
  const OutcomeRule& rule(uint64_t number) const { return *rows_[number - 1].rule; }

 private:
  struct Row {
    tlib::Message request;
    const OutcomeRule* rule = nullptr;
    bool answered = false;
  };
  static bool Fits(const Row& row, const tlib::Message& event, int64_t reference);

  std::vector<Row> rows_;
  size_t first_open_ = 0;
  uint64_t answered_ = 0;
  uint64_t refused_ = 0;
  uint64_t repeated_ = 0;
  uint64_t last_answered_ = 0;
  uint64_t last_at_once_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CLIENTS_REQUEST_BOOK_H_
