// What one source may do (daemon/sources/): how much it may send and be answered, and what shuts it out for a while.
#include "absl/strings/str_cat.h"
#include "daemon/ingress.h"

namespace understudy::daemon {
namespace {

using engine::Kept;

// Of the request's octets: a challenge with three algorithms is some two and a half times a bare REGISTER.
constexpr size_t kMostAmplification = 3;

// Wrong passwords for one DN, wherever they come from, before it is told: so many at once, and then a minute.
constexpr int64_t kGuesses = 20;
constexpr Duration kGuessInterval = Duration::Seconds(60 / kGuesses);

}  // namespace

void Ingress::SetTrunks(const std::vector<Endpoint>& contacts) {
  trunks_.clear();
  for (const Endpoint& contact : contacts) trunks_.insert(SourceOf(contact));
}

bool Ingress::MayCome(const Endpoint& remote) {
  if (bans_.size() == 0 && !message_rates_.is_limited()) return true;
  const Endpoint source = SourceOf(remote);
  if (bans_.IsBanned(source, Now())) {
    Count(Kept::kBanned);
    return false;
  }
  if (trunks_.contains(source) || message_rates_.Take(source, Now())) return true;
  Count(Kept::kTooFast);
  return false;
}

bool Ingress::AnswersTooFast(const Endpoint& remote) {
  const Endpoint source = SourceOf(remote);
  return !trunks_.contains(source) && !answer_rates_.Take(source, Now());
}

bool Ingress::Amplifies(const engine::SipReceived& request, size_t answer) {
  return request.transport == Transport::kUdp && answer > kMostAmplification * request.bytes.size();
}

void Ingress::NoteFailure(const Endpoint& remote, absl::string_view what) {
  const Endpoint source = SourceOf(remote);
  if (trunks_.contains(source) || !bans_.Note(source, Now())) return;
  ban_ = absl::StrCat(source.HostText(), source.is_v4() ? "" : "/64", " for ", what);
}

void Ingress::NoteGuess(const std::string& number) {
  RateLimit& guesses = guesses_.try_emplace(number, kGuessInterval, kGuessInterval * kGuesses).first->second;
  if (guesses.IsFree(Now())) return guesses.Take(Now());
  attacked_dn_ = number;
  guesses_.erase(number);
}

}  // namespace understudy::daemon
