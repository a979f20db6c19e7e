#include "daemon/ingress.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "daemon/redact.h"

namespace understudy::daemon {
namespace {

using engine::Kept;

// Kept in place of octets that are not cut into messages yet: nobody can say what among them is a password.
constexpr absl::string_view kOctets = "octets of a connection, which may hold parts of credentials\r\n";

constexpr int kHandleBits = 40;
constexpr uint64_t kHandleMask = (uint64_t{1} << kHandleBits) - 1;

}  // namespace

engine::FlowId EngineFlow(Epoch epoch, uint64_t handle) {
  return handle == 0 ? engine::FlowId() : engine::FlowId(epoch.value() << kHandleBits | (handle & kHandleMask));
}

uint64_t NodeFlow(Epoch epoch, engine::FlowId flow) {
  return flow.value() >> kHandleBits == epoch.value() ? flow.value() & kHandleMask : 0;
}

Ingress::Ingress(const IngressOptions& options, Core* core, net::MessageTransport* transport,
                 quarantine::Quarantine* quarantine, const Clock* clock)
    : options_(options),
      core_(core),
      transport_(transport),
      quarantine_(quarantine),
      clock_(clock),
      overload_(options.overload),
      message_rates_(options.messages_per_source),
      answer_rates_(options.answers_per_source),
      bans_(options.bans) {
  RenewBudgets();
}

void Ingress::RenewBudgets() {
  answers_left_.fill(options_.stateless_answers_per_second);
  Left(Answer::kChallenge) = options_.challenges_per_second;
  Left(Answer::kOverload) = options_.overload_answers_per_second;
}

void Ingress::OnMessage(const net::Received& received, engine::FlowId flow) {
  ++messages_;
  if (!MayCome(received.remote)) return;
  engine::SipReceived message;
  message.transport = received.transport;
  message.flow = flow;
  message.remote = received.remote;
  message.local = LocalOf(received);
  message.bytes = received.bytes;
  if (IsQuarantined(received.bytes)) return Count(Kept::kQuarantined);
  // The disk stands still. Whoever sent a datagram will repeat it; what came over a connection must be taken.
  if (core_->backlogged() && received.transport == Transport::kUdp) return Count(Kept::kOverLimit);
  absl::string_view bytes = received.bytes;
  uint64_t fingerprint = 0;
  if (HoldsSecrets(bytes)) {
    fingerprint = quarantine::Fingerprint(bytes);
    redacted_ = Redact(bytes);
    bytes = redacted_;
  }
  FireDueTimers();
  // Whatever this message makes us do, a crash is its doing.
  const auto armed = Arm(bytes, fingerprint);
  sip::ParseError error;
  if (!sip::ParseMessage(bytes, options_.parse, &message.message, &error)) {
    if (error.what == sip::ParseErrorKind::kKeepAlive) return;
    return Unparseable(message, error.answer_status, error.text);
  }
  ++parsed_;
  message.bytes = message.message.raw();
  if (TooManyOptions(message.message)) return Count(Kept::kOverload);
  if (RefusesOptions(message)) return;
  const engine::Verdict verdict = engine::Admit(core_->state(), message, core_->outbox().released());
  if (!verdict.append) {
    NoteRefusal(message, verdict);
    return KeepBack(message, verdict);
  }
  if (RefusedAgain(message) || !IsSigned(&message, received.bytes) || RefusedForOverload(message)) return;
  if (options_.hooks.before_apply) options_.hooks.before_apply(message.message);
  if (options_.introduce && !message.flow.empty()) options_.introduce(message.flow);
  core_->Append(std::move(message));
}

// Where a datagram came to, if that is not where its network should have sent it: most of them need not say it.
Endpoint Ingress::LocalOf(const net::Received& received) const {
  if (received.transport != Transport::kUdp) return Endpoint();
  const Endpoint seen = core_->state().configuration.service_address(received.transport, received.remote);
  return received.local.SameHost(seen) ? Endpoint() : received.local;
}

bool Ingress::BeforeCutting(absl::string_view octets) {
  if (IsQuarantined(octets)) {
    Count(Kept::kQuarantined);
    return false;
  }
  if (quarantine_ != nullptr) cutting_.emplace(quarantine_, kOctets, quarantine::Fingerprint(octets));
  return true;
}

void Ingress::Append(engine::Input input, absl::string_view bytes) {
  FireDueTimers();
  const auto armed = Arm(bytes, 0);
  if (options_.hooks.before_client) options_.hooks.before_client(input);
  core_->Append(std::move(input));
}

bool Ingress::IsQuarantined(absl::string_view bytes) {
  return quarantine_ != nullptr && quarantine_->held() > 0 && quarantine_->Holds(bytes, clock_->Wall());
}

absl::optional<quarantine::Quarantine::Armed> Ingress::Arm(absl::string_view bytes, uint64_t fingerprint) {
  if (quarantine_ == nullptr) return absl::nullopt;
  return absl::optional<quarantine::Quarantine::Armed>(absl::in_place, quarantine_, bytes, fingerprint);
}

// They would fire inside the entry of the next message, which is not to blame for what they do.
void Ingress::FireDueTimers() {
  const absl::optional<Duration> next = core_->NextAlarm();
  if (!next || *next > clock_->SinceBoot()) return;
  absl::optional<quarantine::Quarantine::Armed> armed;
  if (quarantine_ != nullptr) armed.emplace(quarantine_, core_->state().lsn);
  core_->Tick();
}

// Takes one of what is left.
bool Ingress::MayAnswer(Answer kind) {
  if (Left(kind) == 0) return false;
  --Left(kind);
  return true;
}

// Before the answer costs anything. OPTIONS outside a dialog that would become an entry is repeated.
bool Ingress::TooManyOptions(const sip::Message& message) {
  return Left(Answer::kOptions) == 0 && message.is_request() && message.method() == sip::Method::kOptions &&
         message.to_tag().empty();
}

// One of them is told a second: whoever sets up a phone wants to know why it is not let in.
void Ingress::NoteRefusal(const engine::SipReceived& request, const engine::Verdict& verdict) {
  if (verdict.kept != Kept::kRefused || !refusal_.empty() || verdict.answer.empty()) return;
  constexpr size_t kMostShown = 100;
  const sip::Message& message = request.message;
  absl::string_view status = verdict.answer.view();
  status = status.substr(0, status.find('\r'));
  absl::ConsumePrefix(&status, "SIP/2.0 ");
  refusal_ = absl::StrCat(message.method_text().substr(0, kMostShown), " from ", TransportName(request.transport), " ",
                          request.remote.ToText(), ", From ", message.from().uri.substr(0, kMostShown), ", for ",
                          message.request_uri_text().substr(0, kMostShown), ": ", status);
}

void Ingress::KeepBack(const engine::SipReceived& message, const engine::Verdict& verdict) {
  const bool is_of_a_transaction = verdict.kept != Kept::kRefused && verdict.kept != Kept::kServerOptions;
  if (!is_of_a_transaction && AnswersTooFast(message.remote)) return Count(Kept::kTooFast);
  if (!is_of_a_transaction && Amplifies(message, verdict.answer.view().size())) return Count(Kept::kAmplifies);
  if (verdict.kept == Kept::kRefused && !MayAnswer(Answer::kRefusal)) return Count(Kept::kOverload);
  if (verdict.kept == Kept::kServerOptions && !MayAnswer(Answer::kOptions)) return Count(Kept::kOverload);
  const Lsn read_at = core_->state().lsn;
  const bool waits = verdict.kept == Kept::kRefused && core_->outbox().released() < read_at;
  if (waits && unsettled_.size() >= options_.most_unsettled) return Count(Kept::kOverload);
  Count(verdict.kept);
  if (verdict.answer.empty()) return;
  if (waits) return unsettled_.push_back(Unsettled{read_at, verdict.hop, verdict.answer});
  SendNow(verdict.hop, verdict.answer);
}

void Ingress::AnswerSettled() {
  const Lsn released = core_->outbox().released();
  while (!unsettled_.empty() && unsettled_.front().read_at <= released) {
    SendNow(unsettled_.front().hop, std::move(unsettled_.front().answer));
    unsettled_.pop_front();
  }
}

void Ingress::Unparseable(const engine::SipReceived& message, int status, absl::string_view reason) {
  Count(Kept::kUnparseable);
  if (unreadable_.empty()) {
    unreadable_ = absl::StrCat(TransportName(message.transport), " ", message.remote.ToText(), ": ", reason);
  }
  if (message.transport != Transport::kUdp) NoteFailure(message.remote, "malformed messages");
  if (status != 0) AnswerStatelessly(message, status, reason);
}

void Ingress::OnUnframeable(const net::Received& received, engine::FlowId flow, sip::ParseErrorKind why) {
  ++messages_;
  if (!MayCome(received.remote)) return;
  if (IsQuarantined(received.bytes)) return Count(Kept::kQuarantined);
  redacted_ = Redact(received.bytes);
  const auto armed = Arm(redacted_, quarantine::Fingerprint(received.bytes));
  engine::SipReceived message;
  message.transport = received.transport;
  message.flow = flow;
  message.remote = received.remote;
  message.bytes = received.bytes;
  sip::ParseError error;
  sip::ParseMessage(received.bytes, options_.parse, &message.message, &error);
  const bool answerable = message.message.is_request() && message.message.method() != sip::Method::kAck;
  Unparseable(message, answerable ? sip::AnswerStatus(why) : 0, sip::ParseErrorText(why));
}

void Ingress::AnswerStatelessly(const engine::SipReceived& request, int status, absl::string_view reason) {
  if (AnswersTooFast(request.remote) || !MayAnswer(Answer::kError)) return;
  const std::string text = engine::StatelessResponse(core_->state(), request, status, reason);
  if (!text.empty() && !Amplifies(request, text.size())) SendNow(engine::StatelessHop(request), SharedBytes(text));
}

void Ingress::SendNow(const engine::Hop& hop, SharedBytes bytes) {
  net::Outgoing outgoing;
  outgoing.transport = hop.transport;
  outgoing.flow = NodeFlow(core_->state().epoch, hop.flow);
  outgoing.local = hop.local;
  outgoing.remote = hop.remote;
  outgoing.bytes = std::move(bytes);
  transport_->Send(outgoing);
}

// Whether a ringing call or a transaction has a timer: registrations and subscriptions have one each and do not count.
bool Ingress::AnythingRuns() const {
  const engine::State& state = core_->state();
  return state.timers.size() > state.registrar.bindings().size() + state.subscriptions.size();
}

void Ingress::Summarise() {
  RenewBudgets();
  if (counts_ == summarised_ && !AnythingRuns()) return;
  engine::IngressSummary summary;
  for (size_t i = 0; i < counts_.size(); ++i) summary.counts.push_back(counts_[i] - summarised_[i]);
  summarised_ = counts_;
  core_->Append(std::move(summary));
}

}  // namespace understudy::daemon
