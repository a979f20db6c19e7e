// Three desk phones that hand calls over to each other (RFC 5589), a round after the other: one calls another one, who
// hands the call over to the third, blindly or after having talked to him; then the two who are left talk, or the first
// two go on. The office tells the phones what to do, and is the book of what must hold:
//   * a call is set up, unless there was trouble; who talks goes on talking until somebody hangs up;
//   * a REFER is accepted, and what has come of it is told in time, once: 200, or the status of the failure;
//   * after 200 each of the two is in one call, with the other, and whoever handed it over is in none;
//   * after a failure the old call goes on;
//   * when all have hung up there is nothing left.
// Where messages were lost or nobody served, all of this may come late; that it does not come at all takes trouble
// enough to lose every repetition of a request (CallBook::IsFatal).
//
//   TransferOffice office(&events, &book, phones, chance);
//   office.Start();  ...  office.Stop();              // no further round
//
// One thread. All outlive it.
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_TRANSFER_OFFICE_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_TRANSFER_OFFICE_H_

#include <array>
#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/time.h"
#include "tests/sim/agents/call_book.h"
#include "tests/sim/agents/desk_phone.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

struct TransferCounts {
  uint64_t blind = 0;     // handed over
  uint64_t attended = 0;  // likewise
  uint64_t failed = 0;    // told so, and the old call went on
  uint64_t given_up = 0;  // rounds that trouble has ended
};

class TransferOffice {
 public:
  using Phones = std::array<DeskPhone*, 3>;

  TransferOffice(EventQueue* events, CallBook* book, const Phones& phones, const Chance& chance)
      : events_(events), book_(book), phones_(phones), chance_(chance) {}

  void Start();
  void Stop() { stopped_ = true; }
  // All hang up.
  void WindDown();
  bool busy() const { return step_ != Step::kRest; }
  const TransferCounts& counts() const { return counts_; }

 private:
  enum class Step : uint8_t {
    kRest,
    kDialling,
    kTalking,
    kHolding,
    kConsulting,
    kReferred,
    kTold,
    kJoined,
    kBack,
    kEnding
  };
  // Who is handed over, who hands over, and to whom.
  enum Role : uint32_t { kTransferee, kTransferor, kTarget };

  DeskPhone& phone(Role role) { return *phones_[roles_[role]]; }
  const DeskPhone& phone(Role role) const { return *phones_[roles_[role]]; }
  const DeskPhone::Call* CallOf(Role role, uint32_t row) const;
  bool IsUp(Role role, uint32_t row) const;
  // Calls of this round that are not over.
  uint32_t Live(Role role) const;
  bool TalksTo(Role one, Role other) const;
  Duration Trouble() const;
  bool MayFail() const;

  void Tick();
  void Enter(Step step, Duration wait);
  void Begin();
  void Dialled();
  void Talk();
  void HandOver();
  void Consult();
  void Refer(uint32_t replaced);
  void Told();
  void Join();
  void GoBack();
  void End();
  void HangUp(DeskPhone* phone);
  void Abort(absl::string_view wrong, bool excused);
  bool IsLate(Duration more) const;

  EventQueue* const events_;
  CallBook* const book_;
  const Phones phones_;
  Chance chance_;
  bool stopped_ = false;
  Step step_ = Step::kRest;
  Duration since_;       // in this step
  Duration not_before_;  // that long nothing is done in it
  Duration begun_;       // the round
  uint32_t losses_ = 0;  // at that time
  std::array<uint32_t, 3> roles_{0, 1, 2};
  std::array<uint32_t, 3> first_{};  // calls of each role from before the round
  uint32_t main_[2] = {};            // rows of the call: of the transferee, of the transferor
  uint32_t consult_ = 0;             // the transferor's call to the target
  bool transferee_calls_ = false;
  bool attended_ = false;
  bool early_ = false;  // hands over while the target rings
  bool holds_ = false;
  bool hangs_up_ = false;  // the transferor, when it is told
  DeskPhone::Manners target_;
  TransferCounts counts_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_TRANSFER_OFFICE_H_
