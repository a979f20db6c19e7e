// An agent that makes and takes calls as their plans say: it rings, answers, refuses, holds and retrieves, transfers,
// hangs up; and it holds the server to what a party may expect (RFC 3261 12 to 15, 3262, 3264, 3515).
//
//   class Gateway : public UserAgent { ... };
//   agent.Begin(call);                               // the call of that number in the book
//
// Checked here, for each party of a call:
//   * a new dialog is a call of the book, to this agent, and comes once (no doubled call, no call out of nowhere);
//   * the server's tag never changes; its CSeqs are used once; after its BYE there is nothing with a higher one;
//   * what the other party says arrives once, to the last octet, and is answered by the other party and nobody else:
//     every mark (X-Sim), every session description, every text;
//   * versions of session descriptions never go back;
//   * 200 to an INVITE means that the other party has accepted; a failure is the other party's, or the server has a
//     reason for it (`Justified`): a registered phone is never 404 or 480;
//   * BYE, CANCEL and 481 have a reason (CallBook::MayEnd): no call is lost;
//   * an ACK comes for each 2xx, and comes again as the same octets; PRACK names what it acknowledges, and without one
//   a
//     reliable answer comes again;
//   * whoever answers as the second of a fork is acknowledged and sent away, and nobody hears of him;
//   * an interval of a session is the one that was agreed upon; who is to be refreshed is, and who does not refresh is
//     sent away (RFC 4028);
//   * both sides end (CallBook::Over).
// Datagrams may be lost, doubled, late and out of order. A request that was overtaken (its CSeq is below one that has
// come) is answered 500 and is no violation (12.2.2).
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_USER_AGENT_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_USER_AGENT_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "tests/sim/agents/sip_agent.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

// What a party knows of its session's interval (RFC 4028).
struct SessionTimer {
  uint32_t interval = 0;  // seconds; 0: there is none
  bool refreshes = false;
  Duration refreshed_at;
  EventId due = 0;
  uint32_t asked = 0;  // by the INVITE of theirs that is not answered yet
  char asked_refresher = 0;
  uint32_t agreed = 1;  // version of the session that both have taken last
};

// One side of one call, at one agent. Never removed while the agent lives.
struct Party {
  uint32_t call = 0;
  uint8_t side = 0;
  CallBelief::State state = CallBelief::State::kCalling;
  Duration since;
  std::string call_id;
  std::string local_tag;
  std::string remote_tag;
  std::string local_uri;
  std::string remote_uri;
  std::string target;
  uint32_t cseq = 0;                  // of our last request
  uint32_t heard_cseq = 0;            // the highest of theirs
  std::vector<uint32_t> heard_cseqs;  // all of theirs
  uint32_t bye_cseq = 0;              // of their BYE; 0: none
  uint32_t invite = kNoRow;           // the first: ours if we call, else theirs
  uint32_t invite_out = kNoRow;       // ours, not answered
  uint32_t update_out = kNoRow;       // our last
  uint32_t invite_in = kNoRow;        // a re-INVITE of theirs, not answered
  uint32_t unacknowledged = kNoRow;   // an INVITE of theirs that we have said 2xx to
  uint32_t ack_cseq = 0;              // of the ACK heard last
  uint64_t ack_hash = 0;
  uint32_t rseq = 0;             // heard last, or said last
  uint64_t reliable_hash = 0;    // of the provisional answer heard with it
  bool supports_100rel = false;  // the other side does
  bool rang_again = false;
  Duration missed_at;      // a reliable answer, as if the path had lost it; 0: none
  uint32_t fork = kNoRow;  // that rings beside it
  SessionTimer timer;
  bool answer_due = false;   // as soon as the PRACK is here
  bool hang_up_due = false;  // as soon as the rules allow it
  char direction = 's';      // of a re-INVITE that is tried again
  uint32_t retries = 0;
  uint32_t reports_to = kNoRow;  // the party whose REFER made this call
  EventId patience = 0;
};

// A second phone behind a gateway that has got the INVITE of a party. Never removed either.
struct ForkedPhone {
  uint32_t party = kNoRow;
  uint32_t invite = kNoRow;  // a row for its answers
  bool answered = false;
  bool acknowledged = false;
  bool ended = false;  // has had the BYE
  uint64_t ack_hash = 0;
};

class UserAgent : public SipAgent {
 public:
  UserAgent(std::string name, std::string number, Endpoint address, Endpoint service, Transport transport,
            EventQueue* events, AgentPort* port, CallBook* book, Chance chance);

  // Plays the caller of that call; nothing when it is off, or shall begin nothing more.
  void Begin(uint32_t call);

  std::vector<CallBelief> Calls(Duration recently) const override;
  std::vector<RegistrationBelief> Registrations() const override { return {}; }
  void StopBeginning() override { stopped_ = true; }
  void HangUpAll() override;
  // What is still going on, a line each.
  virtual void AppendUnfinished(std::vector<std::string>* lines) const;

 protected:
  // The URI in From of a call that begins here.
  virtual std::string CallerUri(uint32_t call) const;
  // A request of the subclass's own that ended: an answer, or nobody has answered.
  virtual void OnOwnFinal(uint32_t client, const SipView& answer);
  virtual void OnOwnGivenUp(uint32_t client);
  virtual void OnOwnLateAnswer(uint32_t client, const SipView& answer);
  virtual void OnOwnTimer(uint32_t kind, uint32_t row);
  // Of dialogs that the book does not know. False: not the subclass's own either.
  virtual bool TakesOwn(uint32_t server, const SipView& request);
  virtual bool TakesOwnAck(const SipView& ack);
  virtual void OnOwnCancel(uint32_t invite);
  virtual void OnOwnUnacknowledged(uint32_t server);
  // Whether what is for that agent may come to this one.
  virtual bool IsFor(uint32_t callee) const { return callee == index(); }

  void OnRequest(uint32_t server, const SipView& request) override;
  void OnCancel(uint32_t invite) override;
  void OnAck(const SipView& ack) override;
  void OnProvisional(uint32_t client, const SipView& answer) override;
  void OnFinal(uint32_t client, const SipView& answer) override;
  void OnLateAnswer(uint32_t client, const SipView& answer) override;
  void OnGivenUp(uint32_t client) override;
  void OnUnacknowledged(uint32_t server) override;
  bool CallOf(absl::string_view call_id, uint32_t* call) const override;
  void OnConnected() override {}
  void OnUserTimer(uint32_t kind, uint32_t row) override;
  void OnOff(bool forgets) override;

  Chance& chance() { return chance_; }
  bool stopped() const { return stopped_; }
  static constexpr uint32_t kFirstOwnTimer = 32;

 private:
  enum Timer : uint32_t {
    kPatience = kFirstUserTimer,
    kRing,
    kAnswer,
    kStep,  // row: party * 256 + step
    kHangUp,
    kRetry,
    kAnswerReInvite,  // row: of the re-INVITE
    kRingAgain,
    kMissed,
    kForkRings,  // row: of the fork, as in the next ones
    kForkAnswers,
    kForkSettled,
    kForkSettledLate,
    kSession,
  };

  CallSide& OwnSide(const Party& party) { return book().Find(party.call)->side[party.side]; }
  const CallSide& OtherSide(const Party& party) { return book().Find(party.call)->side[1 - party.side]; }
  const CallPlan& PlanOf(const Party& party) { return book().Find(party.call)->plan; }
  // Whether the end of the call, seen by that party, has a reason: its own, or one on the books.
  bool MayEnd(const Party& party) {
    const CallSide& own = OwnSide(party);
    return own.hung_up || own.cancelled || own.over || book().MayEnd(party.call, party.side);
  }
  uint32_t AddParty(uint32_t call, uint8_t side, absl::string_view call_id);
  uint32_t FindParty(absl::string_view call_id) const;  // kNoRow: none
  static bool BeginsCall(const Party& party, uint32_t client) { return party.side == 0 && client == party.invite; }
  void Enter(Party& party, CallBelief::State state);
  void EndParty(Party& party);
  void Wrong(const Party& party, absl::string_view what, const SipView& message);

  // Requests (user_agent.cc).
  uint32_t NextStep(CallSide& side) {
    side.said.push_back(now());
    return static_cast<uint32_t>(side.said.size());
  }
  // Whether timer J may have run out: what is repeated for the last time, and late, is a new request for the server.
  bool MayBeForgotten(const CallSide& speaker, uint32_t step) const {
    return now() >= speaker.said[step - 1] + kGiveUpAfter;
  }
  uint32_t PartyRequest(uint32_t row, sip::Method method, absl::string_view headers, absl::string_view content_type,
                        absl::string_view body);
  std::string Session(Party& party, char direction, bool anew);
  void Acknowledge(uint32_t client);
  void HangUp(uint32_t row);
  void GiveUpCalling(uint32_t row);

  // The caller's part (user_agent_caller.cc).
  void BeginCall(uint32_t call);
  void BeginMessage(uint32_t call);
  void BeginOptions(uint32_t call);
  void OnAnswered(uint32_t row, uint32_t client, const SipView& answer);
  void OnRefused(uint32_t row, const SipView& answer);
  bool Justified(const CallRecord& record, int status) const;
  void CountFailure(const CallRecord& record, int status);
  void OnMessageFinal(uint32_t client, const SipView& answer);
  void OnReliable(uint32_t row, const SipView& answer);
  bool Misses(uint32_t row);
  void CheckMissed(uint32_t row);
  bool MayChangeTag(const Party& party) const;
  void CheckTag(Party& party, const SipView& answer);

  // The callee's part (user_agent_callee.cc).
  void OnInvite(uint32_t server, const SipView& request);
  const char* WrongCall(const SipView& request, CallPlan::Kind kind) const;
  void Ring(uint32_t row);
  void GiveAnswer(uint32_t row);
  void OnPrack(uint32_t row, uint32_t server, const SipView& request);
  void RingAgain(uint32_t row);
  void OnText(uint32_t server, const SipView& request);

  // The session's interval (user_agent_session.cc).
  std::string AskForTimer(const Party& party) const;
  std::string AgreeOnTimer(uint32_t row, uint32_t asked, char refresher);
  void TakeTimer(uint32_t client, const SipView& answer);
  std::string AgreedSession(const Party& party) const;
  void BeginTimer(uint32_t row, uint32_t interval, bool refreshes, Duration from);
  void NoteAsked(Party& party, const SipView& request);
  void OnSessionDue(uint32_t row);
  void RefreshSession(uint32_t row);
  void AwaitEnd(uint32_t row);
  void Lapse(uint32_t row);
  bool MayLapse(const Party& party) const;
  void EndLapsed(uint32_t row);
  bool AskLonger(uint32_t row, const SipView& answer);
  bool IsServersRefresh(const Party& party, const SipView& request) {
    return request.mark.call == 0 && request.session_expires != 0 && PlanOf(party).timer.with_server[party.side];
  }

  // Another phone behind it that answers, too (user_agent_fork.cc).
  void BeginFork(uint32_t party);
  void OnForkTimer(Timer timer, uint32_t fork);
  void RingFork(ForkedPhone& fork);
  void AnswerFork(uint32_t row);
  void CheckForkEnded(ForkedPhone& fork, bool late);
  ForkedPhone* FindFork(const Party& party, absl::string_view tag);
  void OnForkRequest(ForkedPhone& fork, uint32_t server, const SipView& request);
  void OnForkAck(uint32_t row, const SipView& ack);
  void OnForkUnacknowledged(const ForkedPhone& fork);

  // Inside the dialog (user_agent_dialog.cc).
  void OnDialogRequest(uint32_t server, const SipView& request);
  const char* WrongInDialog(const Party& party, const SipView& request) const;
  bool TakeStep(const Party& party, const SipView& message);
  void Deny(const Party& party, uint32_t server);
  void OnBye(uint32_t row, uint32_t server, const SipView& request);
  void OnReInvite(uint32_t row, uint32_t server, const SipView& request);
  void AnswerReInvite(uint32_t server);
  std::string NextSession(Party& party, char offered);
  void OnInside(uint32_t row, uint32_t server, const SipView& request);
  void OnRefer(uint32_t row, const SipView& request);
  void Notify(uint32_t row, int status);
  void Establish(uint32_t row);
  void DoStep(uint32_t row, const CallPlan::Step& step);
  void Update(uint32_t row);
  void ReInvite(uint32_t row, char direction);
  void Refer(uint32_t row, const CallPlan::Step& step);
  void CheckSession(Party& party, const SipView& message);
  void CheckAnswerer(const Party& party, const ClientTransaction& asked, const SipView& answer);
  void OnReInviteFinal(uint32_t row, uint32_t client, const SipView& answer);
  void OnInsideFinal(uint32_t row, uint32_t client, const SipView& answer);
  void OnByeFinal(uint32_t row, const SipView& answer);

  Chance chance_;
  std::deque<Party> parties_;                         // a deque: rows stay where they are
  absl::flat_hash_map<uint64_t, uint32_t> party_of_;  // by Call-ID; looked up only
  std::deque<ForkedPhone> forks_;
  bool stopped_ = false;
  bool winding_ = false;
};

// What a request says in a text: known to whoever knows its mark.
std::string WordsOf(const StepMark& mark);

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_USER_AGENT_H_
