// A second phone at the number of another one, which is called with it (RFC 3261 16.7). The other one takes the call as
// its plan says; this one rings beside it, refuses sometimes, and must be told by CANCEL when the call is answered or
// over.
//
//   TwinPhone twin(elder.index(), name, elder.number(), address, ...);
//
// Checked here: an INVITE is of a call to that number, and comes once; it ends when the call is taken elsewhere. What
// the caller hears when both have refused is one of the two refusals (UserAgent).
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_TWIN_PHONE_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_TWIN_PHONE_H_

#include <cstdint>
#include <deque>
#include <string>
#include <utility>
#include <vector>

#include "tests/sim/agents/phone.h"

namespace understudy::sim {

class TwinPhone : public Phone {
 public:
  template <class... Args>
  explicit TwinPhone(uint32_t elder, Args&&... args) : Phone(std::forward<Args>(args)...), elder_(elder) {
    SharesItsNumber();
  }

  void HangUpAll() override;
  void AppendUnfinished(std::vector<std::string>* lines) const override;

  uint64_t cancelled() const { return cancelled_; }
  uint64_t refused() const { return refused_; }

 protected:
  bool TakesOwn(uint32_t server, const SipView& request) override;
  void OnOwnCancel(uint32_t invite) override;
  void OnOwnUnacknowledged(uint32_t server) override;
  void OnOwnTimer(uint32_t kind, uint32_t row) override;
  bool IsFor(uint32_t callee) const override { return callee == elder_; }

 private:
  enum Timer : uint32_t { kRings = kFirstOwnTimer + 8, kLooks };

  struct Ringing {
    uint32_t call = 0;
    uint32_t invite = kNoRow;
    bool over = false;
    Duration refuses_at;                        // FarFuture: not by itself
    Duration taken_at = CallBook::FarFuture();  // elsewhere, or over
  };

  const char* Wrong(const SipView& request) const;
  void Look(uint32_t row);
  void Refuse(Ringing& ringing, int status);
  bool IsStuck(const Ringing& ringing) const;

  const uint32_t elder_;
  std::deque<Ringing> ringing_;
  uint64_t cancelled_ = 0;
  uint64_t refused_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_TWIN_PHONE_H_
