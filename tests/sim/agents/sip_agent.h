// An agent that speaks SIP: the transactions of RFC 3261 section 17 (with RFC 6026) written a second time, apart from
// sip/ and the engine, with what must hold for each of them.
//
//   class Phone : public SipAgent { void OnRequest(uint32_t server, const SipView& request) override; ... };
//   const uint32_t invite = Ask(std::move(request), ask);    // repeats it by timer A or E until it is answered
//   Answer(server, 180, "", "", "");                         // repeated when the request is
//
// Checked here: every message is well formed; an answer fits a request that was made (branch, method, CSeq, Call-ID,
// From tag); a final answer that comes again is the same octet by octet, and there is no other one; a request that
// comes again is the same, too; a request is answered by timer B or F.
//
// What is not strict, and why: what is repeated for the last time arrives when the server may have forgotten the
// request (timers F and J run for 32 s each), and is then a new one. Answers that the server gives without a
// transaction (OPTIONS; 503 when it is full) may differ when the request comes twice (RFC 3261 8.2.7). Over a
// connection that broke, the answer to a request other than INVITE may be lost with it: such a request is given up, but
// BYE and CANCEL are sent again, and for the server they are new (so the answers may differ). An answer in time is owed
// unless trouble on the books is enough to lose every repetition (call_book.h).
#ifndef UNDERSTUDY_TESTS_SIM_AGENTS_SIP_AGENT_H_
#define UNDERSTUDY_TESTS_SIM_AGENTS_SIP_AGENT_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/container/flat_hash_map.h"
#include "absl/strings/string_view.h"
#include "sip/method.h"
#include "tests/sim/agents/agent.h"
#include "tests/sim/agents/sip_view.h"

namespace understudy::sim {

// No transaction, no party.
inline constexpr uint32_t kNoRow = 0xFFFFFFFF;

// 64 * T1: timers B, F, H, J, L, and the wait for an ACK or a PRACK.
inline constexpr Duration kGiveUpAfter = Duration::Seconds(32);

// A request of the agent's. Never removed: its index is in its branch.
struct ClientTransaction {
  enum class State : uint8_t { kTrying, kProceeding, kAnswered, kOver };  // kOver: given up

  sip::Method method = sip::Method::kUnknown;
  State state = State::kTrying;
  uint32_t party = kNoRow;
  uint32_t call = 0;
  uint8_t side = 0;
  uint32_t step = 0;
  uint32_t cseq = 0;
  std::string call_id;
  std::string from_tag;
  std::string bytes;
  std::string ack;              // said again with each final answer to an INVITE
  uint32_t cancel = kNoRow;     // the CANCEL of this INVITE
  uint32_t of_invite = kNoRow;  // likewise, the other way round
  int status = 0;
  uint64_t final_hash = 0;
  uint32_t losses = 0;
  bool said_anew = false;  // over another connection: other than an INVITE it is a new request then
  Duration begun;
  Duration interval;
  EventId repeat = 0;
  EventId give_up = 0;
};

// A request of the server's.
struct ServerTransaction {
  sip::Method method = sip::Method::kUnknown;
  uint32_t party = kNoRow;
  uint32_t call = 0;
  uint8_t side = 0;
  StepMark mark;
  uint32_t cseq = 0;
  uint64_t hash = 0;   // of the request
  uint64_t flow = 0;   // it came over
  std::string head;    // what each answer repeats, up to its own To tag
  std::string tail;    // likewise, behind it
  std::string tag;     // ours
  std::string answer;  // said last
  int status = 0;      // of that
  uint32_t rseq = 0;   // of a reliable provisional answer whose PRACK has not come; 0: none
  bool acknowledged = false;
  bool offerless = false;  // without a body
  Duration interval;
  EventId repeat = 0;
  EventId give_up = 0;
};

class SipAgent : public Agent {
 public:
  SipAgent(std::string name, std::string number, Endpoint address, Endpoint service, Transport transport,
           EventQueue* events, AgentPort* port, CallBook* book);

  const std::string& number() const { return number_; }
  // Datagrams from and to it that the path has lost.
  uint32_t losses() const { return losses_; }

 protected:
  // What goes into a request beside what all have.
  struct Ask {
    sip::Method method = sip::Method::kUnknown;
    absl::string_view uri;
    absl::string_view from;  // URI
    absl::string_view from_tag;
    absl::string_view to;      // URI
    absl::string_view to_tag;  // "": none
    absl::string_view call_id;
    uint32_t cseq = 0;
    absl::string_view headers;  // lines with their ends
    absl::string_view content_type;
    absl::string_view body;
    uint32_t party = kNoRow;
    uint32_t call = 0;
    uint8_t side = 0;
    uint32_t step = 0;  // 0: no mark
  };
  uint32_t Request(const Ask& ask);
  // The CANCEL of an INVITE that has had a provisional answer (9.1).
  void SendCancel(uint32_t invite);
  // The ACK to a 2xx, which is repeated with it.
  void SendAck(uint32_t invite, const Ask& ask);

  // Waits no more for the answer; one that comes all the same is acknowledged.
  void Abandon(uint32_t client);

  // `headers`: lines with their ends. 2xx to an INVITE is repeated until Acknowledged, 3xx to 6xx until its ACK.
  void Answer(uint32_t server, int status, absl::string_view headers, absl::string_view content_type,
              absl::string_view body);
  // A provisional answer that is repeated until its PRACK (RFC 3262). `rseq` above 0.
  void AnswerReliably(uint32_t server, int status, uint32_t rseq, absl::string_view headers,
                      absl::string_view content_type, absl::string_view body);
  void Acknowledged(uint32_t server);
  // Another UAS that answers the same INVITE: a row for what it says, under a tag of its own.
  uint32_t ForkOf(uint32_t server);
  void StopRepeating(uint32_t server);

  // A request that is not a repetition. Its row is there, with a tag for the answers.
  virtual void OnRequest(uint32_t server, const SipView& request) = 0;
  // CANCEL of an INVITE; the CANCEL is answered.
  virtual void OnCancel(uint32_t invite) = 0;
  // ACK to a 2xx.
  virtual void OnAck(const SipView& ack) = 0;
  virtual void OnProvisional(uint32_t client, const SipView& answer) = 0;
  virtual void OnFinal(uint32_t client, const SipView& answer) = 0;
  // A 2xx to an INVITE that was given up.
  virtual void OnLateAnswer(uint32_t client, const SipView& answer) = 0;
  // Nobody has answered; or the connection has taken the answer with it.
  virtual void OnGivenUp(uint32_t client) = 0;
  // Nobody has said the ACK (or the PRACK) to an answer of ours.
  virtual void OnUnacknowledged(uint32_t server) = 0;
  // The call of that dialog, for the count of losses. False: none of ours.
  virtual bool CallOf(absl::string_view call_id, uint32_t* call) const = 0;
  virtual void OnConnected() = 0;
  virtual void OnUserTimer(uint32_t kind, uint32_t row) = 0;

  // OnUserTimer(kind, row).
  EventId UserAfter(Duration delay, uint32_t kind, uint32_t row) { return After(delay, kind, row); }
  static constexpr uint32_t kFirstUserTimer = 8;

  void AppendContact(std::string* out) const;  // the header line
  std::string NewTag();
  const std::string& contact_uri() const { return contact_uri_; }
  const std::string& service_text() const { return service_text_; }
  bool reliable() const { return IsReliable(transport()); }
  bool connected() const { return !reliable() || flow_ != 0; }
  // What a transaction waits for; "": none waits.
  std::string Waiting() const;

  ClientTransaction& client(uint32_t row) { return clients_[row]; }
  const ClientTransaction& client(uint32_t row) const { return clients_[row]; }
  ServerTransaction& server(uint32_t row) { return servers_[row]; }
  const ServerTransaction& server(uint32_t row) const { return servers_[row]; }
  void Connect();

  void OnMessage(absl::string_view bytes, uint64_t flow) final;
  void OnLost(absl::string_view bytes) final;
  void OnFlowOpened(uint64_t flow, bool accepted) final;
  void OnFlowClosed(uint64_t flow) final;
  void OnTimer(uint32_t kind, uint32_t row) final;
  void OnOff(bool forgets) override;
  void OnBackOn(bool forgot) override;

 private:
  enum Timer : uint32_t {
    kClientRepeat = 1,
    kClientGiveUp,
    kServerRepeat,
    kServerGiveUp,
    kReconnect,
  };

  void WriteRequest(const Ask& ask, absl::string_view branch, std::string* out) const;
  std::string BranchOf(uint32_t client) const;
  bool RowOf(absl::string_view branch, uint32_t* row) const;  // false: not one of this life
  bool IsOfAnotherLife(absl::string_view branch) const;

  void OnRequestMessage(const SipView& request, uint64_t flow);
  void OnRepeated(uint32_t row, const SipView& request);
  void OnAckMessage(const SipView& ack);
  void OnCancelMessage(const SipView& cancel, uint64_t flow);
  uint32_t AddServer(const SipView& request, uint64_t flow, uint64_t key);
  void OnResponse(const SipView& answer);
  const char* Misfit(const ClientTransaction& row, const SipView& answer) const;
  void OnFinalAnswer(uint32_t index, const SipView& answer);
  void OnSecondFinal(ClientTransaction& row, const SipView& answer, uint64_t hash);
  void CountLoss(uint32_t call);
  void AcknowledgeFailure(ClientTransaction& row, const SipView& answer);

  void SayRequest(ClientTransaction& row);
  void SayAnswer(ServerTransaction& row, absl::string_view bytes);
  void Say(absl::string_view bytes, uint64_t flow, uint32_t call, uint8_t side, uint32_t* losses);
  void StopTimers(ClientTransaction& row);
  void RepeatClient(uint32_t index);
  void GiveUpClient(uint32_t index);
  void RepeatServer(uint32_t index);
  bool MayGiveUp(const ClientTransaction& row) const;
  void SayAgainOverConnection();

  const std::string number_;
  const Endpoint service_;
  std::string contact_uri_;
  std::string service_text_;
  std::string via_;                        // up to the branch's number
  std::deque<ClientTransaction> clients_;  // deques: rows stay where they are
  std::deque<ServerTransaction> servers_;
  absl::flat_hash_map<uint64_t, uint32_t> server_of_;  // by branch and kind; looked up only
  uint64_t flow_ = 0;                                  // open, asked for by us
  uint64_t dialled_ = 0;                               // not open yet
  std::vector<uint64_t> accepted_;
  uint32_t tags_ = 0;
  uint32_t losses_ = 0;
  std::string text_;  // where messages are written
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_AGENTS_SIP_AGENT_H_
