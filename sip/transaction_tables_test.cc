// Each transaction table against a second listing, typed from the RFCs' figures and not from the code. A line
// is "state | event | actions | next state"; "(UDP)" and "(TCP)" after the event mean unreliable and reliable
// transport only, and "state | nothing at | events" lists the cells that keep state and silence.
#include <map>
#include <string>
#include <tuple>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/string_view.h"
#include "absl/strings/strip.h"
#include "gtest/gtest.h"
#include "sip/invite_client_transaction.h"
#include "sip/invite_server_transaction.h"
#include "sip/non_invite_client_transaction.h"
#include "sip/non_invite_server_transaction.h"

namespace understudy::sip {
namespace {

ActionSet ActionsFromText(absl::string_view text) {
  static const auto& words = *new std::map<std::string, Action>{
      {"stop timers", Action::kStopTimers},
      {"start A", Action::kStartTimerA},
      {"start B", Action::kStartTimerB},
      {"start D", Action::kStartTimerD},
      {"start E", Action::kStartTimerE},
      {"start F", Action::kStartTimerF},
      {"start G", Action::kStartTimerG},
      {"start H", Action::kStartTimerH},
      {"start I", Action::kStartTimerI},
      {"start J", Action::kStartTimerJ},
      {"start K", Action::kStartTimerK},
      {"start L", Action::kStartTimerL},
      {"start M", Action::kStartTimerM},
      {"reset A", Action::kResetTimerA},
      {"reset E", Action::kResetTimerE},
      {"reset G", Action::kResetTimerG},
      {"request sent", Action::kSendRequest},
      {"request sent again", Action::kRetransmitRequest},
      {"ACK sent", Action::kSendAck},
      {"100 sent", Action::kSendTrying},
      {"response sent", Action::kSendResponse},
      {"last response sent again", Action::kRetransmitResponse},
      {"swallowed", Action::kAbsorb},
      {"to TU", Action::kPassToTu},
      {"timeout to TU", Action::kInformTimeout},
      {"transport error to TU", Action::kInformTransportError},
      {"destroyed", Action::kTerminate},
  };
  ActionSet actions;
  for (absl::string_view word : absl::StrSplit(text, ", ")) {
    auto it = words.find(std::string(word));
    if (it == words.end()) {
      ADD_FAILURE() << "unknown action: " << word;
      continue;
    }
    actions = actions | it->second;
  }
  return actions;
}

template <class Enum>
using Words = std::vector<std::pair<std::string, Enum>>;

template <class Enum>
Enum FromWord(const Words<Enum>& words, absl::string_view text) {
  for (const auto& [word, value] : words) {
    if (word == text) return value;
  }
  ADD_FAILURE() << "unknown word: " << text;
  return Enum();
}

template <class Machine>
class Listing {
 public:
  using State = typename Machine::State;
  using Event = typename Machine::Event;

  Listing(Words<State> states, Words<Event> events, absl::string_view text)
      : states_(std::move(states)), events_(std::move(events)) {
    for (absl::string_view line : absl::StrSplit(text, '\n', absl::SkipWhitespace())) AddLine(line);
  }

  void ExpectTableIsTheSame() const {
    EXPECT_EQ(states_.size(), Machine::kStates);
    EXPECT_EQ(events_.size(), Machine::kEvents);
    for (const auto& [state_word, state] : states_) {
      for (const auto& [event_word, event] : events_) {
        ExpectCell(state_word, event_word, state, event, Reliability::kUnreliable);
        ExpectCell(state_word, event_word, state, event, Reliability::kReliable);
      }
    }
  }

 private:
  using Key = std::tuple<State, Event, Reliability>;

  void AddLine(absl::string_view line) {
    std::vector<std::string> fields = absl::StrSplit(line, '|');
    for (std::string& field : fields) absl::StripAsciiWhitespace(&field);
    const State state = FromWord(states_, fields.at(0));
    if (fields.at(1) == "nothing at") {
      for (absl::string_view event : absl::StrSplit(fields.at(2), ", ")) AddCell(state, event, {state, {}});
      return;
    }
    AddCell(state, fields.at(1), {FromWord(states_, fields.at(3)), ActionsFromText(fields.at(2))});
  }

  void AddCell(State state, absl::string_view event, Step<State> step) {
    const bool tcp_only = absl::ConsumeSuffix(&event, " (TCP)");
    const bool udp_only = absl::ConsumeSuffix(&event, " (UDP)");
    const Event on = FromWord(events_, event);
    if (!tcp_only) Insert({state, on, Reliability::kUnreliable}, step);
    if (!udp_only) Insert({state, on, Reliability::kReliable}, step);
  }

  void Insert(Key key, Step<State> step) {
    EXPECT_TRUE(cells_.emplace(key, step).second) << "listed twice, state " << static_cast<int>(std::get<0>(key))
                                                  << " event " << static_cast<int>(std::get<1>(key));
  }

  void ExpectCell(const std::string& state_word, const std::string& event_word, State state, Event event,
                  Reliability reliability) const {
    const std::string cell =
        absl::StrCat(state_word, " | ", event_word, reliability == Reliability::kReliable ? " (TCP)" : " (UDP)");
    auto it = cells_.find({state, event, reliability});
    ASSERT_NE(it, cells_.end()) << cell << " is not listed";
    const Step<State> step = Machine::Next(state, event, reliability);
    EXPECT_EQ(static_cast<int>(step.next), static_cast<int>(it->second.next)) << cell;
    EXPECT_TRUE(step.actions == it->second.actions) << cell;
  }

  Words<State> states_;
  Words<Event> events_;
  std::map<Key, Step<State>> cells_;
};

TEST(InviteClientTransaction, TableIsFigure5OfRfc3261WithRfc6026) {
  using S = InviteClientTransaction::State;
  using E = InviteClientTransaction::Event;
  Listing<InviteClientTransaction>({{"Calling", S::kCalling},
                                    {"Proceeding", S::kProceeding},
                                    {"Completed", S::kCompleted},
                                    {"Accepted", S::kAccepted},
                                    {"Terminated", S::kTerminated}},
                                   {{"1xx", E::kProvisional},
                                    {"2xx", E::k2xx},
                                    {"300-699", E::k300To699},
                                    {"Timer A", E::kTimerA},
                                    {"Timer B", E::kTimerB},
                                    {"Timer D", E::kTimerD},
                                    {"Timer M", E::kTimerM},
                                    {"Transport Err.", E::kTransportError},
                                    {"CANCEL unanswered", E::kCancelTimeout}},
                                   R"(
Calling    | 1xx               | stop timers, to TU                               | Proceeding
Calling    | 2xx               | stop timers, start M, to TU                      | Accepted
Calling    | 300-699 (UDP)     | stop timers, start D, ACK sent, to TU            | Completed
Calling    | 300-699 (TCP)     | stop timers, ACK sent, to TU, destroyed          | Terminated
Calling    | Timer A (UDP)     | reset A, request sent again                      | Calling
Calling    | Timer B           | stop timers, timeout to TU, destroyed            | Terminated
Calling    | Transport Err.    | stop timers, transport error to TU, destroyed    | Terminated
Calling    | nothing at        | Timer A (TCP), Timer D, Timer M, CANCEL unanswered

Proceeding | 1xx               | to TU                                            | Proceeding
Proceeding | 2xx               | stop timers, start M, to TU                      | Accepted
Proceeding | 300-699 (UDP)     | stop timers, start D, ACK sent, to TU            | Completed
Proceeding | 300-699 (TCP)     | stop timers, ACK sent, to TU, destroyed          | Terminated
Proceeding | CANCEL unanswered | stop timers, timeout to TU, destroyed            | Terminated
Proceeding | nothing at        | Timer A, Timer B, Timer D, Timer M, Transport Err.

Completed  | 300-699           | ACK sent, swallowed                              | Completed
Completed  | Timer D           | stop timers, destroyed                           | Terminated
Completed  | Transport Err.    | stop timers, transport error to TU, destroyed    | Terminated
Completed  | nothing at        | 1xx, 2xx, Timer A, Timer B, Timer M, CANCEL unanswered

Accepted   | 2xx               | to TU                                            | Accepted
Accepted   | Timer M           | stop timers, destroyed                           | Terminated
Accepted   | nothing at        | 1xx, 300-699, Timer A, Timer B, Timer D, Transport Err., CANCEL unanswered

Terminated | nothing at        | 1xx, 2xx, 300-699, Timer A
Terminated | nothing at        | Timer B, Timer D, Timer M, Transport Err., CANCEL unanswered
)")
      .ExpectTableIsTheSame();
}

TEST(NonInviteClientTransaction, TableIsFigure6OfRfc3261) {
  using S = NonInviteClientTransaction::State;
  using E = NonInviteClientTransaction::Event;
  Listing<NonInviteClientTransaction>({{"Trying", S::kTrying},
                                       {"Proceeding", S::kProceeding},
                                       {"Completed", S::kCompleted},
                                       {"Terminated", S::kTerminated}},
                                      {{"1xx", E::kProvisional},
                                       {"200-699", E::k200To699},
                                       {"Timer E", E::kTimerE},
                                       {"Timer F", E::kTimerF},
                                       {"Timer K", E::kTimerK},
                                       {"Transport Err.", E::kTransportError}},
                                      R"(
Trying     | 1xx            | to TU                                            | Proceeding
Trying     | 200-699 (UDP)  | stop timers, start K, to TU                      | Completed
Trying     | 200-699 (TCP)  | stop timers, to TU, destroyed                    | Terminated
Trying     | Timer E (UDP)  | reset E, request sent again                      | Trying
Trying     | Timer F        | stop timers, timeout to TU, destroyed            | Terminated
Trying     | Transport Err. | stop timers, transport error to TU, destroyed    | Terminated
Trying     | nothing at     | Timer E (TCP), Timer K

Proceeding | 1xx            | to TU                                            | Proceeding
Proceeding | 200-699 (UDP)  | stop timers, start K, to TU                      | Completed
Proceeding | 200-699 (TCP)  | stop timers, to TU, destroyed                    | Terminated
Proceeding | Timer E (UDP)  | reset E, request sent again                      | Proceeding
Proceeding | Timer F        | stop timers, timeout to TU, destroyed            | Terminated
Proceeding | Transport Err. | stop timers, transport error to TU, destroyed    | Terminated
Proceeding | nothing at     | Timer E (TCP), Timer K

Completed  | 200-699        | swallowed                                        | Completed
Completed  | Timer K        | stop timers, destroyed                           | Terminated
Completed  | nothing at     | 1xx, Timer E, Timer F, Transport Err.

Terminated | nothing at     | 1xx, 200-699, Timer E, Timer F, Timer K, Transport Err.
)")
      .ExpectTableIsTheSame();
}

TEST(InviteServerTransaction, TableIsFigure7OfRfc3261WithRfc6026) {
  using S = InviteServerTransaction::State;
  using E = InviteServerTransaction::Event;
  Listing<InviteServerTransaction>({{"Proceeding", S::kProceeding},
                                    {"Completed", S::kCompleted},
                                    {"Confirmed", S::kConfirmed},
                                    {"Accepted", S::kAccepted},
                                    {"Terminated", S::kTerminated}},
                                   {{"INVITE", E::kRequestRetransmitted},
                                    {"ACK", E::kAck},
                                    {"1xx from TU", E::kTuProvisional},
                                    {"2xx from TU", E::kTu2xx},
                                    {"300-699 from TU", E::kTu300To699},
                                    {"Timer G", E::kTimerG},
                                    {"Timer H", E::kTimerH},
                                    {"Timer I", E::kTimerI},
                                    {"Timer L", E::kTimerL},
                                    {"Transport Err.", E::kTransportError}},
                                   R"(
Proceeding | INVITE                | last response sent again                     | Proceeding
Proceeding | 1xx from TU           | response sent                                | Proceeding
Proceeding | 2xx from TU           | response sent, start L                       | Accepted
Proceeding | 300-699 from TU (UDP) | response sent, start G, start H              | Completed
Proceeding | 300-699 from TU (TCP) | response sent, start H                       | Completed
Proceeding | Transport Err.        | transport error to TU                        | Proceeding
Proceeding | nothing at            | ACK, Timer G, Timer H, Timer I, Timer L

Completed  | INVITE                | last response sent again                     | Completed
Completed  | ACK (UDP)             | stop timers, start I                         | Confirmed
Completed  | ACK (TCP)             | stop timers, destroyed                       | Terminated
Completed  | Timer G (UDP)         | reset G, last response sent again            | Completed
Completed  | Timer H               | stop timers, timeout to TU, destroyed        | Terminated
Completed  | Transport Err.        | transport error to TU                        | Completed
Completed  | nothing at            | 1xx from TU, 2xx from TU, 300-699 from TU, Timer G (TCP), Timer I, Timer L

Confirmed  | INVITE                | swallowed                                    | Confirmed
Confirmed  | ACK                   | swallowed                                    | Confirmed
Confirmed  | Timer I               | stop timers, destroyed                       | Terminated
Confirmed  | nothing at            | 1xx from TU, 2xx from TU, 300-699 from TU
Confirmed  | nothing at            | Timer G, Timer H, Timer L, Transport Err.

Accepted   | INVITE                | swallowed                                    | Accepted
Accepted   | ACK                   | to TU                                        | Accepted
Accepted   | 2xx from TU           | response sent                                | Accepted
Accepted   | Timer L               | stop timers, destroyed                       | Terminated
Accepted   | Transport Err.        | transport error to TU                        | Accepted
Accepted   | nothing at            | 1xx from TU, 300-699 from TU, Timer G, Timer H, Timer I

Terminated | nothing at            | INVITE, ACK, 1xx from TU, 2xx from TU, 300-699 from TU
Terminated | nothing at            | Timer G, Timer H, Timer I, Timer L, Transport Err.
)")
      .ExpectTableIsTheSame();
}

TEST(NonInviteServerTransaction, TableIsFigure8OfRfc3261WithRfc6026) {
  using S = NonInviteServerTransaction::State;
  using E = NonInviteServerTransaction::Event;
  Listing<NonInviteServerTransaction>({{"Trying", S::kTrying},
                                       {"Proceeding", S::kProceeding},
                                       {"Completed", S::kCompleted},
                                       {"Terminated", S::kTerminated}},
                                      {{"Request", E::kRequestRetransmitted},
                                       {"1xx from TU", E::kTuProvisional},
                                       {"200-699 from TU", E::kTu200To699},
                                       {"Timer J", E::kTimerJ},
                                       {"Transport Err.", E::kTransportError}},
                                      R"(
Trying     | Request               | swallowed                   | Trying
Trying     | 1xx from TU           | response sent               | Proceeding
Trying     | 200-699 from TU (UDP) | response sent, start J      | Completed
Trying     | 200-699 from TU (TCP) | response sent, destroyed    | Terminated
Trying     | nothing at            | Timer J, Transport Err.

Proceeding | Request               | last response sent again    | Proceeding
Proceeding | 1xx from TU           | response sent               | Proceeding
Proceeding | 200-699 from TU (UDP) | response sent, start J      | Completed
Proceeding | 200-699 from TU (TCP) | response sent, destroyed    | Terminated
Proceeding | Transport Err.        | transport error to TU       | Proceeding
Proceeding | nothing at            | Timer J

Completed  | Request               | last response sent again    | Completed
Completed  | Timer J               | stop timers, destroyed      | Terminated
Completed  | Transport Err.        | transport error to TU       | Completed
Completed  | nothing at            | 1xx from TU, 200-699 from TU

Terminated | nothing at            | Request, 1xx from TU, 200-699 from TU, Timer J, Transport Err.
)")
      .ExpectTableIsTheSame();
}

TEST(TransactionStart, RetransmissionTimerRunsOverUnreliableTransportOnly) {
  using enum Reliability;
  EXPECT_TRUE(InviteClientTransaction::Start(kUnreliable).actions == ActionsFromText("request sent, start A, start B"));
  EXPECT_TRUE(InviteClientTransaction::Start(kReliable).actions == ActionsFromText("request sent, start B"));
  EXPECT_EQ(InviteClientTransaction::Start(kReliable).next, InviteClientTransaction::State::kCalling);
  EXPECT_TRUE(NonInviteClientTransaction::Start(kUnreliable).actions ==
              ActionsFromText("request sent, start E, start F"));
  EXPECT_TRUE(NonInviteClientTransaction::Start(kReliable).actions == ActionsFromText("request sent, start F"));
  EXPECT_EQ(NonInviteClientTransaction::Start(kReliable).next, NonInviteClientTransaction::State::kTrying);
}

TEST(TransactionStart, ServerTransactionTellsTheTuAndAnswersAnInviteWith100) {
  EXPECT_TRUE(InviteServerTransaction::Start().actions == ActionsFromText("100 sent, to TU"));
  EXPECT_EQ(InviteServerTransaction::Start().next, InviteServerTransaction::State::kProceeding);
  EXPECT_TRUE(NonInviteServerTransaction::Start().actions == ActionsFromText("to TU"));
  EXPECT_EQ(NonInviteServerTransaction::Start().next, NonInviteServerTransaction::State::kTrying);
}

template <class Machine>
void ExpectDestroyedExactlyOnEntryToTerminated() {
  using State = typename Machine::State;
  for (size_t state = 0; state + 1 < Machine::kStates; ++state) {
    for (size_t event = 0; event < Machine::kEvents; ++event) {
      for (Reliability reliability : {Reliability::kUnreliable, Reliability::kReliable}) {
        const auto step =
            Machine::Next(static_cast<State>(state), static_cast<typename Machine::Event>(event), reliability);
        EXPECT_EQ(step.next == State::kTerminated, step.actions.Has(Action::kTerminate)) << state << " " << event;
      }
    }
  }
}

TEST(Transaction, IsDestroyedTheInstantItEntersTerminated) {
  ExpectDestroyedExactlyOnEntryToTerminated<InviteClientTransaction>();
  ExpectDestroyedExactlyOnEntryToTerminated<NonInviteClientTransaction>();
  ExpectDestroyedExactlyOnEntryToTerminated<InviteServerTransaction>();
  ExpectDestroyedExactlyOnEntryToTerminated<NonInviteServerTransaction>();
}

}  // namespace
}  // namespace understudy::sip
