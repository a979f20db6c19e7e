// What is refused while the node cannot keep up (daemon/overload/): early, without an entry, and only what begins
// something. A look at the message and at the state costs two microseconds of the hundred that a call does, and with it
// repetitions are answered as ever, and nothing is said to nobody.
#include "absl/strings/str_cat.h"
#include "daemon/ingress.h"

namespace understudy::daemon {
namespace {

using engine::Kept;

// Whoever is refused asks again after so many seconds: each another number, or all would be back at once.
constexpr uint64_t kLeastRetry = 2;
constexpr uint64_t kRetrySpread = 8;

std::string RetryAfter(const sip::TransactionKey& key) {
  return absl::StrCat("Retry-After: ", kLeastRetry + key.lo % kRetrySpread, "\r\n");
}

}  // namespace

void Ingress::NoteRound(absl::Span<const net::Received> round) {
  NoteTime();
  if (round.empty()) return;
  const net::Received& oldest = round.front();
  if (oldest.transport == Transport::kUdp) return overload_.NoteDatagrams(oldest.waited);
  overload_.NoteStream(oldest.waited);
}

void Ingress::NoteTime() {
  overload_.Look(Now());
}

void Ingress::LookAtLoad() {
  const size_t held = core_->outbox().held();
  const engine::TransactionTable& transactions = core_->state().transactions;
  const size_t rows = transactions.live() + transactions.finished();
  if (held > options_.overload_held || rows > options_.overload_transactions) overloaded_ = true;
  if (held < options_.overload_held / 2 && rows < options_.overload_transactions / 10 * 9) overloaded_ = false;
}

bool Ingress::TakesMore() {
  LookAtLoad();
  return !overloaded() && !core_->disk_low();
}

bool Ingress::TakesClientCall() {
  LookAtLoad();
  if (!overloaded_ && !core_->disk_low()) return overload_.Takes(Work::kMakeCall);
  overload_.CountRefused(Work::kMakeCall);
  return false;
}

// The answer costs what a refusal does. A Trunk hears it, for a 503 would keep it away for all of its calls.
bool Ingress::RefusesOptions(const engine::SipReceived& message) {
  if (!overload_.overloaded() || WorkOf(message.message) != Work::kOptions) return false;
  if (trunks_.contains(SourceOf(message.remote)) || overload_.Takes(Work::kOptions)) return false;
  Refuse(message, sip::ServerTransactionKey(core_->state().lookup_key(), message.message));
  return true;
}

// Before its signature is looked at, whose nonce-count the first one has used up.
bool Ingress::RefusedAgain(const engine::SipReceived& message) {
  if (refused_requests_.empty()) return false;
  const absl::optional<Work> work = WorkOf(message.message);
  if (!work) return false;
  const sip::TransactionKey key = sip::ServerTransactionKey(core_->state().lookup_key(), message.message);
  if (!refused_requests_.Holds(key, Now())) return false;
  overload_.CountRefused(*work);
  Refuse(message, key);
  return true;
}

bool Ingress::RefusedForOverload(const engine::SipReceived& message) {
  LookAtLoad();
  if (!overloaded() && !core_->disk_low()) return false;
  const absl::optional<Work> work = WorkOf(message.message);
  if (!work || !IsRefused(*work)) return false;
  const sip::TransactionKey key = sip::ServerTransactionKey(core_->state().lookup_key(), message.message);
  refused_requests_.Add(key, Now());
  Refuse(message, key);
  return true;
}

// A full disk refuses calls only.
bool Ingress::IsRefused(Work work) {
  const bool for_another_reason = overloaded_ || (core_->disk_low() && work == Work::kInvite);
  if (for_another_reason) overload_.CountRefused(work);
  return for_another_reason || !overload_.Takes(work);
}

void Ingress::Refuse(const engine::SipReceived& message, const sip::TransactionKey& key) {
  Count(Kept::kOverload);
  if (AnswersTooFast(message.remote) || !MayAnswer(Answer::kOverload)) return;
  const std::string text = engine::StatelessResponse(core_->state(), message, 503, {}, RetryAfter(key));
  if (!text.empty() && !Amplifies(message, text.size())) SendNow(engine::StatelessHop(message), SharedBytes(text));
}

}  // namespace understudy::daemon
