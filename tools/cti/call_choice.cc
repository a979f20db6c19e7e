#include "tools/cti/call_choice.h"

#include <string>
#include <variant>

#include "absl/strings/str_cat.h"
#include "tools/cti/message_words.h"

namespace understudy::tools {

using tlib::KeyValueList;
using tlib::KeyValuePair;
using tlib::PartyState;

namespace {

absl::string_view StateName(PartyState state) {
  return tlib::EnumName(tlib::Attribute::kPartyState, static_cast<int64_t>(state));
}

PartyState StateOf(const KeyValueList& call) {
  const KeyValuePair* pair = call.Find("PartyState");
  if (pair == nullptr) return PartyState::kNull;
  if (const auto* number = std::get_if<int64_t>(&pair->value)) return static_cast<PartyState>(*number);
  return static_cast<PartyState>(tlib::FindEnum(tlib::Attribute::kPartyState, call.Text("PartyState")).value_or(0));
}

bool Fits(PartyState state, WantedCall wanted) {
  switch (wanted) {
    case WantedCall::kNone:
    case WantedCall::kAny:
      return true;
    case WantedCall::kAlerting:
      return state == PartyState::kAlerting;
    case WantedCall::kTalking:
      return state == PartyState::kConnected;
    case WantedCall::kHeld:
      return state == PartyState::kHeld;
    case WantedCall::kTwo:
      return state != PartyState::kHeld;
  }
  return false;
}

std::vector<CallOnDn> Fitting(const std::vector<CallOnDn>& calls, WantedCall wanted) {
  std::vector<CallOnDn> fitting;
  for (const CallOnDn& call : calls) {
    if (Fits(call.state, wanted)) fitting.push_back(call);
  }
  return fitting;
}

std::string Listed(const std::vector<CallOnDn>& calls) {
  std::string text;
  for (const CallOnDn& call : calls) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", ConnIDText(call.conn_id), " (", StateName(call.state), ")");
  }
  return text;
}

}  // namespace

std::vector<CallOnDn> CallsOf(const KeyValueList& calls) {
  std::vector<CallOnDn> found;
  for (const KeyValuePair& pair : calls.pairs()) {
    const auto* call = std::get_if<KeyValueList>(&pair.value);
    if (call == nullptr) continue;
    const absl::StatusOr<int64_t> conn_id = ParseConnID(call->Text("ConnID"));
    if (conn_id.ok()) found.push_back({*conn_id, StateOf(*call)});
  }
  return found;
}

absl::StatusOr<ChosenCalls> ChooseCalls(const std::vector<CallOnDn>& calls, WantedCall wanted, absl::string_view dn) {
  if (calls.empty()) return absl::FailedPreconditionError(absl::StrCat(dn, " has no call"));
  const std::vector<CallOnDn> fitting = Fitting(calls, wanted);
  if (wanted == WantedCall::kTwo) {
    const std::vector<CallOnDn> held = Fitting(calls, WantedCall::kHeld);
    if (fitting.size() == 1 && held.size() == 1) return ChosenCalls{fitting[0].conn_id, held[0].conn_id};
    return absl::FailedPreconditionError(
        absl::StrCat(dn, " has ", Listed(calls), ": say which two with --call CONNID and --held CONNID"));
  }
  // One call is what is meant, whatever its state: the server says what is wrong with it.
  if (calls.size() == 1) return ChosenCalls{calls[0].conn_id, absl::nullopt};
  if (fitting.size() == 1) return ChosenCalls{fitting[0].conn_id, absl::nullopt};
  return absl::FailedPreconditionError(absl::StrCat(dn, " has ", Listed(calls), ": say which with --call CONNID"));
}

}  // namespace understudy::tools
