#include "tests/sim/world/client_audit.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "daemon/cti/link_name.h"

namespace understudy::sim {
namespace {

// One entry a tenth of a second for all clients; a tick may come late, and the next in its time.
constexpr Duration kApart = Duration::Milliseconds(90);

}  // namespace

void ClientAudit::OnTurn(size_t number, Duration now) {
  const Machine& machine = *(*machines_)[number];
  if (machine.node() == nullptr || machine.node()->clients() == nullptr) return;
  if (machine.serving()) clientele_->book().NoteSequence(machine.core()->state().event_sequence);
  Life& life = lives_[number];
  if (life.start != machine.starts()) life = {machine.starts(), 0, Duration() - kApart};
  const uint64_t entries = machine.node()->clients()->edge().counters().acknowledgements;
  if (entries == life.acknowledgements) return;
  acknowledgements_ += entries - life.acknowledgements;
  if (entries > life.acknowledgements + 1 || now - life.last < kApart) {
    violated_(absl::StrCat(machine.name(), " appends acknowledgements ", (now - life.last).milliseconds(),
                           " ms after the last ones"));
  }
  life.acknowledgements = entries;
  life.last = now;
}

void ClientAudit::LookAt(const daemon::Core& core) {
  for (const auto& [id, session] : core.state().sessions.rows()) {
    if (session.link.empty() || daemon::NodeLink(core.epoch(), session.link) != 0) continue;
    violated_(absl::StrCat("session ", id.value(), " goes over link ", session.link.value(), ", which is of another ",
                           "reign than ", core.epoch().value()));
  }
}

// What both parties say that they have lived through, since the client was registered.
void ClientAudit::CheckCallsOf(const SessionRecord& session, uint32_t phone, const std::string& number,
                               Duration since) {
  const CallBook& book = workload_->book();
  uint64_t made = 0;
  uint64_t taken = 0;
  uint64_t begun = 0;
  for (uint32_t call = 1; call <= book.size(); ++call) {
    const CallRecord& record = *book.Find(call);
    if (record.plan.kind != CallPlan::Kind::kCall) continue;
    const CallSide& own = record.side[0];
    const CallSide& other = record.side[1];
    if (own.agent == phone && own.begun) ++begun;
    if (!own.accepted || own.begun_at < since) continue;
    made += own.agent == phone ? 1 : 0;
    taken += other.agent == phone ? 1 : 0;
  }
  const HeardCounts heard = session.view.counts(number);
  const auto wrong = [&](absl::string_view what, uint64_t counted, uint64_t events) {
    violated_(absl::StrCat(session.client, ", session ", session.id, ": ", number, " has ", counted, " ", what,
                           " since ", since.milliseconds(), " ms, and its events tell of ", events));
  };
  if (heard.established_here < made) wrong("calls that it has made answered", made, heard.established_here);
  if (heard.established_there < taken) wrong("calls that it has answered", taken, heard.established_there);
  if (heard.dialing > begun) wrong("calls that it has begun", begun, heard.dialing);
}

void ClientAudit::CheckCalls(const SessionRecord& session) {
  const std::vector<std::string> numbers = workload_->PhoneNumbers();
  for (uint32_t phone = 0; phone < numbers.size(); ++phone) {
    const auto since = session.registered_at.find(numbers[phone]);
    if (since != session.registered_at.end() && session.view.IsRegisteredByName(numbers[phone])) {
      CheckCallsOf(session, phone, numbers[phone], since->second);
    }
  }
}

void ClientAudit::CheckAttached() {
  for (const auto& client : clientele_->clients()) {
    if (client->links_to_both() && !client->is_attached()) {
      violated_(absl::StrCat("long after the last fault ", client->name(), " has no session at the primary"));
    }
  }
}

void ClientAudit::HitMarks() {
  const ClientCounts& counts = clientele_->book().counts();
  marks_->Add(Mark::kClientResumed, counts.resumed);
  marks_->Add(Mark::kClientHeardLate, counts.late);
  marks_->Add(Mark::kClientAskedAgain, counts.said_again);
  marks_->Add(Mark::kClientSessionEnded, counts.ended);
  marks_->Add(Mark::kClientTakenOver, counts.taken_over);
  marks_->Add(Mark::kClientTooSlow, counts.slow);
  marks_->Add(Mark::kClientLastRequestApplied, counts.applied_unheard);
  marks_->Add(Mark::kClientCall, counts.calls);
  marks_->Add(Mark::kClientConsult, counts.consults);
  marks_->Add(Mark::kClientTransfer, counts.transfers);
  marks_->Add(Mark::kClientConference, counts.conferences);
  marks_->Add(Mark::kClientRedirect, counts.redirects);
  marks_->Add(Mark::kClientAlternate, counts.alternates);
  marks_->Add(Mark::kClientDigits, counts.digits);
  marks_->Add(Mark::kClientFeatures, counts.features);
  marks_->Add(Mark::kClientMask, counts.masks);
  marks_->Add(Mark::kClientStranger, clientele_->stranger().refused());
  for (const auto& client : clientele_->clients()) {
    marks_->Add(Mark::kClientMoved, client->acts().primaries_changed);
    marks_->Add(Mark::kClientForgot, client->acts().restarts);
  }
  for (const DeskPhone* desk : workload_->desks()) {
    marks_->Add(Mark::kClientCallAnswered, desk->talked());
    marks_->Add(Mark::kDeskPhoneHeld, desk->held());
  }
}

void ClientAudit::AtEnd(const engine::State& state) {
  HitMarks();
  CheckAttached();
  clientele_->book().AtEnd([&](uint64_t conn_id) { return !state.parties.FindCall(conn_id).empty(); });
  for (const auto& [id, session] : clientele_->book().sessions()) {
    if (session.link != 0 && !session.left) CheckCalls(session);
  }
}

}  // namespace understudy::sim
