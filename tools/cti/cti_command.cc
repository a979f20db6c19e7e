#include "tools/cti/cti_command.h"

#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "client/requests.h"
#include "daemon/config/nearest_name.h"
#include "tools/cti/message_words.h"

namespace understudy::tools {

using tlib::Message;

namespace {

using Operands = absl::Span<const std::string>;
using Made = absl::StatusOr<Message>;

// The ConnID is put in when the call is known.
constexpr client::ConnID kLater = 0;

template <Message (*make)(absl::string_view)>
Made OfDn(Operands words) {
  return make(words[0]);
}

template <Message (*make)(absl::string_view, client::ConnID)>
Made OfCall(Operands words) {
  return make(words[0], kLater);
}

template <Message (*make)(absl::string_view, client::ConnID, client::ConnID)>
Made OfTwoCalls(Operands words) {
  return make(words[0], kLater, kLater);
}

template <Message (*make)(absl::string_view, client::ConnID, absl::string_view)>
Made OfCallAndText(Operands words) {
  return make(words[0], kLater, words[1]);
}

template <Message (*make)(absl::string_view, client::ConnID, tlib::KeyValueList)>
Made OfCallAndPairs(Operands words) {
  absl::StatusOr<tlib::KeyValueList> pairs = ParsePairs(words.subspan(1));
  if (!pairs.ok()) return pairs.status();
  return make(words[0], kLater, *std::move(pairs));
}

Made DeleteData(Operands words) {
  if (words.size() == 2) return client::DeletePair(words[0], kLater, words[1]);
  return client::DeleteUserData(words[0], kLater);
}

Made UserEvent(Operands words) {
  absl::StatusOr<tlib::KeyValueList> pairs = ParsePairs(words.subspan(1));
  if (!pairs.ok()) return pairs.status();
  return client::DistributeUserEvent(words[0], *std::move(pairs));
}

Made Named(Operands words) {
  Made message = NamedRequest(words[0]);
  if (!message.ok()) return message;
  const absl::Status set = SetAttributes(words.subspan(1), &*message);
  if (!set.ok()) return set;
  return message;
}

Made MakeCallOf(Operands words) {
  return client::MakeCall(words[0], words[1]);
}
Made ForwardSet(Operands words) {
  return client::CallForwardSet(words[0], words[1]);
}
Made QueryServerOf(Operands) {
  return client::QueryServer();
}

constexpr CtiCommand kCommands[] = {
    {"register", "DN...", 1, 0, WantedCall::kNone, "subscribe to DNs, and show each with its calls",
     "register 1001 1002", nullptr},
    {"watch", "DN... [--calls]", 0, 0, WantedCall::kNone, "show events of DNs, and with --calls of all calls",
     "watch 1001 1002", nullptr},
    {"make-call", "DN DESTINATION", 2, 2, WantedCall::kNone, "call from a DN", "make-call 1001 1002", MakeCallOf},
    {"answer", "DN", 1, 1, WantedCall::kAlerting, "answer the call that rings", "answer 1002",
     OfCall<client::AnswerCall>},
    {"release", "DN", 1, 1, WantedCall::kAny, "hang up", "release 1001", OfCall<client::ReleaseCall>},
    {"hold", "DN", 1, 1, WantedCall::kTalking, "hold the call", "hold 1001", OfCall<client::HoldCall>},
    {"retrieve", "DN", 1, 1, WantedCall::kHeld, "retrieve the held call", "retrieve 1001",
     OfCall<client::RetrieveCall>},
    {"alternate", "DN", 1, 1, WantedCall::kTwo, "hold the one call and retrieve the other", "alternate 1001",
     OfTwoCalls<client::AlternateCall>},
    {"reconnect", "DN", 1, 1, WantedCall::kTwo, "release the current call and retrieve the held one", "reconnect 1001",
     OfTwoCalls<client::ReconnectCall>},
    {"initiate-transfer", "DN DESTINATION", 2, 2, WantedCall::kTalking, "hold the call and consult a destination",
     "initiate-transfer 1001 1003", OfCallAndText<client::InitiateTransfer>},
    {"complete-transfer", "DN", 1, 1, WantedCall::kTwo, "connect the two others and leave", "complete-transfer 1001",
     OfTwoCalls<client::CompleteTransfer>},
    {"mute-transfer", "DN DESTINATION", 2, 2, WantedCall::kTalking, "transfer without waiting for an answer",
     "mute-transfer 1001 1003", OfCallAndText<client::MuteTransfer>},
    {"single-step-transfer", "DN DESTINATION", 2, 2, WantedCall::kTalking, "transfer without a consultation call",
     "single-step-transfer 1001 1003", OfCallAndText<client::SingleStepTransfer>},
    {"initiate-conference", "DN DESTINATION", 2, 2, WantedCall::kTalking,
     "hold the call and consult who is to take part", "initiate-conference 1001 1003",
     OfCallAndText<client::InitiateConference>},
    {"complete-conference", "DN", 1, 1, WantedCall::kTwo, "join the two calls", "complete-conference 1001",
     OfTwoCalls<client::CompleteConference>},
    {"delete-from-conference", "DN MEMBER", 2, 2, WantedCall::kTalking, "put a member out of the conference",
     "delete-from-conference 1001 1003", OfCallAndText<client::DeleteFromConference>},
    {"redirect", "DN DESTINATION", 2, 2, WantedCall::kAlerting, "send the call that rings to another destination",
     "redirect 1002 1003", OfCallAndText<client::RedirectCall>},
    {"clear", "DN", 1, 1, WantedCall::kAny, "end a call for all its parties", "clear 1001", OfCall<client::ClearCall>},
    {"dtmf", "DN DIGITS", 2, 2, WantedCall::kTalking, "send digits", "dtmf 1001 123#", OfCallAndText<client::SendDTMF>},
    {"attach-data", "DN KEY=TEXT...", 2, 0, WantedCall::kAny, "attach pairs to the call; KEY:=NUMBER for a number",
     "attach-data 1001 case=4711 priority:=3", OfCallAndPairs<client::AttachUserData>},
    {"update-data", "DN KEY=TEXT...", 2, 0, WantedCall::kAny, "set pairs of the call, or replace them",
     "update-data 1001 priority:=1", OfCallAndPairs<client::UpdateUserData>},
    {"delete-data", "DN [KEY]", 1, 2, WantedCall::kAny, "delete a pair of the call, or all", "delete-data 1001 case",
     DeleteData},
    {"dnd-on", "DN", 1, 1, WantedCall::kNone, "do not disturb", "dnd-on 1001", OfDn<client::SetDNDOn>},
    {"dnd-off", "DN", 1, 1, WantedCall::kNone, "disturb again", "dnd-off 1001", OfDn<client::SetDNDOff>},
    {"forward-set", "DN DESTINATION", 2, 2, WantedCall::kNone, "forward the calls of a DN", "forward-set 1001 1002",
     ForwardSet},
    {"forward-cancel", "DN", 1, 1, WantedCall::kNone, "forward them no more", "forward-cancel 1001",
     OfDn<client::CallForwardCancel>},
    {"user-event", "DN KEY=TEXT...", 1, 0, WantedCall::kNone, "an event of your own to all who are registered",
     "user-event 1001 action=refresh", UserEvent},
    {"query-address", "DN", 1, 1, WantedCall::kNone, "state and calls of a DN", "query-address 1001",
     OfDn<client::QueryAddress>},
    {"query-call", "DN", 1, 1, WantedCall::kAny, "who is in the call", "query-call 1001", OfCall<client::QueryCall>},
    {"query-server", "", 0, 0, WantedCall::kNone, "name, version and role of each server that answers, a backup too",
     "query-server", QueryServerOf},
    {"request", "NAME [ATTRIBUTE=VALUE...]", 1, 0, WantedCall::kNone,
     "any request; unless --as-is, after a registration for its ThisDN",
     "request MakeCall ThisDN=1001 OtherDN=1002 UserData.case=4711", Named},
    {"run", "FILE|-", 1, 1, WantedCall::kNone, "requests as JSON, one a line, each after the outcome of the one before",
     "run requests.jsonl", nullptr},
};

}  // namespace

absl::Span<const CtiCommand> CtiCommands() {
  return kCommands;
}

absl::StatusOr<const CtiCommand*> FindCtiCommand(absl::string_view name) {
  std::vector<absl::string_view> known;
  for (const CtiCommand& command : kCommands) {
    if (command.name == name) return &command;
    known.push_back(command.name);
  }
  const absl::string_view nearest = daemon::NearestName(name, known);
  return absl::InvalidArgumentError(
      absl::StrCat("there is no command '", name, "'", nearest.empty() ? "" : absl::StrCat(": is it ", nearest, "?")));
}

absl::StatusOr<Message> MakeRequest(const CtiCommand& command, absl::Span<const std::string> operands) {
  const bool is_exact = command.most != 0 || command.operands.empty();
  if (operands.size() < command.least || (is_exact && operands.size() > command.most)) {
    return absl::InvalidArgumentError(absl::StrCat(command.name, " takes ",
                                                   command.operands.empty() ? "nothing" : command.operands,
                                                   "; for instance: tlib ", command.example));
  }
  return command.make(operands);
}

absl::Status CheckOperands(const CtiCommand& command, absl::Span<const std::string> operands, bool calls) {
  if (command.name == "watch" && operands.empty() && !calls) {
    return absl::InvalidArgumentError("watch takes DNs, or --calls, or both; for instance: tlib watch 1001 1002");
  }
  if (command.make != nullptr) return MakeRequest(command, operands).status();
  if (operands.size() >= command.least) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat(command.name, " takes ", command.operands));
}

}  // namespace understudy::tools
