// The interval of a session (RFC 4028), of the parties or of a party and the server: agreed upon, refreshed, or ended.
#include <algorithm>
#include <string>

#include "absl/strings/str_cat.h"
#include "tests/sim/agents/user_agent.h"

namespace understudy::sim {
namespace {

using State = CallBelief::State;
using sip::Method;

constexpr uint32_t kServersInterval = 90;  // seconds: sip-session-timer of the DNs that have it
// A refresh that was refused, or could not be said; drawn, or two parties meet every time.
constexpr Duration kTriesAgain = Duration::Milliseconds(1000);
constexpr Duration kTriesAgainLatest = Duration::Milliseconds(3000);
// A session that nobody refreshes is ended by then: what ends it may be on its way, or wait for another request's end.
constexpr Duration kLapsesLate = Duration::Seconds(4);

// Section 10: who is not refreshed ends the session so long after the last refresh.
Duration LapsesAfter(uint32_t interval) {
  return Duration::Seconds(interval - std::min<uint32_t>(32, interval / 3));
}

}  // namespace

// In an INVITE or UPDATE: who refreshes is the one who says this, or not. Within a dialog it stays who it is.
std::string UserAgent::AskForTimer(const Party& party) const {
  const CallPlan::Timer& plan = book().Find(party.call)->plan.timer;
  const bool first = party.timer.interval == 0;
  if (first && (party.side != 0 || plan.asked == 0 || party.state != State::kCalling)) return {};
  const uint32_t interval = first ? plan.asked : party.timer.interval;
  const char refresher = first ? plan.refresher : party.timer.refreshes ? 'c' : 's';
  const absl::string_view role = refresher == 'c' ? ";refresher=uac" : refresher == 's' ? ";refresher=uas" : "";
  return absl::StrCat("Supported: timer\r\nAllow: INVITE, ACK, BYE, CANCEL, UPDATE\r\nSession-Expires: ", interval,
                      role, "\r\n");
}

void UserAgent::NoteAsked(Party& party, const SipView& request) {
  const CallPlan::Timer& plan = PlanOf(party).timer;
  party.timer.asked = request.session_expires;
  party.timer.asked_refresher = request.refresher;
  const uint32_t expected = plan.with_server[party.side] ? kServersInterval : plan.end_to_end() ? plan.asked : 0;
  const bool same = request.session_expires == expected || (plan.end_to_end() && request.session_expires == 0);
  if (!same) Wrong(party, "another session interval than was asked for", request);
  if (IsServersRefresh(party, request)) ++book().counts().server_refreshes;
  if (request.session_expires != 0 && !request.supports_timer) Wrong(party, "an interval without timer", request);
}

// The lines of a 2xx to what asks for `asked` seconds.
std::string UserAgent::AgreeOnTimer(uint32_t row, uint32_t asked, char refresher) {
  Party& party = parties_[row];
  const CallPlan::Timer& plan = PlanOf(party).timer;
  if (asked == 0 || (party.side == 1 && !plan.supported)) {
    BeginTimer(row, 0, false, now());
    return {};
  }
  const char chosen = refresher != 0 ? refresher : plan.chosen;
  BeginTimer(row, asked, chosen == 's', now());
  const absl::string_view allow = plan.by_update[party.side] ? "Allow: INVITE, ACK, BYE, CANCEL, UPDATE\r\n" : "";
  if (chosen == 's') return absl::StrCat(allow, "Session-Expires: ", asked, ";refresher=uas\r\n");
  return absl::StrCat(allow, "Require: timer\r\nSession-Expires: ", asked, ";refresher=uac\r\n");
}

// Of a 2xx to what we have said.
void UserAgent::TakeTimer(uint32_t client_row, const SipView& answer) {
  const uint32_t row = client(client_row).party;
  Party& party = parties_[row];
  if (party.state != State::kEstablished) return;
  if (answer.mark.call == 0 && MayEnd(party)) return;  // the status alone
  const CallPlan::Timer& plan = PlanOf(party).timer;
  const uint32_t between = plan.end_to_end() && plan.supported ? plan.asked : 0;
  const uint32_t expected = plan.with_server[party.side] ? kServersInterval : between;
  if (answer.session_expires != expected) Wrong(party, "another session interval than was agreed upon", answer);
  const bool ours = answer.refresher == 'c';
  const bool again = party.timer.interval != 0 && answer.session_expires != 0;
  if (again && ours != party.timer.refreshes) Wrong(party, "another refresher than before", answer);
  if (again && ours) ++book().counts().refreshes;
  BeginTimer(row, answer.session_expires, ours, client(client_row).begun);
}

// `from`: the other side may count from then on.
void UserAgent::BeginTimer(uint32_t row, uint32_t interval, bool refreshes, Duration from) {
  Party& party = parties_[row];
  const CallPlan::Timer& plan = PlanOf(party).timer;
  Cancel(&party.timer.due);
  party.timer.interval = interval;
  party.timer.refreshes = refreshes;
  party.timer.refreshed_at = now();
  OwnSide(party).lapses_at = CallBook::FarFuture();
  if (interval == 0) return;
  const Duration lapses = LapsesAfter(interval);
  const bool lazy = plan.lazy[party.side];
  if (refreshes && lazy) OwnSide(party).lapses_at = from + lapses;
  const Duration until = !refreshes ? lapses : lazy ? lapses + kLapsesLate : plan.pace;
  party.timer.due = UserAfter(until, kSession, row);
}

// What is answered to a refresh of the server's: nothing changes by it (section 7.4).
std::string UserAgent::AgreedSession(const Party& party) const {
  const uint32_t version = party.timer.agreed;
  std::string session;
  AppendSession(party.call, party.side, version, book().Find(party.call)->side[party.side].directions[version - 1],
                &session);
  return session;
}

void UserAgent::OnSessionDue(uint32_t row) {
  Party& party = parties_[row];
  party.timer.due = 0;
  if (party.state == State::kAnswered) party.timer.due = UserAfter(kTriesAgain, kSession, row);
  if (party.state != State::kEstablished) return;
  if (party.timer.refreshes && PlanOf(party).timer.lazy[party.side]) return AwaitEnd(row);
  if (now() >= party.timer.refreshed_at + LapsesAfter(party.timer.interval)) return Lapse(row);
  RefreshSession(row);
  party.timer.due = UserAfter(chance_.Between(kTriesAgain, kTriesAgainLatest), kSession, row);
}

void UserAgent::RefreshSession(uint32_t row) {
  Party& party = parties_[row];
  if (PlanOf(party).timer.by_update[party.side]) return Update(row);
  const bool busy = party.invite_out != kNoRow || party.invite_in != kNoRow || party.unacknowledged != kNoRow;
  if (!busy) ReInvite(row, party.direction);
}

// Who should refresh and does not is sent away: by the server, or by the other party.
void UserAgent::AwaitEnd(uint32_t row) {
  Party& party = parties_[row];
  const Duration since = party.timer.refreshed_at;
  const Duration ends_at = book().MayGoOnUntil(party.call, since, since + LapsesAfter(party.timer.interval));
  if (now() < ends_at + kLapsesLate) {
    party.timer.due = UserAfter(ends_at + kLapsesLate - now(), kSession, row);
    return;
  }
  if (!book().HasLeft(party.call, party.side)) Violated(party.call, "a session that nobody refreshes goes on", {});
  EndLapsed(row);
}

void UserAgent::Lapse(uint32_t row) {
  const Party& party = parties_[row];
  if (!MayLapse(party)) Violated(party.call, "a session is not refreshed", {});
  EndLapsed(row);
}

// Whether there is a reason that nobody has refreshed it.
bool UserAgent::MayLapse(const Party& party) const {
  const CallPlan::Timer& plan = book().Find(party.call)->plan.timer;
  const Duration since = party.timer.refreshed_at;
  if (book().HasLeft(party.call, party.side)) return true;
  if (!party.timer.refreshes && plan.end_to_end() && plan.lazy[1 - party.side]) return true;
  const bool by_server = !party.timer.refreshes && plan.with_server[party.side];
  const Duration half = Duration::Seconds(party.timer.interval / 2);
  if (by_server) return book().MayRefreshLate(party.call, since, since + half);
  return book().MayEnd(party.call, party.side) || book().TroubleOf(party.call, since) > Duration();
}

void UserAgent::EndLapsed(uint32_t row) {
  ++book().counts().lapsed;
  HangUp(row);
}

// 422: the INVITE is said once more, with an interval that is long enough (section 7.1).
bool UserAgent::AskLonger(uint32_t row, const SipView& answer) {
  Party& party = parties_[row];
  CallPlan::Timer& plan = book().Find(party.call)->plan.timer;
  const bool brief = plan.with_server[0] && plan.asked < kServersInterval && answer.min_se == kServersInterval;
  if (!brief || party.state != State::kCalling) return false;
  ++book().counts().too_brief;
  plan.asked = kServersInterval;
  if (party.hang_up_due || winding_ || OwnSide(party).cancelled) return false;
  party.remote_tag.clear();
  std::string headers;
  AppendContact(&headers);
  if (PlanOf(party).reliable) headers += "Supported: 100rel\r\n";
  headers += AskForTimer(party);
  OwnSide(party).invite_step = static_cast<uint32_t>(OwnSide(party).said.size()) + 1;
  party.invite = party.invite_out =
      PartyRequest(row, Method::kInvite, headers, "application/sdp", Session(party, 's', false));
  return true;
}

}  // namespace understudy::sim
