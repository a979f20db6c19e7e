// A second phone behind a gateway: it rings for the same INVITE, and answers when the caller has heard of the first, as
// phones do that were not told in time. Nobody talks to it: it is acknowledged and sent away (RFC 3261 13.2.2.4).
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/sim/agents/user_agent.h"

namespace understudy::sim {
namespace {

using sip::Method;

// A 2xx that comes later may be one that nobody knows any more (RFC 6026: timer M).
constexpr Duration kAnswersWithin = Duration::Seconds(20);
constexpr Duration kLooksAgain = Duration::Milliseconds(20);
// No session of the book has it: nobody shall ever hear of this one.
constexpr uint32_t kUnheardVersion = 7777;

}  // namespace

void UserAgent::BeginFork(uint32_t party_row) {
  Party& party = parties_[party_row];
  party.fork = static_cast<uint32_t>(forks_.size());
  forks_.emplace_back();
  forks_.back().party = party_row;
  forks_.back().invite = ForkOf(party.invite);
  UserAfter(PlanOf(party).fork.rings_after, kForkRings, party.fork);
}

void UserAgent::OnForkTimer(Timer timer, uint32_t row) {
  if (timer == kForkRings) return RingFork(forks_[row]);
  if (timer == kForkAnswers) return AnswerFork(row);
  CheckForkEnded(forks_[row], timer == kForkSettledLate);
}

void UserAgent::RingFork(ForkedPhone& fork) {
  Party& party = parties_[fork.party];
  if (party.state != CallBelief::State::kRinging) return;
  ++book().counts().forks_rung;
  const bool early_media = PlanOf(party).fork.early_media;
  const std::string session = early_media ? Session(party, 's', true) : std::string();
  std::string contact;
  AppendContact(&contact);
  Answer(fork.invite, early_media ? 183 : 180, contact, "application/sdp", session);
}

// Which one of two was the first is the path's to say: it is certain when the caller has heard of one.
void UserAgent::AnswerFork(uint32_t row) {
  ForkedPhone& fork = forks_[row];
  const Party& party = parties_[fork.party];
  if (now() >= OwnSide(parties_[fork.party]).accepted_at + kAnswersWithin) return;
  if (!OtherSide(party).accepted) {
    UserAfter(kLooksAgain, kForkAnswers, row);
    return;
  }
  fork.answered = true;
  std::string contact;
  AppendContact(&contact);
  std::string session;
  AppendSession(party.call, party.side, kUnheardVersion, 's', &session);
  Answer(fork.invite, 200, contact, "application/sdp", session);
}

// nullptr: that tag is not of a fork.
ForkedPhone* UserAgent::FindFork(const Party& party, absl::string_view tag) {
  if (party.fork == kNoRow) return nullptr;
  ForkedPhone& fork = forks_[party.fork];
  return server(fork.invite).tag == tag ? &fork : nullptr;
}

void UserAgent::OnForkAck(uint32_t row, const SipView& ack) {
  ForkedPhone& fork = forks_[row];
  const Party& party = parties_[fork.party];
  const uint64_t hash = TextHash(ack.bytes);
  const bool fits = fork.answered && ack.cseq == server(fork.invite).cseq;
  if (!fits) return Wrong(party, "an ACK to what a phone of a fork has not answered", ack);
  if (fork.acknowledged && fork.ack_hash != hash) Wrong(party, "an ACK that comes again is another one", ack);
  if (fork.acknowledged) return;
  fork.acknowledged = true;
  fork.ack_hash = hash;
  Acknowledged(fork.invite);
  UserAfter(book().tolerance().settle, kForkSettled, row);
  UserAfter(book().tolerance().settle_late, kForkSettledLate, row);
}

// A BYE that overtakes the ACK does not replace it: the 200 comes again until its ACK does.
void UserAgent::OnForkRequest(ForkedPhone& fork, uint32_t server_row, const SipView& request) {
  const Party& party = parties_[fork.party];
  const bool ends = request.method == Method::kBye && fork.answered && !fork.ended;
  if (!ends) {
    Wrong(party, fork.ended ? "a request after the BYE" : "a request to a phone of a fork that is in no call", request);
    return Answer(server_row, 481, {}, {}, {});
  }
  fork.ended = true;
  ++book().counts().forks_ended;
  Answer(server_row, 200, {}, {}, {});
}

void UserAgent::OnForkUnacknowledged(const ForkedPhone& fork) {
  const uint32_t call = parties_[fork.party].call;
  if (book().IsFatal(book().TroubleOf(call, book().Find(call)->side[0].begun_at))) return;
  Violated(call, "no ACK in time to the second 200 of a fork", server(fork.invite).answer);
}

// Whoever sits there hangs up in the end, and has lost nobody by it.
void UserAgent::CheckForkEnded(ForkedPhone& fork, bool late) {
  if (fork.ended) return;
  fork.ended = late;
  const uint32_t call = parties_[fork.party].call;
  const Duration trouble = book().TroubleOf(call, book().Find(call)->side[0].begun_at);
  if (late ? book().IsFatal(trouble) : trouble > Duration()) return;
  Violated(call, "stuck: the second phone of a fork is in a call with nobody", server(fork.invite).answer);
}

}  // namespace understudy::sim
