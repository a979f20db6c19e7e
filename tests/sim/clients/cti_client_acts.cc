// What the application of a simulated client does.
#include <algorithm>
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
constexpr MessageType kMaskable[] = {MessageType::kEventUserEvent,  MessageType::kEventAttachedDataChanged,
                                     MessageType::kEventDTMFSent,   MessageType::kEventNetworkReached,
                                     MessageType::kEventDNDOn,      MessageType::kEventDNDOff,
                                     MessageType::kEventForwardSet, MessageType::kEventForwardCancel};

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
  if (what < 26) return AskAboutDn();
  if (what < 38) return AskAboutCall();
  if (what < 50) return BeginCall();
  if (what < 86) return ControlCall();
  if (what < 89) return ChangeFeatures();
  if (what < 92) return MaskEvents();
  if (what < 98) return Burst();
  if (chance_.Percent(25)) SayGoodbye();
}

const std::string& CtiClient::AnyNumber() {
  const bool desk = !numbers_->desks.empty() && chance_.Percent(65);
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
    case 3: {
      Message request = Make(MessageType::kRequestQueryAddress, dn);
      if (chance_.OneIn(2)) request.Set(Attribute::kInfoType, chance_.Between(int64_t{0}, int64_t{3}));
      return Ask(std::move(request));
    }
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

// Nothing that begins, moves or ends a call: of those its own ear needs each event.
void CtiClient::MaskEvents() {
  tlib::KeyValueList mask;
  for (const MessageType type : kMaskable) {
    if (chance_.OneIn(2)) mask.Append(tlib::MessageTypeName(type), int64_t{chance_.OneIn(4) ? 1 : 0});
  }
  Message request(MessageType::kRequestSetInputMask);
  request.Set(Attribute::kInputMask, std::move(mask));
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
