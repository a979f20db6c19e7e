// A user agent that registers, and keeps registered: over UDP, or over a connection that it makes again whenever it
// breaks, with a registration over the new one.
//
//   Phone phone(name, "1001", address, service, Transport::kTcp, &events, &port, &book, chance);
//   phone.Start();
//
// Checked here: a REGISTER is answered 200 with the phone's contact among the bindings, and for as long as was asked at
// most; a failure needs trouble on the books. That a binding lasts is seen by whoever calls it (UserAgent).
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_PHONE_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_PHONE_H_

#include <cstdint>
#include <vector>

#include "tests/sim/agents/user_agent.h"

namespace understudy::sim {

class Phone : public UserAgent {
 public:
  using UserAgent::UserAgent;

  void Start() override;
  // Another phone registers for that number, too.
  void SharesItsNumber() { shared_ = true; }
  std::vector<RegistrationBelief> Registrations() const override;

 protected:
  void OnOwnFinal(uint32_t client, const SipView& answer) override;
  void OnOwnGivenUp(uint32_t client) override;
  void OnOwnTimer(uint32_t kind, uint32_t row) override;
  void OnConnected() override;
  void OnOff(bool forgets) override;
  void OnBackOn(bool forgot) override;

 private:
  static constexpr uint32_t kRefresh = kFirstOwnTimer;

  void Register();
  void RegisterAfter(Duration pause);
  void OnRegistered(uint32_t client, const SipView& answer);

  bool shared_ = false;
  uint32_t expires_ = 0;  // seconds asked for; 0: not drawn yet
  uint32_t cseq_ = 0;
  uint32_t asked_ = kNoRow;  // the REGISTER without an answer
  EventId refresh_ = 0;
  Duration since_ = CallBook::FarFuture();
  Duration until_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_PHONE_H_
