// What the application of a simulated client does.
#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/str_cat.h"
#include "tests/sim/clients/cti_client.h"

namespace understudy::sim {
namespace {

using tlib::Attribute;
using tlib::Message;
using tlib::MessageType;

constexpr Duration kShortestPause = Duration::Milliseconds(50);
constexpr Duration kLongestPause = Duration::Milliseconds(2500);
constexpr absl::string_view kNobody = "4711";  // not configured

}  // namespace

void CtiClient::ActSoon() {
  events_->After(chance_.Skewed(kShortestPause, kLongestPause), [this] {
    if (acts_on_ && session_ != nullptr && !stands_still()) Act();
    ActSoon();
  });
}

void CtiClient::Act() {
  ++acts_.acts;
  const uint64_t what = chance_.Below(100);
  if (habits_.is_slow && chance_.Percent(6)) return Stall(chance_.Skewed(Duration::Seconds(1), Duration::Seconds(9)));
  if (what < 40) return AskAboutDn();
  if (what < 60) return AskAboutCall();
  if (what < 72) return BeginCall();
  if (what < 92) return ControlCall();
  if (what < 98) return Burst();
  if (chance_.Percent(25)) SayGoodbye();
}

const std::string& CtiClient::AnyNumber() {
  const bool desk = !numbers_->desks.empty() && chance_.Percent(40);
  return chance_.Pick(desk ? numbers_->desks : numbers_->phones);
}

bool CtiClient::IsDesk(absl::string_view dn) const {
  return std::find(numbers_->desks.begin(), numbers_->desks.end(), dn) != numbers_->desks.end();
}

Message CtiClient::Make(MessageType type, absl::string_view dn) {
  Message request(type);
  if (!dn.empty()) request.Set(Attribute::kThisDN, dn);
  return request;
}

void CtiClient::Ask(Message request) {
  session_->Request(request, now());
  Run();
  AfterAsking();
}

// A link that breaks now may have taken the requests along, or only their outcomes.
void CtiClient::AfterAsking() {
  if (!habits_.cuts_after_asking || !session_->is_attached() || !chance_.Percent(8)) return;
  ++acts_.cuts_after_asking;
  events_->After(chance_.Skewed(Duration(), Duration::Milliseconds(60)), [this] {
    for (const size_t machine : habits_.machines) CutLinksTo(machine);
  });
}

void CtiClient::AskAboutDn() {
  const std::string dn = chance_.Percent(4) ? std::string(kNobody) : AnyNumber();
  switch (chance_.Below(10)) {
    case 0:
      return Ask(Make(MessageType::kRequestUnregisterAddress, dn));
    case 1:
      return Ask(Make(MessageType::kRequestQueryServer, ""));
    case 2:
    case 3:
      return Ask(Make(MessageType::kRequestQueryAddress, dn));
    case 4:
    case 5: {
      Message request = Make(MessageType::kRequestDistributeUserEvent, dn);
      PutMark(absl::StrCat(habits_.name, ".", ++marks_), &request);
      return Ask(std::move(request));
    }
    case 6:
      if (chance_.Percent(20)) {
        return Ask(Make(
            chance_.OneIn(2) ? MessageType::kRequestStartCallMonitoring : MessageType::kRequestStopCallMonitoring, ""));
      }
      if (!chance_.Percent(20)) break;
      return Ask(Make(chance_.OneIn(2) ? MessageType::kRequestRegisterAll : MessageType::kRequestUnregisterAll, ""));
    default:
      break;
  }
  Ask(Make(MessageType::kRequestRegisterAddress, dn));
}

absl::optional<HeardCall> CtiClient::AnyCall(bool of_desks) {
  const SessionRecord* const session = book_->SessionOf(habits_.name);
  if (session == nullptr) return absl::nullopt;
  std::vector<HeardCall> calls = session->view.Calls();
  if (of_desks) std::erase_if(calls, [this](const HeardCall& call) { return !IsDesk(call.dn); });
  if (calls.empty()) return absl::nullopt;
  return chance_.Pick(calls);
}

void CtiClient::AskAboutCall() {
  const absl::optional<HeardCall> call = AnyCall(false);
  if (!call) return AskAboutDn();
  const uint64_t what = chance_.Below(3);
  Message request = Make(what == 0   ? MessageType::kRequestQueryCall
                         : what == 1 ? MessageType::kRequestAttachUserData
                                     : MessageType::kRequestUpdateUserData,
                         what == 0 ? "" : call->dn);
  request.Set(Attribute::kConnID, static_cast<int64_t>(call->conn_id));
  if (what != 0) PutMark(absl::StrCat(habits_.name, ".", ++marks_), &request);
  Ask(std::move(request));
}

void CtiClient::BeginCall() {
  if (habits_.same_reference || numbers_->desks.size() < 2) return AskAboutDn();
  const std::string caller = chance_.Pick(numbers_->desks);
  const std::string callee = chance_.Pick(numbers_->desks);
  if (caller == callee) return AskAboutDn();
  Message request = Make(MessageType::kRequestMakeCall, caller);
  request.Set(Attribute::kOtherDN, callee);
  PutMark(absl::StrCat(habits_.name, ".", ++marks_), &request);
  Ask(std::move(request));
}

// Calls of desk phones only: what other phones do nobody else decides.
void CtiClient::ControlCall() {
  static constexpr std::array<MessageType, 2> kOfEstablished = {MessageType::kRequestReleaseCall,
                                                                MessageType::kRequestHoldCall};
  const absl::optional<HeardCall> call = AnyCall(true);
  if (!call || habits_.same_reference) return AskAboutCall();
  MessageType type = MessageType::kRequestReleaseCall;
  if (call->phase == HeardCall::Phase::kAlerting && chance_.Percent(70)) type = MessageType::kRequestAnswerCall;
  if (call->phase == HeardCall::Phase::kEstablished) type = chance_.Pick(kOfEstablished);
  if (call->phase == HeardCall::Phase::kHeld && chance_.Percent(70)) type = MessageType::kRequestRetrieveCall;
  Message request = Make(type, call->dn);
  request.Set(Attribute::kConnID, static_cast<int64_t>(call->conn_id));
  Ask(std::move(request));
}

void CtiClient::Burst() {
  ++acts_.bursts;
  for (uint64_t n = chance_.Between(int64_t{10}, int64_t{60}); n > 0 && session_ != nullptr; --n) {
    session_->Request(Make(MessageType::kRequestQueryAddress, AnyNumber()), now());
  }
  Run();
  AfterAsking();
}

void CtiClient::SayGoodbye() {
  ++acts_.goodbyes;
  session_->Close(now());
  Run();
  book_->NoteForgotten(habits_.name);
  session_.reset();
  hidden_.clear();
  links_.clear();
  SetAlarm();
  events_->After(chance_.Skewed(Duration::Milliseconds(100), Duration::Seconds(6)), [this] { Begin(); });
}

}  // namespace understudy::sim
