#include "tools/cti/command_help.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "base/check.h"

namespace understudy::tools {
namespace {

// An argument as `CtiCommand::operands` names it.
struct Argument {
  absl::string_view name;
  absl::string_view meaning;
};

constexpr Argument kArguments[] = {
    {"ATTRIBUTE=VALUE", "an attribute of docs/t_library.md; LIST.KEY=TEXT or LIST.KEY:=NUMBER for a pair of a list"},
    {"DESTINATION", "a DN, or a number that begins with a Trunk's prefix"},
    {"DIGITS", "0 to 9, *, #, A to D"},
    {"DN", "a DN of the configuration (pair: switch: dns)"},
    {"FILE", "a file of requests"},
    {"-", "the standard input"},
    {"KEY", "the key of a pair; without it: all of them"},
    {"KEY=TEXT", "a pair; KEY:=NUMBER when its value is a number"},
    {"MEMBER", "the DN or the number of another party of the conference"},
    {"NAME", "RequestMakeCall, or MakeCall"},
    {"--call", "the call's ConnID; without it the DN's call in the state that fits, when there is only one"},
    {"--held", "the ConnID of the one that is held; without it likewise"},
    {"--calls", "EventCallCreated and so on of all calls as well"},
};

// What a command that does what it should makes the server say.
struct Expectation {
  absl::string_view command;
  absl::string_view events;
};

constexpr absl::string_view kData = "EventAttachedDataChanged at every DN of the call: all that is attached now.";

constexpr Expectation kExpected[] = {
    {"register", "EventRegistered with the calls of each DN as they are."},
    {"watch",
     "EventRegistered of each DN; then whatever happens there: EventDialing, EventRinging,\n"
     "EventEstablished, EventReleased, EventAbandoned, EventHeld, EventPartyChanged and so on.\n"
     "Refused when one of the DNs is."},
    {"make-call",
     "EventDialing once the DN's phone has answered, or by REFER has called. The destination has\n"
     "EventRinging, and both EventEstablished; or EventDestinationBusy and EventReleased."},
    {"answer",
     "EventEstablished. NotControllable: the DN's option sip-cti-control does not name talk, or its\n"
     "phone does not answer when told to."},
    {"release", "EventReleased; the other party has it, too, or EventAbandoned where it only rang."},
    {"hold", "EventHeld. The other party hears nothing."},
    {"retrieve", "EventRetrieved."},
    {"alternate", "EventHeld of the one call, EventRetrieved of the other."},
    {"reconnect", "EventReleased of the one call, EventRetrieved of the other."},
    {"initiate-transfer", "EventHeld, and EventDialing of the consult call, which has a ConnID of its own."},
    {"complete-transfer", "EventReleased of both calls; the two others have EventPartyChanged."},
    {"mute-transfer",
     "EventHeld, EventDialing, then EventReleased of both calls; the other party has EventPartyChanged."},
    {"single-step-transfer", "EventReleased; the destination has EventRinging, the other party EventPartyChanged."},
    {"initiate-conference", "EventHeld, and EventDialing of the consult call, which has a ConnID of its own."},
    {"complete-conference", "EventReleased of the consult call, EventRetrieved, EventPartyAdded at the other members."},
    {"delete-from-conference", "EventPartyDeleted; who is put out has EventReleased."},
    {"redirect", "EventReleased; the destination has EventRinging."},
    {"clear", "EventReleased at all its parties."},
    {"dtmf", "EventDTMFSent."},
    {"attach-data", kData},
    {"update-data", kData},
    {"delete-data", kData},
    {"dnd-on", "EventDNDOn. Calls of the DN are answered with 486 from now on."},
    {"dnd-off", "EventDNDOff."},
    {"forward-set", "EventForwardSet."},
    {"forward-cancel", "EventForwardCancel."},
    {"user-event", "EventUserEvent with these pairs, at all who are registered for the DN."},
    {"query-address", "EventAddressInfo: whether the DN is in service, and its calls with their ConnIDs."},
    {"query-call", "EventPartyInfo: the parties and their states."},
    {"query-server", "EventServerInfo of each server. No session is begun."},
    {"request", "what docs/t_library.md says of that request, or EventError."},
    {"run", "the outcome of each request, and every event besides, one JSON object a line."},
};

absl::string_view EventsOf(const CtiCommand& command) {
  const auto* const found = std::find_if(std::begin(kExpected), std::end(kExpected),
                                         [&](const Expectation& row) { return row.command == command.name; });
  US_CHECK(found != std::end(kExpected));
  return found->events;
}

std::string OptionsOf(const CtiCommand& command) {
  return absl::StrCat(command.call == WantedCall::kNone ? "" : " [--call CONNID]",
                      command.call == WantedCall::kTwo ? " [--held CONNID]" : "");
}

void AppendArgument(absl::string_view name, std::string* out) {
  const auto* const found = std::find_if(std::begin(kArguments), std::end(kArguments),
                                         [&](const Argument& argument) { return argument.name == name; });
  if (found != std::end(kArguments)) absl::StrAppendFormat(out, "  %-16s %s\n", found->name, found->meaning);
}

// "NAME [ATTRIBUTE=VALUE...]" names two arguments, "FILE|-" as well.
std::string ArgumentsOf(const CtiCommand& command) {
  std::string out;
  const std::string words = absl::StrCat(command.operands, OptionsOf(command));
  for (absl::string_view word : absl::StrSplit(words, absl::ByAnyChar(" |[]"), absl::SkipEmpty())) {
    while (absl::EndsWith(word, ".")) word.remove_suffix(1);
    AppendArgument(word, &out);
  }
  return out.empty() ? "" : absl::StrCat("\nArguments:\n", out);
}

}  // namespace

std::string CommandHelp(const CtiCommand& command) {
  return absl::StrCat("Usage: tlib --server A[,B] [OPTION...] ", command.name, command.operands.empty() ? "" : " ",
                      command.operands, OptionsOf(command), "\n\n", command.about, "\n", ArgumentsOf(command),
                      "\nWhat to expect:\n  ", absl::StrReplaceAll(EventsOf(command), {{"\n", "\n  "}}),
                      "\n\nExample:\n  tlib --server sip-a:5070,sip-b:5070 ", command.example, "\n\n", kTlibExitCodes,
                      "\ntlib --help has the options that go with all commands.\n");
}

std::string CommandList() {
  std::string list;
  for (const CtiCommand& command : CtiCommands()) {
    absl::StrAppendFormat(&list, "  %-42s %s\n", absl::StrCat(command.name, " ", command.operands), command.about);
  }
  return list;
}

}  // namespace understudy::tools
