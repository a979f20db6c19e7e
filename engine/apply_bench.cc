// What an entry costs: the calls of sipp's built-in uac and uas (INVITE, 180, 200, ACK, BYE, 200), one call every half
// millisecond, each held for a second. An item is an entry; a call has six.
//   bazel run //engine:apply_bench
#include <cstdint>
#include <cstring>
#include <deque>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "benchmark/benchmark.h"
#include "engine/admission.h"
#include "engine/apply.h"
#include "engine/effect_hash.h"
#include "engine/input_codec.h"
#include "engine/snapshot.h"
#include "sip/parse.h"

namespace understudy::engine {
namespace {

constexpr int kCalls = 8000;
constexpr Duration kBetweenCalls = Duration::Microseconds(500);
constexpr int kHeldCalls = 2000;  // a second's worth

constexpr absl::string_view kBody =
    "v=0\r\no=user1 53655765 2353687637 IN IP4 127.0.0.1\r\ns=-\r\nc=IN IP4 127.0.0.1\r\nt=0 0\r\n"
    "m=audio 6000 RTP/AVP 0\r\na=rtpmap:0 PCMU/8000\r\n";

const Endpoint kCaller = Endpoint::V4(127, 0, 0, 1, 5061);
const Endpoint kCallee = Endpoint::V4(127, 0, 0, 1, 5080);

// The entries of that many calls, as the journal would have them.
class Recording {
 public:
  Recording() {
    Append(EpochStart{{1, 2}, false}, {});
    ConfigurationChange change;
    change.options = OptionSections{{"TServer", {{"sip-address", "127.0.0.1"}, {"sip-port", "5060"}}}};
    AddTrunk("uac", "127.0.0.1:5061", "", &change);
    AddTrunk("uas", "127.0.0.1:5080", "9", &change);
    Append(ConfigurationChanged{std::move(change)}, {});
    invites_.resize(kCalls);
    to_tags_.resize(kCalls);
    for (int call = 0; call < kCalls + kHeldCalls; ++call) {
      now_ = now_ + kBetweenCalls;
      if (call < kCalls) SetUp(call);
      if (call >= kHeldCalls) Release(call - kHeldCalls);
    }
  }

  const std::vector<Entry>& entries() const { return entries_; }
  absl::string_view encoded(size_t i) const {
    return {reinterpret_cast<const char*>(encoded_.data() + offsets_[i]), (offsets_[i + 1] - offsets_[i]) * 8};
  }
  const State& end() const { return state_; }

 private:
  static void AddTrunk(std::string name, std::string contact, std::string prefix, ConfigurationChange* change) {
    Dn dn;
    dn.number = std::move(name);
    dn.type = DnType::kTrunk;
    dn.options["TServer"] = {{"contact", std::move(contact)}, {"prefix", std::move(prefix)}};
    change->upserts.push_back(std::move(dn));
  }

  const Effects& Append(Input input, std::string text) {
    texts_.push_back(std::move(text));
    Entry entry;
    entry.lsn = state_.lsn.Next();
    entry.epoch = Epoch(1);
    entry.engine_time = now_;
    entry.input = std::move(input);
    const absl::string_view bytes = encoder_.Encode(entry.input);
    if (offsets_.empty()) offsets_.push_back(0);
    encoded_.resize(encoded_.size() + bytes.size() / 8);
    std::memcpy(encoded_.data() + offsets_.back(), bytes.data(), bytes.size());
    offsets_.push_back(encoded_.size());
    Apply(&state_, entry, &effects_);
    entries_.push_back(std::move(entry));
    return effects_;
  }

  const Effects& Say(const Endpoint& from, const std::string& text) {
    texts_.push_back(text);
    SipReceived input;
    input.remote = from;
    input.bytes = texts_.back();
    sip::ParseError error;
    US_CHECK(sip::ParseMessage(input.bytes, &input.message, &error));
    return Append(std::move(input), {});
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

  static std::string FromCaller(int call, absl::string_view method, absl::string_view to_tag, int cseq, bool body) {
    return absl::StrCat(method,
                        " sip:9service@127.0.0.1:5060 SIP/2.0\r\nVia: SIP/2.0/UDP 127.0.0.1:5061;branch=z9hG4bK-1234-",
                        call, "-", method, "\r\nFrom: \"sipp\" <sip:sipp@127.0.0.1:5061>;tag=1234SIPpTag00", call,
                        "\r\nTo: \"service\" <sip:9service@127.0.0.1:5060>", to_tag.empty() ? "" : ";tag=", to_tag,
                        "\r\nCall-ID: ", call, "-1234@127.0.0.1\r\nCSeq: ", cseq, " ", method,
                        "\r\nContact: sip:sipp@127.0.0.1:5061\r\nMax-Forwards: 70\r\nSubject: Performance Test\r\n",
                        body ? "Content-Type: application/sdp\r\n" : "", "Content-Length: ", body ? kBody.size() : 0,
                        "\r\n\r\n", body ? kBody : "");
  }

  static std::string Answer(const std::string& request, absl::string_view status, int call, bool body) {
    sip::Message message;
    sip::ParseError error;
    US_CHECK(sip::ParseMessage(request, &message, &error));
    return absl::StrCat("SIP/2.0 ", status, "\r\nVia: ", message.top_via().text, "\r\nFrom: ", message.from().text,
                        "\r\nTo: ", message.to().text, message.to_tag().empty() ? ";tag=5678SIPpTag01" : "",
                        message.to_tag().empty() ? absl::StrCat(call) : "", "\r\nCall-ID: ", message.call_id(),
                        "\r\nCSeq: ", message.cseq().number, " ", message.cseq().method_text,
                        "\r\nContact: <sip:127.0.0.1:5080;transport=UDP>\r\n",
                        body ? "Content-Type: application/sdp\r\n" : "", "Content-Length: ", body ? kBody.size() : 0,
                        "\r\n\r\n", body ? kBody : "");
  }

  static std::string ToTag(const std::string& text) {
    sip::Message message;
    sip::ParseError error;
    US_CHECK(sip::ParseMessage(text, &message, &error));
    return std::string(message.to_tag());
  }

  void SetUp(int call) {
    const size_t i = static_cast<size_t>(call);
    invites_[i] = Heard(Say(kCaller, FromCaller(call, "INVITE", "", 1, true)), kCallee);
    Say(kCallee, Answer(invites_[i], "180 Ringing", call, false));
    to_tags_[i] = ToTag(Heard(Say(kCallee, Answer(invites_[i], "200 OK", call, true)), kCaller));
    Say(kCaller, FromCaller(call, "ACK", to_tags_[i], 1, false));
  }

  void Release(int call) {
    const std::string bye =
        Heard(Say(kCaller, FromCaller(call, "BYE", to_tags_[static_cast<size_t>(call)], 2, false)), kCallee);
    Say(kCallee, Answer(bye, "200 OK", call, false));
  }

  State state_;
  Effects effects_;
  EngineTime now_;
  InputEncoder encoder_;
  std::vector<Entry> entries_;
  std::deque<std::string> texts_;
  std::vector<uint64_t> encoded_;
  std::vector<size_t> offsets_;
  std::vector<std::string> invites_;
  std::vector<std::string> to_tags_;
};

const Recording& TheRecording() {
  static const auto* recording = new Recording();
  return *recording;
}

void BM_Apply(benchmark::State& bench) {
  const Recording& recording = TheRecording();
  int64_t entries = 0;
  for (auto _ : bench) {
    State state;
    Effects effects;
    for (const Entry& entry : recording.entries()) Apply(&state, entry, &effects);
    entries += static_cast<int64_t>(recording.entries().size());
    bench.PauseTiming();
    US_CHECK(state.lsn == recording.end().lsn);
    state = State();
    bench.ResumeTiming();
  }
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Apply)->Unit(benchmark::kMillisecond);

void BM_Encode(benchmark::State& bench) {
  const Recording& recording = TheRecording();
  InputEncoder encoder;
  int64_t entries = 0;
  for (auto _ : bench) {
    for (const Entry& entry : recording.entries()) benchmark::DoNotOptimize(encoder.Encode(entry.input));
    entries += static_cast<int64_t>(recording.entries().size());
  }
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Encode)->Unit(benchmark::kMillisecond);

void BM_Decode(benchmark::State& bench) {
  const Recording& recording = TheRecording();
  Input input;
  int64_t entries = 0;
  for (auto _ : bench) {
    for (size_t i = 0; i < recording.entries().size(); ++i) US_CHECK(DecodeInput(recording.encoded(i), &input).ok());
    entries += static_cast<int64_t>(recording.entries().size());
  }
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Decode)->Unit(benchmark::kMillisecond);

// Decode, Apply and the hash of the effects: what the backup and the replay tool do.
void BM_Replay(benchmark::State& bench) {
  const Recording& recording = TheRecording();
  int64_t entries = 0;
  uint64_t sum = 0;
  for (auto _ : bench) {
    State state;
    Effects effects;
    Entry entry;
    for (size_t i = 0; i < recording.entries().size(); ++i) {
      const Entry& recorded = recording.entries()[i];
      entry.lsn = recorded.lsn;
      entry.epoch = recorded.epoch;
      entry.engine_time = recorded.engine_time;
      US_CHECK(DecodeInput(recording.encoded(i), &entry.input).ok());
      Apply(&state, entry, &effects);
      sum += HashEffects(effects);
    }
    entries += static_cast<int64_t>(recording.entries().size());
    bench.PauseTiming();
    state = State();
    bench.ResumeTiming();
  }
  benchmark::DoNotOptimize(sum);
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Replay)->Unit(benchmark::kMillisecond);

void BM_Admit(benchmark::State& bench) {
  const Recording& recording = TheRecording();
  int64_t entries = 0;
  for (auto _ : bench) {
    for (const Entry& entry : recording.entries()) {
      const auto* sip = std::get_if<SipReceived>(&entry.input);
      if (sip != nullptr) benchmark::DoNotOptimize(Admit(recording.end(), *sip, recording.end().lsn));
    }
    entries += static_cast<int64_t>(recording.entries().size());
  }
  bench.SetItemsProcessed(entries);
}
BENCHMARK(BM_Admit)->Unit(benchmark::kMillisecond);

void BM_Digest(benchmark::State& bench) {
  const State& state = TheRecording().end();
  for (auto _ : bench) benchmark::DoNotOptimize(DigestState(state));
  bench.SetItemsProcessed(static_cast<int64_t>(bench.iterations() * state.transactions.finished()));
}
BENCHMARK(BM_Digest)->Unit(benchmark::kMillisecond);

}  // namespace
}  // namespace understudy::engine

BENCHMARK_MAIN();
