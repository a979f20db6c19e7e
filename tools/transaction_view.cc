#include "tools/transaction_view.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "sip/method.h"

namespace understudy::tools {
namespace {

namespace json = boost::json;
using engine::State;
using sip::Method;

// As the numbers in the rows: the enums State of the four tables in sip/.
absl::string_view StateName(bool server, Method method, uint8_t state) {
  constexpr absl::string_view kInviteServer[] = {"Proceeding", "Completed", "Confirmed", "Accepted", "Terminated"};
  constexpr absl::string_view kInviteClient[] = {"Calling", "Proceeding", "Completed", "Accepted", "Terminated"};
  constexpr absl::string_view kOther[] = {"Trying", "Proceeding", "Completed", "Terminated"};
  if (method != Method::kInvite) return state < std::size(kOther) ? kOther[state] : "?";
  if (state >= std::size(kInviteServer)) return "?";
  return server ? kInviteServer[state] : kInviteClient[state];
}

absl::string_view MethodText(Method method) {
  return method == Method::kUnknown ? absl::string_view("(other)") : sip::MethodName(method);
}

json::string Text(absl::string_view text) {
  return json::string(text.data(), text.size());
}

template <class Row>
json::object RowView(bool server, const Row& row) {
  json::object out{{"transaction", row.id.value()},
                   {"side", server ? "server" : "client"},
                   {"method", Text(MethodText(row.method))},
                   {"state", Text(StateName(server, row.method, row.state))},
                   {"cseq", row.cseq},
                   {"hop", absl::StrCat(TransportName(row.hop.transport), " ", row.hop.remote.ToText())}};
  out["call"] = row.call.empty() ? json::value(nullptr) : json::value(row.call.value());
  return out;
}

}  // namespace

json::string OneTransaction(const State& state, engine::TransactionId id) {
  std::string text = absl::StrCat(id.value());
  if (const engine::ServerTransaction* row = state.transactions.FindServer(id); row != nullptr) {
    absl::StrAppend(&text, " ", MethodText(row->method), " ", StateName(true, row->method, row->state));
  } else if (const engine::ClientTransaction* client = state.transactions.FindClient(id); client != nullptr) {
    absl::StrAppend(&text, " ", MethodText(client->method), " ", StateName(false, client->method, client->state));
  }
  return Text(text);
}

json::array AllTransactions(const State& state) {
  json::array out;
  for (const auto& [id, row] : state.transactions.servers()) out.push_back(RowView(true, *row));
  for (const auto& [id, row] : state.transactions.clients()) out.push_back(RowView(false, *row));
  return out;
}

absl::string_view TimerKindName(engine::TimerKind kind) {
  switch (kind) {
    case engine::TimerKind::kClientRetransmit:
      return "request again (A, E)";
    case engine::TimerKind::kClientTimeout:
      return "no response (B, F)";
    case engine::TimerKind::kServerRetransmit:
      return "response again (G)";
    case engine::TimerKind::kServerTimeout:
      return "no ACK (H)";
    case engine::TimerKind::kAnswerRetransmit:
      return "2xx again";
    case engine::TimerKind::kAnswerTimeout:
      return "no ACK to 2xx";
    case engine::TimerKind::kReliableRetransmit:
      return "18x again";
    case engine::TimerKind::kReliableTimeout:
      return "no PRACK";
    case engine::TimerKind::kNoAnswer:
      return "no answer";
    case engine::TimerKind::kCancelTimeout:
      return "no final response to CANCEL";
    case engine::TimerKind::kBindingExpiry:
      return "registration ends";
    case engine::TimerKind::kTimerC:
      return "no final response to a re-INVITE (C)";
    case engine::TimerKind::kPatience:
      return "patience with a leg";
    case engine::TimerKind::kServerTrying:
      return "100 to a request other than INVITE";
    case engine::TimerKind::kSessionExpiry:
      return "session ends";
    case engine::TimerKind::kSessionAbsence:
      return "a client's session ends";
    case engine::TimerKind::kSubscriptionExpiry:
      return "subscription ends";
    case engine::TimerKind::kNotifyAgain:
      return "a NOTIFY is said again";
    case engine::TimerKind::kSessionRefresh:
      return "session is refreshed, or ends";
    case engine::TimerKind::kServiceCheck:
      return "a device is asked";
    case engine::TimerKind::kServiceForce:
      return "a silent device is out of service";
    case engine::TimerKind::kRest:
      return "a device gets calls again";
    case engine::TimerKind::kLocating:
      return "no answer from DNS";
    case engine::TimerKind::kName:
      return "a host name is asked for, or forgotten";
    case engine::TimerKind::kReferPatience:
      return "patience with a phone that is told to call";
    case engine::TimerKind::kReferral:
      return "patience with a party that has handed its call over";
  }
  return "?";
}

const engine::Leg* LegOf(const State& state, const engine::Timer& timer) {
  switch (timer.kind) {
    case engine::TimerKind::kClientRetransmit:
    case engine::TimerKind::kClientTimeout:
    case engine::TimerKind::kCancelTimeout:
    case engine::TimerKind::kTimerC:
    case engine::TimerKind::kLocating: {
      const auto* row = state.transactions.FindClient(engine::TransactionId(timer.row));
      return row == nullptr ? nullptr : state.legs.Find(row->leg);
    }
    case engine::TimerKind::kServerRetransmit:
    case engine::TimerKind::kServerTimeout:
    case engine::TimerKind::kServerTrying: {
      const auto* row = state.transactions.FindServer(engine::TransactionId(timer.row));
      return row == nullptr ? nullptr : state.legs.Find(row->leg);
    }
    case engine::TimerKind::kAnswerRetransmit:
    case engine::TimerKind::kAnswerTimeout:
    case engine::TimerKind::kReliableRetransmit:
    case engine::TimerKind::kReliableTimeout:
    case engine::TimerKind::kPatience:
    case engine::TimerKind::kReferral:
    case engine::TimerKind::kSessionRefresh:
      return state.legs.Find(engine::LegId(timer.row));
    case engine::TimerKind::kNoAnswer:
    case engine::TimerKind::kSessionExpiry:
    case engine::TimerKind::kBindingExpiry:
    case engine::TimerKind::kSessionAbsence:
    case engine::TimerKind::kReferPatience:
    case engine::TimerKind::kSubscriptionExpiry:
    case engine::TimerKind::kNotifyAgain:
    case engine::TimerKind::kServiceCheck:
    case engine::TimerKind::kServiceForce:
    case engine::TimerKind::kRest:
    case engine::TimerKind::kName:
      return nullptr;
  }
  return nullptr;
}

bool BelongsToCall(const State& state, const engine::Timer& timer, engine::CallId call) {
  if (timer.kind == engine::TimerKind::kNoAnswer || timer.kind == engine::TimerKind::kSessionExpiry) {
    return engine::CallId(timer.row) == call;
  }
  const engine::Leg* leg = LegOf(state, timer);
  return leg != nullptr && leg->call == call;
}

}  // namespace understudy::tools
