#include "engine/bench/sipp_calls.h"

#include <cstring>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/apply.h"
#include "sip/parse.h"

namespace understudy::engine {
namespace {

constexpr Duration kBetweenCalls = Duration::Microseconds(500);

constexpr absl::string_view kBody =
    "v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

const Endpoint kCaller = Endpoint::V4(127, 0, 0, 1, 5061);
const Endpoint kCallee = Endpoint::V4(127, 0, 0, 1, 5080);

void AddTrunk(std::string name, std::string contact, std::string prefix, ConfigurationChange* change) {
  Dn dn;
  dn.number = std::move(name);
  dn.type = DnType::kTrunk;
  dn.options["TServer"] = {{"contact", std::move(contact)}, {"prefix", std::move(prefix)}};
  change->upserts.push_back(std::move(dn));
}

// The last message to that address among the effects.
std::string Heard(const Effects& effects, const Endpoint& at) {
  std::string text;
  for (const Effect& effect : effects.list) {
    const auto* send = std::get_if<SendSip>(&effect);
    if (send != nullptr && send->remote == at) text = std::string(send->bytes.view());
  }
  US_CHECK(!text.empty());
  return text;
}

sip::Message Parse(absl::string_view text) {
  sip::Message message;
  sip::ParseError error;
  US_CHECK(sip::ParseMessage(text, &message, &error));
  return message;
}

std::string EndOf(bool body) {
  return absl::StrCat(body ? "Content-Type: application/sdp\r\n" : "", "Content-Length: ", body ? kBody.size() : 0,
                      "\r\n\r\n", body ? kBody : "");
}

std::string FromCaller(int call, absl::string_view method, absl::string_view to_tag, int cseq) {
  return absl::StrCat(method,
                      " sip:9service@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-1234-",
                      call, "-", method, "\r\nFrom: \"sipp\" <sip:sipp@127.0.0.1:5061>;tag=1234SIPpTag00", call,
                      "\r\nTo: \"service\" <sip:9service@127.0.0.1:5060>", to_tag.empty() ? "" : ";tag=", to_tag,
                      "\r\nCall-ID: ", call, "-1234@127.0.0.1\r\nCSeq: ", cseq, " ", method,
                      "\r\nContact: sip:sipp@127.0.0.1:5061\r\nMax-Forwards: 70\r\nSubject: Performance Test\r\n",
                      EndOf(method == "INVITE"));
}

std::string Answer(const std::string& request, absl::string_view status, int call, bool body) {
  const sip::Message message = Parse(request);
  const std::string tag = message.to_tag().empty() ? absl::StrCat(";tag=5678SIPpTag01", call) : "";
  return absl::StrCat("SIP/2.0 ", status, "\r\nVia: ", message.top_via().text, "\r\nFrom: ", message.from().text,
                      "\r\nTo: ", message.to().text, tag, "\r\nCall-ID: ", message.call_id(),
                      "\r\nCSeq: ", message.cseq().number, " ", message.cseq().method_text,
                      "\r\nContact: <sip:127.0.0.1:5080;transport=UDP>\r\n", EndOf(body));
}

}  // namespace

SippCalls::SippCalls() {
  Append(EpochStart{{1, 2}, false});
  ConfigurationChange change;
  change.options = OptionSections{{"TServer", {{"sip-address", "127.0.0.1"}, {"sip-port", "5060"}}}};
  AddTrunk("uac", "127.0.0.1:5061", "", &change);
  AddTrunk("uas", "127.0.0.1:5080", "9", &change);
  Append(ConfigurationChanged{std::move(change)});
}

absl::string_view SippCalls::encoded(size_t i) const {
  return {reinterpret_cast<const char*>(encoded_.data() + offsets_[i]),
          (offsets_[i + 1] - offsets_[i]) * sizeof(uint64_t)};
}

const Effects& SippCalls::Append(Input input) {
  Entry entry;
  entry.lsn = state_.lsn.Next();
  entry.epoch = Epoch(1);
  entry.engine_time = now_;
  entry.input = std::move(input);
  const absl::string_view bytes = encoder_.Encode(entry.input);
  encoded_.resize(encoded_.size() + bytes.size() / sizeof(uint64_t));
  std::memcpy(encoded_.data() + offsets_.back(), bytes.data(), bytes.size());
  offsets_.push_back(encoded_.size());
  Apply(&state_, entry, &effects_);
  entries_.push_back(std::move(entry));
  return effects_;
}

const Effects& SippCalls::Say(const Endpoint& from, std::string text) {
  texts_.push_back(std::move(text));
  SipReceived input;
  input.remote = from;
  input.bytes = texts_.back();
  input.message = Parse(input.bytes);
  return Append(std::move(input));
}

void SippCalls::Pass(Duration span) {
  now_ = now_ + span;
  Append(ClockAdvanced{});
}

void SippCalls::SetUp() {
  now_ = now_ + kBetweenCalls;
  Up call;
  call.number = next_call_;
  ++next_call_;
  const std::string invite = Heard(Say(kCaller, FromCaller(call.number, "INVITE", "", 1)), kCallee);
  Say(kCallee, Answer(invite, "180 Ringing", call.number, false));
  const std::string answer = Heard(Say(kCallee, Answer(invite, "200 OK", call.number, true)), kCaller);
  call.to_tag = std::string(Parse(answer).to_tag());
  Say(kCaller, FromCaller(call.number, "ACK", call.to_tag, 1));
  up_.push_back(std::move(call));
}

void SippCalls::Release() {
  const Up call = up_.front();
  up_.pop_front();
  const std::string bye = Heard(Say(kCaller, FromCaller(call.number, "BYE", call.to_tag, 2)), kCallee);
  Say(kCallee, Answer(bye, "200 OK", call.number, false));
}

void SippCalls::Run(int calls, int held) {
  for (int i = 0; i < calls; ++i) {
    SetUp();
    if (i >= held) Release();
  }
  while (!up_.empty()) Release();
}

}  // namespace understudy::engine
