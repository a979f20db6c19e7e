// A phone with a lamp for each of some numbers, which is lit while the number is in a call (RFC 4235); it watches its
// own registration, too (RFC 3680). It subscribes again whenever the server knows its subscription no more.
//
//   LampPhone phone(name, "5001", address, ...);
//   phone.Watch({"1001", "1002"});
//
// Checked here: a SUBSCRIBE is accepted; a NOTIFY is of a subscription, and comes once; versions begin at 0 and rise by
// one; the first one of a subscription, and after each SUBSCRIBE, says all; a partial one is of what was told before. A
// lamp that is lit where the server has no call is wrong in the end (CallAudit::AtEnd).
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_LAMP_PHONE_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_LAMP_PHONE_H_

#include <cstdint>
#include <deque>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "tests/sim/agents/phone.h"

namespace understudy::sim {

class LampPhone : public Phone {
 public:
  using Phone::Phone;

  // Before it starts.
  void Watch(const std::vector<std::string>& numbers);

  void Start() override;
  // Numbers whose lamp is lit.
  std::vector<std::string> LitLamps() const;

  uint64_t lit() const { return lit_; }          // times that a lamp went on
  uint64_t notices() const { return notices_; }  // NOTIFYs taken
  uint64_t renewed() const { return renewed_; }  // SUBSCRIBEs within a subscription, accepted

 protected:
  bool TakesOwn(uint32_t server, const SipView& request) override;
  void OnOwnFinal(uint32_t client, const SipView& answer) override;
  void OnOwnGivenUp(uint32_t client) override;
  void OnOwnTimer(uint32_t kind, uint32_t row) override;

 private:
  static constexpr uint32_t kSubscribes = kFirstOwnTimer + 8;

  // Of one package about one number; a new one when the server has forgotten it.
  struct Subscription {
    uint32_t lamp = 0;
    std::string call_id;
    std::string local_tag;
    std::string remote_tag;
    std::string target;
    uint32_t cseq = 0;
    uint32_t asked = kNoRow;  // the SUBSCRIBE without an answer
    std::set<uint32_t> heard;
    uint32_t version = 0;  // of the next NOTIFY
    Duration heard_at;     // the last one
    uint32_t losses = 0;   // at that time
    bool over = false;
  };
  struct Lamp {
    std::string number;
    bool of_registration = false;
    uint32_t subscription = kNoRow;
    std::map<std::string, std::string> dialogs;  // by id: the state
  };

  void Subscribe(uint32_t lamp);
  void SubscribeAfter(uint32_t lamp, Duration pause);
  uint32_t Find(absl::string_view call_id) const;
  void OnNotify(Subscription& subscription, const SipView& request);
  void TakeDialogs(Lamp& lamp, absl::string_view body, bool full, bool told_all);

  std::deque<Lamp> lamps_;
  std::deque<Subscription> subscriptions_;
  uint64_t lit_ = 0;
  uint64_t notices_ = 0;
  uint64_t renewed_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_LAMP_PHONE_H_
