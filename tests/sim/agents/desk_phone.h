// A phone that clients call with: the server begins its calls, by third-party call control (RFC 3725), and tells it to
// answer and to hold (NOTIFY, Event: talk, hold). It takes every call, rings, answers by itself or when it is told to,
// holds and retrieves by re-INVITEs of its own, and hangs up in the end. Whom it talks to may change at any time.
//
//   DeskPhone phone(name, "2001", address, service, Transport::kUdp, &events, &port, &book, chance);
//   phone.Start();
//
// Or it does as it is told by whoever has scripted it (transfer_office.h): it calls, hands over, answers, hangs up.
//
// Nobody in the book has planned its calls, so what is checked is each dialog alone: it begins once; CSeqs are used
// once; after the BYE there is nothing more; an offer of ours in a 2xx is answered in its ACK (RFC 3264), and every 2xx
// has one; a request within a dialog names its tags; a re-INVITE of ours is answered with a session, or refused for a
// reason.
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_DESK_PHONE_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_DESK_PHONE_H_

#include <cstdint>
#include <deque>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "tests/sim/agents/phone.h"

namespace understudy::sim {

class DeskPhone : public Phone {
 public:
  using Phone::Phone;

  struct Call {
    CallBelief::State state = CallBelief::State::kRinging;
    Duration since;
    std::string call_id;
    std::string local_tag;
    std::string remote_tag;
    std::string local_uri;
    std::string remote_uri;
    std::string target;
    uint32_t invite = kNoRow;          // of theirs, the first
    uint32_t unacknowledged = kNoRow;  // theirs that we have said 2xx to
    bool offered = false;              // in that 2xx
    uint32_t cseq = 0;
    std::set<uint32_t> heard;  // CSeqs of theirs
    uint32_t heard_cseq = 0;
    uint32_t acknowledged_cseq = 0;
    uint32_t bye = kNoRow;         // ours
    uint32_t dialled = kNoRow;     // ours, the first
    uint32_t invite_out = kNoRow;  // ours, not answered
    char wanted = 's';             // the direction that its re-INVITEs ask for
    uint32_t retries = 0;
    uint32_t version = 0;
    bool hang_up_due = false;
    EventId wait = 0;
    bool rung = false;         // what we have dialled
    int status = 0;            // of the failure of that
    uint32_t talks_to = 0;     // whose session was heard last: an index of an agent, kNoRow: of nobody that there is
    uint32_t refer = kNoRow;   // ours
    int refer_status = 0;      // of its answer
    std::vector<int> notices;  // of what has come of it
    bool last_notice = false;  // there is no further one
  };
  // How a scripted one takes its next calls.
  struct Manners {
    enum class Answer : uint8_t { kAccept, kRefuse, kRingAndRefuse };
    Answer answer = Answer::kAccept;
    Duration ring;
  };

  // From here on it does nothing by itself.
  void Script(const Manners& manners) { manners_ = manners; }
  // Its row in `calls`.
  uint32_t Dial(absl::string_view number);
  void Hold(uint32_t row) { ReInvite(row, 'o'); }
  void Retrieve(uint32_t row) { ReInvite(row, 's'); }
  // Hands that call over; `replaced`: to whom it talks to in that one (RFC 5589 7), kNoRow: to whoever has the number.
  void Refer(uint32_t row, absl::string_view number, uint32_t replaced);
  void HangUpCall(uint32_t row);
  const std::deque<Call>& all_calls() const { return calls_; }

  std::vector<CallBelief> Calls(Duration recently) const override;
  void StopBeginning() override;
  void HangUpAll() override;
  void AppendUnfinished(std::vector<std::string>* lines) const override;

  uint64_t calls() const { return calls_.size(); }
  uint64_t answered() const { return answered_; }
  uint64_t talked() const { return talked_; }  // answered because it was told to
  uint64_t held() const { return held_; }      // put somebody on hold

 protected:
  bool TakesOwn(uint32_t server, const SipView& request) override;
  bool TakesOwnAck(const SipView& ack) override;
  void OnOwnCancel(uint32_t invite) override;
  void OnOwnUnacknowledged(uint32_t server) override;
  void OnOwnFinal(uint32_t client, const SipView& answer) override;
  void OnOwnGivenUp(uint32_t client) override;
  void OnOwnLateAnswer(uint32_t client, const SipView& answer) override;
  void OnOwnTimer(uint32_t kind, uint32_t row) override;
  void OnProvisional(uint32_t client, const SipView& answer) override;

 private:
  enum Timer : uint32_t { kRings = kFirstOwnTimer + 8, kAnswers, kHangsUp, kHolds, kRetrieves, kTriesAgain };

  uint32_t Find(absl::string_view call_id) const;
  void Enter(Call& call, CallBelief::State state);
  void OnNewCall(uint32_t server, const SipView& request);
  void OnInDialog(uint32_t row, uint32_t server, const SipView& request);
  const char* WrongInCall(const Call& call, const SipView& request) const;
  void OnNotify(uint32_t row, uint32_t server, const SipView& request);
  void PickUp(uint32_t row);
  void AnswerInvite(Call& call, uint32_t server, bool offers);
  Ask AskIn(const Call& call, sip::Method method, uint32_t cseq) const;
  std::string NextSession(Call& call, char direction) const;

  void NoteSession(Call& call, const SipView& message);
  void ReceiveAsScripted(uint32_t row);

  // What it begins, and hands over (desk_phone_calls.cc).
  void OnDialled(uint32_t row, const SipView& answer);
  void OnReferNotice(Call& call, const SipView& request);

  // Hold (desk_phone_hold.cc).
  void ReInvite(uint32_t row, char direction);
  void TryAgain(uint32_t row, Duration earliest, Duration latest);
  void OnReInviteFinal(uint32_t row, const SipView& answer);
  void HoldByItself(uint32_t row);

  std::deque<Call> calls_;
  absl::optional<Manners> manners_;  // none: those of its own
  bool winds_down_ = false;
  uint64_t answered_ = 0;
  uint64_t talked_ = 0;
  uint64_t held_ = 0;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_DESK_PHONE_H_
