#include "tools/state_view.h"

#include <algorithm>
#include <iterator>
#include <utility>
#include <variant>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "daemon/config/nearest_name.h"
#include "engine/events/event_package.h"
#include "engine/events/subscription.h"
#include "sip/dialog.h"
#include "sip/method.h"
#include "tools/entry_filter.h"
#include "tools/entry_text.h"
#include "tools/event_view.h"
#include "tools/transaction_view.h"
#include "tools/utc_time.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;
using engine::Call;
using engine::Leg;
using engine::State;

struct Table {
  absl::string_view name;
  ShowRequest::What what;
};
constexpr Table kTables[] = {{"calls", ShowRequest::What::kCalls},
                             {"registrations", ShowRequest::What::kRegistrations},
                             {"transactions", ShowRequest::What::kTransactions},
                             {"sessions", ShowRequest::What::kSessions},
                             {"subscriptions", ShowRequest::What::kSubscriptions},
                             {"effects", ShowRequest::What::kEffects}};

absl::string_view PhaseName(Leg::Phase phase) {
  switch (phase) {
    case Leg::Phase::kNone:
      return "not begun";
    case Leg::Phase::kInviting:
      return "inviting";
    case Leg::Phase::kAlerting:
      return "alerting";
    case Leg::Phase::kConfirmed:
      return "confirmed";
    case Leg::Phase::kReleased:
      return "released";
  }
  return "?";
}

json::string Text(absl::string_view text) {
  const std::string shown = Shown(text, {});
  return json::string(shown.data(), shown.size());
}

std::string HopText(const engine::Hop& hop) {
  const std::string flow = hop.flow.empty() ? "" : absl::StrCat(" flow ", hop.flow.value());
  return absl::StrCat(TransportName(hop.transport), " ", hop.remote.ToText(), flow);
}

json::object DialogView(const sip::Dialog& dialog) {
  json::object out{{"state", Text(sip::DialogStateName(dialog.state))},
                   {"sip_call_id", Text(dialog.call_id)},
                   {"local_tag", Text(dialog.local_tag)},
                   {"remote_tag", Text(dialog.remote_tag)},
                   {"local_uri", Text(dialog.local_uri)},
                   {"remote_uri", Text(dialog.remote_uri)},
                   {"remote_target", Text(dialog.remote_target)}};
  if (dialog.local_sequence != sip::kNoSequence) out["local_sequence"] = dialog.local_sequence;
  if (dialog.remote_sequence != sip::kNoSequence) out["remote_sequence"] = dialog.remote_sequence;
  json::array routes;
  for (const std::string& route : dialog.route_set) routes.push_back(Text(route));
  if (!routes.empty()) out["route_set"] = std::move(routes);
  return out;
}

json::array EarlyView(const std::vector<engine::EarlyDialog>& dialogs) {
  json::array out;
  for (const engine::EarlyDialog& dialog : dialogs) {
    json::object view = DialogView(dialog.dialog);
    if (dialog.lost) view["lost"] = true;
    if (dialog.awaited_prack) view["awaits_prack_of_rseq"] = dialog.awaited_prack->rseq;
    out.push_back(std::move(view));
  }
  return out;
}

json::object LegView(const State& state, const Leg& leg) {
  json::object out{{"number", Text(leg.number)}, {"phase", Text(PhaseName(leg.phase))}, {"hop", HopText(leg.hop)}};
  out["leg"] = leg.id.value();
  if (!leg.peer.empty()) out["peer"] = leg.peer.value();
  out["dialog"] = DialogView(leg.dialog);
  const auto transaction = [&](const char* name, engine::TransactionId id) {
    if (!id.empty()) out[name] = OneTransaction(state, id);
  };
  transaction("server_invite", leg.server_invite);
  transaction("client_invite", leg.client_invite);
  transaction("server_update", leg.server_update);
  transaction("client_update", leg.client_update);
  if (leg.awaited_ack) out["awaits_ack_of_cseq"] = leg.awaited_ack->cseq;
  if (leg.due_ack) out["owes_ack_to_cseq"] = leg.due_ack->cseq;
  if (leg.awaited_prack) out["awaits_prack_of_rseq"] = leg.awaited_prack->rseq;
  if (leg.early) out["other_early_dialogs"] = EarlyView((*leg.early)->others);
  if (leg.bye_due) out["bye_due"] = true;
  return out;
}

std::string Since(const State& state, const Call& call) {
  return absl::StrCat(SecondsText(state.engine_time - call.started), " s");
}

// The call's own timers and those of its transactions.
json::array TimersOf(const State& state, engine::CallId call) {
  json::array out;
  for (const auto& [handle, timer] : state.timers.transaction_timers()) {
    if (!BelongsToCall(state, timer, call)) continue;
    const Duration left = handle.deadline - state.timers.TransactionTime(state.engine_time);
    const Leg* leg = LegOf(state, timer);
    out.push_back(json::object{{"timer", Text(TimerKindName(timer.kind))},
                               {"leg", leg == nullptr ? 0 : leg->id.value()},
                               {"due_in", absl::StrCat(SecondsText(left), " s")}});
  }
  return out;
}

json::object CallView(const State& state, const Call& call) {
  json::object out{{"call", call.id.value()}, {"began", UtcText(call.started_at)}, {"for", Since(state, call)}};
  json::array others;
  for (const engine::LegId id : call.legs) {
    json::object leg = LegView(state, *state.legs.Find(id));
    if (id == call.legs[0]) {
      out["caller"] = std::move(leg);
    } else if (id == call.legs[1]) {
      out["callee"] = std::move(leg);
    } else {
      others.push_back(std::move(leg));
    }
  }
  if (!others.empty()) out["others"] = std::move(others);
  if (json::array timers = TimersOf(state, call.id); !timers.empty()) out["timers"] = std::move(timers);
  return out;
}

json::object CallRow(const State& state, const Call& call) {
  const Leg* caller = state.LegAt(call, 0);
  const Leg* callee = state.LegAt(call, 1);
  return {{"call", call.id.value()},
          {"caller", Text(caller == nullptr ? "" : caller->number)},
          {"is", Text(PhaseName(caller == nullptr ? Leg::Phase::kNone : caller->phase))},
          {"callee", Text(callee == nullptr ? "" : callee->number)},
          {"and is", Text(PhaseName(callee == nullptr ? Leg::Phase::kNone : callee->phase))},
          {"began", UtcText(call.started_at)},
          {"for", Since(state, call)}};
}

bool HasPartyOf(const State& state, const Call& call, const std::string& number) {
  return std::any_of(call.legs.begin(), call.legs.end(),
                     [&](engine::LegId id) { return state.legs.Find(id)->number == number; });
}

json::object BindingRow(const State& state, const engine::Binding& binding) {
  return {{"dn", Text(binding.number)},
          {"contact", Text(binding.contact)},
          {"hop", HopText(binding.hop)},
          {"expires_in", absl::StrCat(SecondsText(binding.expires - state.engine_time), " s")},
          {"sip_call_id", Text(binding.sip_call_id)},
          {"cseq", binding.cseq}};
}

// "waits for": the answer to the last NOTIFY, and whether another is to follow it.
json::object SubscriptionRow(const State& state, const engine::Subscription& row) {
  const absl::string_view waits = row.notify.empty() ? "nothing" : row.changed ? "answer, then tells more" : "answer";
  return {{"subscription", row.id.value()},
          {"about", Text(row.number)},
          {"package", Text(engine::RowOf(row.package).name)},
          {"subscriber", Text(row.subscriber)},
          {"hop", HopText(row.hop)},
          {"expires_in", absl::StrCat(SecondsText(row.expires - state.engine_time), " s")},
          {"documents", row.version},
          {"waits for", Text(waits)},
          {"sip_call_id", Text(row.dialog.call_id)}};
}

template <class Keep>
json::array Calls(const State& state, Keep keep) {
  json::array out;
  for (const auto& [id, call] : state.calls.rows()) {
    if (keep(*call)) out.push_back(CallRow(state, *call));
  }
  return out;
}

template <class Keep>
json::array Bindings(const State& state, Keep keep) {
  json::array out;
  for (const auto& [id, binding] : state.registrar.bindings()) {
    if (keep(binding)) out.push_back(BindingRow(state, binding));
  }
  return out;
}

template <class Keep>
json::array Subscriptions(const State& state, Keep keep) {
  json::array out;
  for (const auto& [id, row] : state.subscriptions.rows()) {
    if (keep(row)) out.push_back(SubscriptionRow(state, row));
  }
  return out;
}

absl::StatusOr<json::value> DnView(const State& state, const std::string& number) {
  const engine::Dn* dn = state.configuration.FindDn(number);
  if (dn == nullptr) {
    return absl::NotFoundError(absl::StrCat("there is no DN ", number, " at lsn ", state.lsn.value(),
                                            "; journal-dump --kind configuration-changed --message shows the DNs"));
  }
  json::object out{{"number", Text(dn->number)}, {"type", Text(DnTypeName(dn->type))}};
  json::object options;
  for (const auto& [section, values] : dn->options) {
    for (const auto& [name, value] : values) {
      const std::string full_name = absl::StrCat(section, "/", name);
      const std::string shown = ShownOption(name, value, {});
      options[full_name] = json::string(shown.data(), shown.size());
    }
  }
  out["options"] = std::move(options);
  out["bindings"] = Bindings(state, [&](const engine::Binding& binding) { return binding.number == number; });
  out["calls"] = Calls(state, [&](const Call& call) { return HasPartyOf(state, call, number); });
  out["subscriptions"] = Subscriptions(
      state, [&](const engine::Subscription& row) { return row.number == number || row.subscriber == number; });
  return out;
}

absl::StatusOr<json::value> OneCall(const State& state, const CallName& name) {
  for (const auto& [id, call] : state.calls.rows()) {
    if (IsNamed(*call, name)) return CallView(state, *call);
  }
  const auto* number = std::get_if<uint64_t>(&name);
  const uint64_t last = state.calls.last_id().value();
  if (number != nullptr && *number > last) {
    const std::string until = last == 0 ? "no call has" : absl::StrCat("the last call until then is ", last);
    return absl::NotFoundError(
        absl::StrCat(CallNameText(name), " has not begun at lsn ", state.lsn.value(), ": ", until));
  }
  const absl::string_view why = number == nullptr ? " is not there" : " is over";
  return absl::NotFoundError(absl::StrCat(CallNameText(name), why, " at lsn ", state.lsn.value(),
                                          ": journal-dump --call ", CallNameWord(name),
                                          " shows its entries; choose a moment with --until LSN"));
}

absl::StatusOr<json::value> OneSession(const State& state, uint64_t id) {
  const engine::Session* session = state.sessions.Find(engine::SessionId(id));
  if (session != nullptr) return SessionView(*session);
  return absl::NotFoundError(absl::StrCat("there is no session ", id, " at lsn ", state.lsn.value(),
                                          ": --show sessions names them; choose a moment with --until LSN"));
}

absl::Status UnknownPart(absl::string_view what) {
  std::vector<absl::string_view> known = {"call", "dn", "session"};
  for (const Table& table : kTables) known.push_back(table.name);
  const absl::string_view nearest = daemon::NearestName(what, known);
  return absl::InvalidArgumentError(absl::StrCat(
      "--show knows no \"", what, "\"", nearest.empty() ? "" : absl::StrCat(" (is it ", nearest, "?)"),
      "; allowed: call CALL, dn NUMBER, session ID, calls, registrations, transactions, sessions, subscriptions, "
      "effects"));
}

}  // namespace

absl::StatusOr<ShowRequest> ParseShow(absl::string_view what, absl::string_view which) {
  using What = ShowRequest::What;
  ShowRequest request;
  if (what == "call") {
    absl::StatusOr<CallName> call = ParseCallName(which);
    if (!call.ok()) return call.status();
    request.what = What::kCall;
    request.call = *std::move(call);
  } else if (what == "session") {
    const absl::StatusOr<uint64_t> id = ParseId(which, "a session's id");
    if (!id.ok()) return id.status();
    request.what = What::kSession;
    request.session = *id;
  } else if (what == "dn") {
    request.what = What::kDn;
    request.number = std::string(which);
  } else {
    const auto* table =
        std::find_if(std::begin(kTables), std::end(kTables), [&](const auto& t) { return t.name == what; });
    if (table == std::end(kTables)) {
      return UnknownPart(what);
    }
    request.what = table->what;
  }
  return request;
}

absl::StatusOr<json::value> ShowState(const State& state, const engine::Effects& effects, const ShowRequest& request) {
  const auto all = [](const auto&) { return true; };
  switch (request.what) {
    case ShowRequest::What::kCall:
      return OneCall(state, request.call);
    case ShowRequest::What::kDn:
      return DnView(state, request.number);
    case ShowRequest::What::kCalls:
      return Calls(state, all);
    case ShowRequest::What::kRegistrations:
      return Bindings(state, all);
    case ShowRequest::What::kSubscriptions:
      return Subscriptions(state, all);
    case ShowRequest::What::kTransactions:
      return AllTransactions(state);
    case ShowRequest::What::kSessions:
      return AllSessions(state);
    case ShowRequest::What::kSession:
      return OneSession(state, request.session);
    case ShowRequest::What::kEffects:
      return EffectsView(effects);
  }
  return absl::InternalError("unreachable");
}

}  // namespace understudy::tools
