// Each rule of the agents' specification fires: a server that breaks it once is noticed.
#include <functional>
#include <map>
#include <memory>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"
#include "tests/sim/agents/town.h"

namespace understudy::sim {
namespace {

using testing::Contains;
using testing::HasSubstr;

using Tamper = std::function<bool(std::string*, std::vector<std::string>*)>;

struct Fault {
  const char* name;  // of the claim
  const char* says;  // what the agents say of it
  std::function<Tamper()> make;
  uint32_t forks = 0;   // percent of the calls to gateways
  uint32_t timers = 0;  // percent of the calls, and of the DNs
};

bool Is(const std::string& bytes, absl::string_view start) {
  return absl::StartsWith(bytes, start);
}

// An answer of that status to that method.
bool Answers(const std::string& bytes, int status, absl::string_view method) {
  return Is(bytes, absl::StrCat("SIP/2.0 ", status, " ")) &&
         absl::StrContains(bytes, absl::StrCat(" ", method, "\r\n"));
}

bool InDialog(const std::string& bytes) {
  const size_t to = bytes.find("\r\nTo: ");
  return absl::StrContains(absl::string_view(bytes).substr(to, bytes.find("\r\n", to + 2) - to), ";tag=");
}

std::string With(std::string bytes, absl::string_view from, absl::string_view to) {
  const size_t at = bytes.find(std::string(from));
  if (at != std::string::npos) bytes.replace(at, from.size(), std::string(to));
  return bytes;
}

// The header's value, and the message with another one.
std::string ValueOf(const std::string& bytes, absl::string_view name) {
  const std::string start = absl::StrCat("\r\n", name, ": ");
  const size_t at = bytes.find(start) + start.size();
  return bytes.substr(at, bytes.find("\r\n", at) - at);
}

std::string WithValue(const std::string& bytes, absl::string_view name, absl::string_view value) {
  return With(bytes, absl::StrCat("\r\n", name, ": ", ValueOf(bytes, name), "\r\n"),
              absl::StrCat("\r\n", name, ": ", value, "\r\n"));
}

std::string WithBranch(const std::string& bytes) {
  return With(bytes, ";branch=z9hG4bK", ";branch=z9hG4bKf");
}

std::string WithCSeq(const std::string& bytes, int more) {
  const std::string cseq = ValueOf(bytes, "CSeq");
  const size_t space = cseq.find(' ');
  int number = 0;
  EXPECT_TRUE(absl::SimpleAtoi(cseq.substr(0, space), &number));
  return WithValue(bytes, "CSeq", absl::StrCat(number + more, cseq.substr(space)));
}

// A request in the dialog of another one, without a body and a mark.
std::string Forged(const std::string& like, absl::string_view method, int more) {
  const std::string cseq = ValueOf(WithCSeq(like, more), "CSeq");
  const size_t uri = like.find(' ');
  return absl::StrCat(method, like.substr(uri, like.find("\r\n") - uri), "\r\nVia: ", ValueOf(WithBranch(like), "Via"),
                      "\r\nMax-Forwards: 70\r\nFrom: ", ValueOf(like, "From"), "\r\nTo: ", ValueOf(like, "To"),
                      "\r\nCall-ID: ", ValueOf(like, "Call-ID"), "\r\nCSeq: ", cseq.substr(0, cseq.find(' ')), " ",
                      method, "\r\nContent-Length: 0\r\n\r\n");
}

// Changes each message that `matches`, up to so many.
Tamper Change(std::function<bool(const std::string&)> matches, std::function<std::string(const std::string&)> change,
              int times = 1) {
  auto left = std::make_shared<int>(times);
  return [=](std::string* bytes, std::vector<std::string>*) {
    if (*left == 0 || !matches(*bytes)) return true;
    --*left;
    *bytes = change(*bytes);
    return true;
  };
}

// Changes the first message that `matches` of a call in which one has been seen that is `before` it.
Tamper ChangeAfter(std::function<bool(const std::string&)> before, std::function<bool(const std::string&)> matches,
                   std::function<std::string(const std::string&)> change) {
  auto calls = std::make_shared<std::set<std::string>>();
  auto done = std::make_shared<bool>(false);
  return [=](std::string* bytes, std::vector<std::string>*) {
    if (before(*bytes)) calls->insert(ValueOf(*bytes, "Call-ID"));
    if (*done || !matches(*bytes) || calls->count(ValueOf(*bytes, "Call-ID")) == 0) return true;
    *done = true;
    *bytes = change(*bytes);
    return true;
  };
}

// Sends one more, made of the first that `matches`.
Tamper Add(std::function<bool(const std::string&)> matches, std::function<std::string(const std::string&)> another) {
  auto done = std::make_shared<bool>(false);
  return [=](std::string* bytes, std::vector<std::string>* more) {
    if (*done || !matches(*bytes)) return true;
    *done = true;
    more->push_back(another(*bytes));
    return true;
  };
}

Tamper Drop(std::function<bool(const std::string&)> matches) {
  return [=](std::string* bytes, std::vector<std::string>*) { return !matches(*bytes); };
}

// Likewise, but for the first of them that says that.
Tamper DropAgain(std::function<bool(const std::string&)> matches) {
  auto said = std::make_shared<std::set<std::string>>();
  return [=](std::string* bytes, std::vector<std::string>*) { return !matches(*bytes) || said->insert(*bytes).second; };
}

// What goes to the second phone of a fork: the first one's tag stands in the first ACK of its Call-ID.
Tamper DropToFork(absl::string_view method) {
  auto first = std::make_shared<std::map<std::string, std::string>>();
  return [first, start = absl::StrCat(method, " ")](std::string* bytes, std::vector<std::string>*) {
    const bool ack = Is(*bytes, "ACK ") && absl::StrContains(*bytes, "X-Sim: ");
    if (ack) first->emplace(ValueOf(*bytes, "Call-ID"), ValueOf(*bytes, "To"));
    if (!Is(*bytes, start)) return true;
    const auto found = first->find(ValueOf(*bytes, "Call-ID"));
    return found == first->end() || found->second == ValueOf(*bytes, "To");
  };
}

bool IsReliable(const std::string& bytes) {
  return absl::StrContains(bytes, "\r\nRSeq: ");
}

bool IsRefresh(const std::string& bytes) {
  return (Is(bytes, "UPDATE ") || (Is(bytes, "INVITE ") && InDialog(bytes))) &&
         absl::StrContains(bytes, "Session-Expires: ");
}

// All that a dialog's requests of that kind say.
auto Request(absl::string_view method) {
  return [start = absl::StrCat(method, " ")](const std::string& bytes) { return Is(bytes, start); };
}

auto Answer(int status, absl::string_view method) {
  return [status, name = std::string(method)](const std::string& bytes) { return Answers(bytes, status, name); };
}

bool IsNewInvite(const std::string& bytes) {
  return Is(bytes, "INVITE ") && !InDialog(bytes);
}

bool IsReInvite(const std::string& bytes) {
  return Is(bytes, "INVITE ") && InDialog(bytes);
}

// The ACK to a 2xx, which has the caller's mark.
bool IsAnswerAck(const std::string& bytes) {
  return Is(bytes, "ACK ") && absl::StrContains(bytes, "X-Sim: ");
}

std::string AsDoubled(const std::string& invite) {
  return WithValue(WithBranch(invite), "Call-ID", "another");
}

std::string AsRefusal(const std::string& answer, absl::string_view status) {
  const size_t body = answer.find("\r\n\r\n") + 4;
  std::string refusal = WithValue(answer.substr(0, body), "Content-Length", "0");
  return absl::StrCat("SIP/2.0 ", status, " Refused", refusal.substr(refusal.find("\r\n")));
}

const Fault kFaults[] = {
    {"ADoubledCall", "a doubled call", [] { return Add(IsNewInvite, AsDoubled); }},
    {"ACallOutOfNowhere", "a call out of nowhere",
     [] { return Change(IsNewInvite, [](auto& b) { return WithValue(b, "X-Sim", "99999.0.1"); }); }},
    {"ACallWithoutItsMark", "a call out of nowhere",
     [] { return Change(IsNewInvite, [](auto& b) { return With(b, "X-Sim: ", "Y-Sim: "); }); }},
    {"ADoubledMessage", "a doubled MESSAGE",
     [] { return Add([](auto& b) { return Is(b, "MESSAGE ") && !InDialog(b); }, AsDoubled); }},
    {"ASecondFinalAnswer", "a second final answer",
     [] {
       return Add(Answer(200, "INVITE"), [](auto& b) { return With(b, "\r\nCSeq: ", "\r\nServer: other\r\nCSeq: "); });
     }},
    {"ARefusalAfterTheAnswer", "a second final answer",
     [] { return Add(Answer(200, "INVITE"), [](auto& b) { return AsRefusal(b, "486"); }); }},
    {"AnAnswerOfNobody", "answered, where the other party has not",
     [] { return Change(Answer(180, "INVITE"), [](auto& b) { return With(b, "SIP/2.0 180 ", "SIP/2.0 200 "); }); }},
    {"AnAnswerToNoRequest", "an answer to a request that was never made",
     [] {
       return Change(Answer(200, "INVITE"), [](auto& b) { return With(b, ";branch=z9hG4bK", ";branch=z9hG4bKf"); });
     }},
    {"AnAnswerOfAnotherCall", "another Call-ID",
     [] { return Change(Answer(180, "INVITE"), [](auto& b) { return WithValue(b, "Call-ID", "another"); }); }},
    {"AnAnswerOfAnotherCSeq", "another CSeq",
     [] { return Change(Answer(180, "INVITE"), [](auto& b) { return WithCSeq(b, 1); }); }},
    {"ATagThatChanges", "the server's tag changes",
     [] {
       return ChangeAfter(Answer(180, "INVITE"), Answer(200, "INVITE"),
                          [](auto& b) { return WithValue(b, "To", ValueOf(b, "To") + "f"); });
     }},
    {"ARefusalThatNobodyHasSaid", "refused with 486 for no reason",
     [] { return Change(Answer(180, "INVITE"), [](auto& b) { return AsRefusal(b, "486"); }); }},
    {"ARegisteredPhoneThatIsNotThere", "refused with 480 for no reason",
     [] { return Change(Answer(180, "INVITE"), [](auto& b) { return AsRefusal(b, "480"); }); }},
    {"ARegisteredPhoneThatIsUnknown", "refused with 404 for no reason",
     [] { return Change(Answer(180, "INVITE"), [](auto& b) { return AsRefusal(b, "404"); }); }},
    {"AByeThatNobodyHasCaused", "call lost: a BYE that nobody has caused",
     [] { return Add(IsAnswerAck, [](auto& b) { return Forged(b, "BYE", 40); }); }},
    {"AByeThatIsRefused", "call lost: BYE is refused with 481",
     [] {
       return Change(
           Answer(200, "BYE"), [](auto& b) { return AsRefusal(b, "481"); }, 1000);
     }},
    {"ACancelThatNobodyHasCaused", "a CANCEL that nobody has caused",
     [] {
       return Add(IsNewInvite,
                  [](auto& b) { return With(Forged(b, "CANCEL", 0), ";branch=z9hG4bKf", ";branch=z9hG4bK"); });
     }},
    {"AByeThatIsNotPassedOn", "stuck", [] { return Drop(Request("BYE")); }},
    {"ACancelThatIsNotPassedOn", "stuck", [] { return Drop(Request("CANCEL")); }},
    {"ARequestAfterTheBye", "a request after the BYE",
     [] { return Add(Request("BYE"), [](auto& b) { return Forged(b, "OPTIONS", 1); }); }},
    {"ACSeqThatIsUsedAgain", "a CSeq that was used before",
     [] { return Add(Request("INFO"), [](auto& b) { return Forged(b, "OPTIONS", 0); }); }},
    {"WordsThatComeTwice", "words that were said once come twice",
     [] { return Add(Request("INFO"), [](auto& b) { return WithCSeq(WithBranch(b), 50); }); }},
    {"WordsOfAnotherCall", "words of another call",
     [] { return Change(Request("INFO"), [](auto& b) { return WithValue(b, "X-Sim", "99.0.9"); }); }},
    {"OtherWords", "other words than were said",
     [] { return Change(Request("INFO"), [](auto& b) { return With(b, "words of", "lords of"); }); }},
    {"ARequestThatNobodyHasMade", "a request that the other party has not made",
     [] { return Add(IsAnswerAck, [](auto& b) { return Forged(b, "OPTIONS", 40); }); }},
    {"ARequestOfNoDialog", "a request in a dialog that is not",
     [] { return Change(Request("INFO"), [](auto& b) { return WithValue(b, "Call-ID", "another"); }); }},
    {"ARequestOfAnotherTag", "a request from another tag",
     [] { return Change(Request("INFO"), [](auto& b) { return WithValue(b, "From", ValueOf(b, "From") + "f"); }); }},
    {"ARequestToAnotherContact", "a request to another contact",
     [] { return Change(Request("INFO"), [](auto& b) { return With(b, " sip:", " sip:f"); }); }},
    {"AnAnswerThatTheOtherPartyHasNotGiven", "an answer that the other party has not given",
     [] { return Change(Answer(200, "INFO"), [](auto& b) { return With(b, "X-Sim: ", "Y-Sim: "); }); }},
    {"ARequestInACallThatIsRefused", "a request in a call is refused with 403 for no reason",
     [] {
       return Change(Answer(200, "INFO"), [](auto& b) { return With(AsRefusal(b, "403"), "X-Sim: ", "Y-Sim: "); });
     }},
    {"AnOfferThatIsNotTheOtherPartys", "a session description that",
     [] { return Change(IsNewInvite, [](auto& b) { return With(b, "RTP/AVP 0 8", "RTP/AVP 8 0"); }); }},
    {"AnAnswerWithoutItsSession", "a session description that",
     [] { return Change(Answer(200, "INVITE"), [](auto& b) { return With(b, "a=sendrecv", "a=sendonly"); }); }},
    {"AnOfferOfAnOlderVersion", "a session description of an older version",
     [] {
       return Change(
           IsReInvite, [](auto& b) { return With(With(b, " 2 IN IP4", " 1 IN IP4"), "a=sendonly", "a=sendrecv"); },
           1000);
     }},
    {"AnAckThatIsNotPassedOn", "no ACK in time", [] { return Drop(IsAnswerAck); }},
    {"AnAckThatChanges", "an ACK that comes again is another one",
     [] { return Add(IsAnswerAck, [](auto& b) { return WithValue(b, "Max-Forwards", "55"); }); }},
    {"ARepeatedRequestThatChanges", "a request that comes again is another one",
     [] { return Add(Request("INFO"), [](auto& b) { return WithValue(b, "Max-Forwards", "55"); }); }},
    {"APrackOfAnotherAnswer", "a PRACK of what was not said",
     [] { return Change(Request("PRACK"), [](auto& b) { return WithValue(b, "RAck", "77777 1 INVITE"); }); }},
    {"AReliableAnswerThatChanges", "a reliable answer that comes again is another one",
     [] {
       return Add([](auto& b) { return absl::StrContains(b, "\r\nRSeq: "); },
                  [](auto& b) { return With(b, "\r\nCSeq: ", "\r\nServer: other\r\nCSeq: "); });
     }},
    {"AReliableAnswerThatIsSaidOnce", "a reliable answer that had no PRACK does not come again",
     [] { return DropAgain(IsReliable); }},
    {"ASecondPhoneWithoutAnAck", "no ACK in time to the second 200 of a fork", [] { return DropToFork("ACK"); }, 100},
    {"ASecondPhoneThatIsNotSentAway", "the second phone of a fork is in a call with nobody",
     [] { return DropToFork("BYE"); }, 100},
    {"AnIntervalThatNobodyHasAgreedUpon", "another session interval than was agreed upon",
     [] {
       return Change(
           Answer(200, "INVITE"), [](auto& b) { return With(b, "Session-Expires: 90", "Session-Expires: 91"); }, 1000);
     },
     0, 50},
    {"AnIntervalThatNobodyHasAskedFor", "another session interval than was asked for",
     [] {
       return Change(
           IsNewInvite, [](auto& b) { return With(b, "Session-Expires: 90", "Session-Expires: 91"); }, 1000);
     },
     0, 50},
    {"ASessionThatTheServerForgets", "a session is not refreshed",
     [] { return Drop([](auto& b) { return IsRefresh(b) && !absl::StrContains(b, "X-Sim: "); }); }, 0, 50},
    {"ASessionThatGoesOnWithoutRefreshes", "a session that nobody refreshes goes on",
     [] { return Drop(Request("BYE")); }, 0, 50},
    {"AnRSeqOutOfOrder", "an RSeq out of order",
     [] {
       return Add([](auto& b) { return absl::StrContains(b, "\r\nRSeq: "); },
                  [](auto& b) { return WithValue(b, "RSeq", absl::StrCat(ValueOf(b, "RSeq"), "7")); });
     }},
    {"ARegistrationOfSomebodyElse", "the bindings are not this phone's",
     [] {
       return Change(Answer(200, "REGISTER"), [](auto& b) { return With(b, "Contact: <sip:1", "Contact: <sip:2"); });
     }},
    {"ARegistrationThatIsRefused", "REGISTER is refused with 403 for no reason",
     [] { return Change(Answer(200, "REGISTER"), [](auto& b) { return AsRefusal(b, "403"); }); }},
    {"ARequestThatIsNeverAnswered", "no final answer in 32 s", [] { return Drop(Answer(200, "REGISTER")); }},
    {"AMessageThatIsNone", "a Content-Length that is not its body's",
     [] { return Change(Answer(180, "INVITE"), [](auto& b) { return WithValue(b, "Content-Length", "7"); }); }},
};

class SpecificationTest : public testing::TestWithParam<Fault> {};

TEST_P(SpecificationTest, IsNoticed) {
  TownOptions options;
  options.workload.restart_percent = options.workload.mute_percent = 0;
  options.workload.tcp_percent = 0;
  options.workload.prack_percent = 50;
  options.workload.fork_percent = GetParam().forks;
  options.workload.timer_percent = options.workload.timed_percent = GetParam().timers;
  if (GetParam().timers != 0) {
    options.outages = 2;
    options.end = Duration::Seconds(180);  // who was not served has 32 s to refresh
  }
  options.tamper = GetParam().make();
  Town town(1, options);
  town.Run();
  EXPECT_THAT(town.violations(), Contains(HasSubstr(GetParam().says)));
}

INSTANTIATE_TEST_SUITE_P(Faults, SpecificationTest, testing::ValuesIn(kFaults),
                         [](const auto& fault) { return std::string(fault.param.name); });

}  // namespace
}  // namespace understudy::sim
