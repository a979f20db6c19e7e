// Requests that must be signed (engine/authentication.h): what came with the right password goes on, the rest is
// answered here and leaves no entry.
#include "absl/strings/str_cat.h"
#include "daemon/ingress.h"
#include "engine/authentication.h"

namespace understudy::daemon {

using auth::Judgement;
using auth::Outcome;
using engine::Kept;

namespace {

int AnswerTo(Outcome outcome) {
  switch (outcome) {
    case Outcome::kUnsigned:
    case Outcome::kWrong:
    case Outcome::kStale:
      return 401;
    case Outcome::kMalformed:
      return 400;
    case Outcome::kForbidden:
      return 403;
    case Outcome::kSigned:
      return 0;
  }
  return 0;
}

}  // namespace

// True: it need not be, or is, and then the message says so.
bool Ingress::IsSigned(engine::SipReceived* message, absl::string_view as_received) {
  const engine::Dn* const signer = engine::AuthenticationOwed(core_->state(), *message);
  if (signer == nullptr || options_.authenticator == nullptr) return true;
  const Judgement judgement = Judge(*message, as_received, *signer);
  if (judgement.outcome != Outcome::kSigned) {
    RefuseUnsigned(*message, *signer, judgement);
    return false;
  }
  message->authenticated = signer->number;
  return true;
}

// What is kept of the message has its credentials overwritten: they are read where they came.
Judgement Ingress::Judge(const engine::SipReceived& message, absl::string_view as_received, const engine::Dn& signer) {
  sip::Message whole;
  sip::ParseError error;
  const bool signs = message.message.Has(sip::HeaderName::kAuthorization) &&
                     sip::ParseMessage(as_received, options_.parse, &whole, &error);
  return options_.authenticator->Judge(signs ? whole : message.message, signer.number, message.remote,
                                       clock_->SinceBoot());
}

void Ingress::NoteWrong(const engine::SipReceived& message, const engine::Dn& signer, const Judgement& judgement) {
  for (int i = 0; i < judgement.guesses; ++i) {
    NoteGuess(signer.number);
    NoteFailure(message.remote, "wrong passwords");
  }
  if (!wrong_signature_.empty()) return;
  wrong_signature_ = absl::StrCat(message.message.method_text(), " from ", TransportName(message.transport), " ",
                                  message.remote.ToText(), ", for DN ", signer.number);
}

void Ingress::RefuseUnsigned(const engine::SipReceived& message, const engine::Dn& signer, const Judgement& judgement) {
  if (judgement.guesses > 0) NoteWrong(message, signer, judgement);
  if (AnswersTooFast(message.remote)) return Count(Kept::kTooFast);
  if (!MayAnswer(Answer::kChallenge)) return Count(Kept::kOverload);
  const int status = AnswerTo(judgement.outcome);
  std::string challenges;
  if (status == 401) {
    challenges = options_.authenticator->Challenges(message.message, signer.number, message.remote,
                                                    judgement.outcome == Outcome::kStale, clock_->SinceBoot());
  }
  const std::string text = engine::StatelessResponse(core_->state(), message, status, judgement.reason, challenges);
  if (Amplifies(message, text.size())) return Count(Kept::kAmplifies);
  Count(status == 401 ? Kept::kChallenged : Kept::kRefused);
  if (!text.empty()) SendNow(engine::StatelessHop(message), SharedBytes(text));
}

}  // namespace understudy::daemon
