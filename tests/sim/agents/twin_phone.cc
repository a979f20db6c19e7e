#include "tests/sim/agents/twin_phone.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace understudy::sim {
namespace {

constexpr Duration kBetweenLooks = Duration::Milliseconds(250);
constexpr Duration kLongestRinging = Duration::Seconds(120);

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

}  // namespace

const char* TwinPhone::Wrong(const SipView& request) const {
  const CallRecord* record = book().Find(request.mark.call);
  if (record == nullptr || record->plan.kind != CallPlan::Kind::kCall || request.mark.side != 0) {
    return "a call out of nowhere";
  }
  if (record->plan.callee != elder_) return "a call that is for somebody else";
  const bool rings = std::any_of(ringing_.begin(), ringing_.end(),
                                 [&](const Ringing& ringing) { return ringing.call == request.mark.call; });
  return rings ? "a doubled call: its INVITE comes as a second one" : nullptr;
}

bool TwinPhone::TakesOwn(uint32_t server_row, const SipView& request) {
  if (request.method != sip::Method::kInvite || !request.to_tag.empty()) return false;
  if (const char* wrong = Wrong(request)) {
    Violated(request.mark.call, wrong, request.bytes);
    Answer(server_row, 404, {}, {}, {});
    return true;
  }
  server(server_row).call = request.mark.call;
  server(server_row).side = 1;
  book().Find(request.mark.call)->beside_begun = true;
  const auto row = static_cast<uint32_t>(ringing_.size());
  const Duration refuses = chance().Percent(30) ? chance().Skewed(Ms(20), Ms(5000)) : kLongestRinging;
  ringing_.push_back({request.mark.call, server_row, false, now() + refuses});
  UserAfter(chance().Between(Ms(5), Ms(80)), kRings, row);
  UserAfter(kBetweenLooks, kLooks, row);
  return true;
}

void TwinPhone::OnOwnTimer(uint32_t kind, uint32_t row) {
  if (kind < kRings) return Phone::OnOwnTimer(kind, row);
  if (ringing_[row].over) return;
  if (kind == kLooks) return Look(row);
  std::string contact;
  AppendContact(&contact);
  Answer(ringing_[row].invite, 180, contact, {}, {});
}

// Whoever sits here hears that the other one has refused, and does so, too.
void TwinPhone::Look(uint32_t row) {
  Ringing& ringing = ringing_[row];
  const CallRecord& record = *book().Find(ringing.call);
  if (now() >= ringing.refuses_at || record.side[1].status != 0) return Refuse(ringing, 486);
  const bool taken = record.side[0].accepted || record.side[0].over;
  if (taken && ringing.taken_at == CallBook::FarFuture()) ringing.taken_at = now();
  if (IsStuck(ringing)) {
    Violated(ringing.call, "stuck: a second phone rings, and the call is taken elsewhere, or over",
             server(ringing.invite).head);
    return Refuse(ringing, 480);
  }
  UserAfter(kBetweenLooks, kLooks, row);
}

bool TwinPhone::IsStuck(const Ringing& ringing) const {
  const Duration trouble = book().TroubleOf(ringing.call, book().Find(ringing.call)->side[0].begun_at);
  if (book().IsFatal(trouble)) return false;
  const Tolerance& tolerance = book().tolerance();
  return now() > ringing.taken_at + (trouble > Duration() ? tolerance.settle_late : tolerance.settle);
}

void TwinPhone::Refuse(Ringing& ringing, int status) {
  ++refused_;
  ringing.over = true;
  book().Find(ringing.call)->beside_status = status;
  Answer(ringing.invite, status, {}, {}, {});
}

void TwinPhone::OnOwnCancel(uint32_t invite) {
  for (Ringing& ringing : ringing_) {
    if (ringing.invite != invite || ringing.over) continue;
    const CallRecord& record = *book().Find(ringing.call);
    // Its answer, or its end, may be on its way to the caller.
    const bool taken = record.side[1].accepted || book().MayEnd(ringing.call, 0) || book().MayEnd(ringing.call, 1);
    if (!taken) Violated(ringing.call, "a CANCEL that nobody has caused", server(invite).head);
    ++cancelled_;
    ringing.over = true;
    Answer(invite, 487, {}, {}, {});
  }
}

void TwinPhone::OnOwnUnacknowledged(uint32_t server_row) {
  const ServerTransaction& row = server(server_row);
  if (book().IsFatal(book().TroubleOf(row.call, book().Find(row.call)->side[0].begun_at))) return;
  Violated(row.call, absl::StrCat("no ACK in time to a ", row.status), row.answer);
}

void TwinPhone::HangUpAll() {
  Phone::HangUpAll();
  for (Ringing& ringing : ringing_) {
    if (!ringing.over) Refuse(ringing, 480);
  }
}

void TwinPhone::AppendUnfinished(std::vector<std::string>* lines) const {
  for (const Ringing& ringing : ringing_) {
    if (!ringing.over) lines->push_back(absl::StrCat(name(), ": call ", ringing.call, " rings"));
  }
  Phone::AppendUnfinished(lines);
}

}  // namespace understudy::sim
