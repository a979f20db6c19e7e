// From bytes to inputs: parses, keeps out what is not journaled (engine/admission.h), answers that at once, and gives
// the rest to the core.
//
// Everything kept out is counted by reason; once a second the counts become an IngressSummary entry.
#ifndef UNDERSTUDY_DAEMON_INGRESS_H_
#define UNDERSTUDY_DAEMON_INGRESS_H_

#include <array>
#include <cstdint>
#include <deque>
#include <functional>
#include <string>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "absl/types/span.h"
#include "daemon/auth/authenticator.h"
#include "daemon/core/core.h"
#include "daemon/net/message_transport.h"
#include "daemon/overload/overload_control.h"
#include "daemon/overload/refused_requests.h"
#include "daemon/overload/work.h"
#include "daemon/quarantine/quarantine.h"
#include "daemon/sources/ban_list.h"
#include "daemon/sources/source.h"
#include "daemon/sources/source_rates.h"
#include "daemon/test_hooks.h"
#include "engine/admission.h"
#include "engine/configuration.h"
#include "engine/hop.h"
#include "sip/parse.h"
#include "sip/parse_error.h"
#include "sip/transaction_key.h"

namespace understudy::daemon {

struct IngressOptions {
  sip::ParseLimits parse;
  // Beyond one of these, requests that begin something get 503: effects waiting for the disk (until it is half of it),
  // and transactions in memory, live and finished (until it is nine tenths).
  size_t overload_held = 50000;
  size_t overload_transactions = 4000000;
  OverloadOptions overload;  // by how late we are
  // Stateless answers a second of each kind, so that we are nobody's amplifier: to OPTIONS, to what is refused, and
  // 400. A flood of strangers' requests leaves a Trunk's pings and a phone's 503 their answers.
  uint64_t stateless_answers_per_second = 2000;
  // Refusals that wait for what they were read out of; beyond it they are dropped as overload.
  size_t most_unsettled = 4000;
  // A second, too. More than of the others: when a pair has changed over, every phone is asked anew, and a 503 keeps
  // whoever gets it from asking again at once.
  uint64_t challenges_per_second = 20000;
  uint64_t overload_answers_per_second = 20000;
  // Of one source, in messages; 0: no limit. Trunks have none.
  int64_t messages_per_source = 0;
  // Stateless answers to one source a second, so that one cannot use up what is there for all. Trunks have no limit.
  int64_t answers_per_source = 1000;
  BanOptions bans;
  // Null: no password is known here, and what must be signed comes to the engine unsigned, which refuses it. Outlives
  // the ingress.
  auth::Authenticator* authenticator = nullptr;
  // Runs before a message of that connection becomes an entry.
  std::function<void(engine::FlowId)> introduce;
  TestHooks hooks;
};

class Ingress {
 public:
  // All outlive the ingress; `quarantine` may be null.
  Ingress(const IngressOptions& options, Core* core, net::MessageTransport* transport,
          quarantine::Quarantine* quarantine, const Clock* clock);

  // One message. `flow` is the engine's name of the connection.
  void OnMessage(const net::Received& received, engine::FlowId flow);

  // What has just been read, before it is handled; datagrams that nobody read in time; and when nothing comes, a few
  // times a second.
  void NoteRound(absl::Span<const net::Received> round);
  void NoteDropped() { overload_.NoteDropped(); }
  void NoteCommit(Duration latency) { overload_.NoteCommit(latency); }
  void NoteTime();

  // Where the Trunks are: of their hosts nobody is banned or too fast.
  void SetTrunks(const std::vector<Endpoint>& contacts);

  // At the end of a turn: sends the refusals that were read out of entries whose effects may leave by now. Of others it
  // is not known yet that what they say ever was: this node may be primary no longer, and its successor without them.
  void AnswerSettled();
  // They will not be sent: this node serves no longer.
  void ForgetUnsettled() { unsettled_.clear(); }

  // Octets of a stream are about to be cut into messages; false: they are quarantined. A crash meanwhile is theirs.
  bool BeforeCutting(absl::string_view octets);
  void AfterCutting() { cutting_.reset(); }

  // An input that is no SIP message. The quarantine knows it by `bytes`, and dropping it is the caller's matter.
  void Append(engine::Input input, absl::string_view bytes);
  bool IsQuarantined(absl::string_view bytes);

  // A stream that cannot be cut into messages: 400 or 513 if the start allows it.
  void OnUnframeable(const net::Received& received, engine::FlowId flow, sip::ParseErrorKind why);

  // Once a second: appends the counts that are new, and renews the budgets for stateless answers. While a call rings
  // or a transaction waits it appends without new counts, too: after a crash the last entry tells until when
  // somebody served.
  void Summarise();

  const BanList& bans() const { return bans_; }
  std::vector<BanList::Ban> BansNow() const { return bans_.Bans(Now()); }
  bool IsBanned(const Endpoint& remote) { return bans_.size() != 0 && bans_.IsBanned(SourceOf(remote), Now()); }
  // False: it was not banned.
  bool LiftBan(const Endpoint& remote) { return bans_.Lift(SourceOf(remote)); }
  // What one source was banned for since the last call of this, for the log; empty: none was.
  std::string TakeBan() { return std::exchange(ban_, {}); }
  // A DN for which wrong passwords come one after the other, likewise.
  std::string TakeAttackedDn() { return std::exchange(attacked_dn_, {}); }

  uint64_t kept(engine::Kept reason) const { return counts_[static_cast<size_t>(reason)]; }
  uint64_t messages() const { return messages_; }
  // Of these, those that were SIP.
  uint64_t parsed() const { return parsed_; }
  bool overloaded() const { return overloaded_ || overload_.overloaded(); }
  const OverloadControl& overload() const { return overload_; }
  absl::optional<OverloadControl::News> TakeOverloadNews() { return overload_.TakeNews(); }
  // Whether to make one more call that a client asks for; counted if not.
  bool TakesClientCall();
  // What begins something would be let in now.
  bool TakesMore();
  // One request that was refused without a trace since the last call of this, and the answer, for the log; empty: none.
  std::string TakeRefusal() { return std::exchange(refusal_, {}); }
  // Likewise of the signatures that are wrong.
  std::string TakeWrongSignature() { return std::exchange(wrong_signature_, {}); }
  const auth::Authenticator* authenticator() const { return options_.authenticator; }
  // Likewise of the messages that cannot be read: whence, and what is wrong with it.
  std::string TakeUnreadable() { return std::exchange(unreadable_, {}); }

 private:
  enum class Answer { kOptions = 0, kRefusal = 1, kError = 2, kChallenge = 3, kOverload = 4 };
  static constexpr size_t kAnswerKinds = 5;
  struct Unsettled {
    Lsn read_at;  // the last entry of the state that it was read out of
    engine::Hop hop;
    SharedBytes answer;
  };

  net::MonotonicTime Now() const { return net::MonotonicTime::FromNanoseconds(clock_->Monotonic().nanoseconds()); }
  bool MayCome(const Endpoint& remote);
  bool AnswersTooFast(const Endpoint& remote);
  // To a datagram, whose source anybody can have written.
  static bool Amplifies(const engine::SipReceived& request, size_t answer);
  void NoteFailure(const Endpoint& remote, absl::string_view what);
  void NoteGuess(const std::string& number);
  bool AnythingRuns() const;
  void RenewBudgets();
  uint64_t& Left(Answer kind) { return answers_left_[static_cast<size_t>(kind)]; }
  bool MayAnswer(Answer kind);
  bool TooManyOptions(const sip::Message& message);
  bool RefusesOptions(const engine::SipReceived& message);
  void FireDueTimers();
  Endpoint LocalOf(const net::Received& received) const;
  void NoteRefusal(const engine::SipReceived& request, const engine::Verdict& verdict);
  void KeepBack(const engine::SipReceived& message, const engine::Verdict& verdict);
  void Count(engine::Kept reason) { ++counts_[static_cast<size_t>(reason)]; }
  void Unparseable(const engine::SipReceived& message, int status, absl::string_view reason);
  void AnswerStatelessly(const engine::SipReceived& request, int status, absl::string_view reason);
  void SendNow(const engine::Hop& hop, SharedBytes bytes);
  void LookAtLoad();
  bool RefusedAgain(const engine::SipReceived& message);
  bool RefusedForOverload(const engine::SipReceived& message);
  bool IsRefused(Work work);
  void Refuse(const engine::SipReceived& message, const sip::TransactionKey& key);
  bool IsSigned(engine::SipReceived* message, absl::string_view as_received);
  auth::Judgement Judge(const engine::SipReceived& message, absl::string_view as_received, const engine::Dn& signer);
  void NoteWrong(const engine::SipReceived& message, const engine::Dn& signer, const auth::Judgement& judgement);
  void RefuseUnsigned(const engine::SipReceived& message, const engine::Dn& signer, const auth::Judgement& judgement);
  absl::optional<quarantine::Quarantine::Armed> Arm(absl::string_view bytes, uint64_t fingerprint);

  const IngressOptions options_;
  Core* const core_;
  net::MessageTransport* const transport_;
  quarantine::Quarantine* const quarantine_;
  const Clock* const clock_;
  std::array<uint64_t, engine::kKeptCount> counts_{};
  std::array<uint64_t, engine::kKeptCount> summarised_{};
  uint64_t messages_ = 0;
  uint64_t parsed_ = 0;
  std::array<uint64_t, kAnswerKinds> answers_left_;
  bool overloaded_ = false;   // by what waits and is kept
  OverloadControl overload_;  // by how late we are
  RefusedRequests refused_requests_;
  std::deque<Unsettled> unsettled_;  // in the order of their entries
  absl::optional<quarantine::Quarantine::Armed> cutting_;
  std::string redacted_;
  std::string unreadable_;
  std::string refusal_;
  std::string wrong_signature_;
  absl::btree_set<Endpoint> trunks_;  // as SourceOf has them
  SourceRates message_rates_;
  SourceRates answer_rates_;
  BanList bans_;
  std::string ban_;
  absl::btree_map<std::string, RateLimit> guesses_;  // by the DN they are for
  std::string attacked_dn_;
};

// The engine's name of a connection is unique for the life of the journal: the node's handle under its epoch.
engine::FlowId EngineFlow(Epoch epoch, uint64_t handle);
// The node's handle; 0 when the flow is of another epoch.
uint64_t NodeFlow(Epoch epoch, engine::FlowId flow);

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_INGRESS_H_
