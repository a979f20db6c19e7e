// How long one message takes: bazel run //sip:parse_bench
#include <string>

#include "benchmark/benchmark.h"
#include "sip/header_values.h"
#include "sip/parse.h"
#include "sip/writer.h"

namespace understudy::sip {
namespace {

constexpr absl::string_view kHeaders =
    "INVITE sip:1002@192.0.2.10:5060 SIP/2.0\r\n"
    "Via: SIP/2.0/UDP 192.0.2.20:5062;rport;branch=z9hG4bKPj3f9c1f6b8d2a4c1e\r\n"
    "Max-Forwards: 70\r\n"
    "From: \"Alice Example\" <sip:1001@192.0.2.10>;tag=b7c0f9d2e1a34f55\r\n"
    "To: <sip:1002@192.0.2.10>\r\n"
    "Contact: <sip:1001@192.0.2.20:5062;ob>\r\n"
    "Call-ID: 8f14e45f-ceea-467a-9e3b-5c1f0d6b7a21\r\n"
    "CSeq: 21043 INVITE\r\n"
    "Allow: PRACK, INVITE, ACK, BYE, CANCEL, UPDATE, INFO, SUBSCRIBE, NOTIFY, REFER, MESSAGE, OPTIONS\r\n"
    "Supported: replaces, 100rel, timer, norefersub\r\n"
    "Session-Expires: 1800\r\n"
    "Min-SE: 90\r\n"
    "User-Agent: Example Phone 4.2.1\r\n"
    "Content-Type: application/sdp\r\n"
    "Content-Length: 118\r\n"
    "\r\n";
constexpr absl::string_view kBody =
    "v=0\r\n"
    "o=- 3904 3904 IN IP4 192.0.2.20\r\n"
    "s=-\r\n"
    "c=IN IP4 192.0.2.20\r\n"
    "t=0 0\r\n"
    "m=audio 4000 RTP/AVP 8 0\r\n"
    "a=sendrecv\r\n"
    "a=ptime:20\r\n";

std::string Invite() {
  return std::string(kHeaders) + std::string(kBody);
}

void ParseInvite(benchmark::State& state) {
  const std::string invite = Invite();
  Message message;
  ParseError error;
  for (auto _ : state) {
    if (!ParseMessage(invite, &message, &error)) state.SkipWithError("not accepted");
    benchmark::DoNotOptimize(message);
  }
  state.SetBytesProcessed(static_cast<int64_t>(state.iterations() * invite.size()));
  state.counters["octets"] = static_cast<double>(invite.size());
}
BENCHMARK(ParseInvite);

// With what a B2BUA asks for besides the core.
void ParseInviteAndReadIt(benchmark::State& state) {
  const std::string invite = Invite();
  Message message;
  ParseError error;
  for (auto _ : state) {
    if (!ParseMessage(invite, &message, &error)) state.SkipWithError("not accepted");
    NameAddr contact;
    Uri uri;
    benchmark::DoNotOptimize(ParseContact(FirstValue(message, HeaderName::kContact), &contact));
    benchmark::DoNotOptimize(ParseUri(contact.uri, &uri));
    benchmark::DoNotOptimize(ParseUri(message.from().uri, &uri));
    benchmark::DoNotOptimize(ParseUri(message.to().uri, &uri));
    benchmark::DoNotOptimize(HasToken(message, HeaderName::kSupported, "timer"));
    benchmark::DoNotOptimize(message.Has(HeaderName::kRequire));
  }
}
BENCHMARK(ParseInviteAndReadIt);

void WriteRinging(benchmark::State& state) {
  const std::string invite = Invite();
  Message message;
  ParseError error;
  if (!ParseMessage(invite, &message, &error)) state.SkipWithError("not accepted");
  std::string out;
  for (auto _ : state) {
    out.clear();
    MessageWriter writer(&out);
    writer.StatusLine(180);
    writer.Header(HeaderName::kVia, message.top_via().text, ";received=", "192.0.2.20");
    writer.Header(HeaderName::kFrom, message.from().text);
    writer.Header(HeaderName::kTo, message.to().text, ";tag=", "8d2a4c1e");
    writer.Header(HeaderName::kCallId, message.call_id());
    writer.Header(HeaderName::kCSeq, message.cseq().number, " ", message.cseq().method_text);
    writer.Header(HeaderName::kContact, "<sip:192.0.2.10:", 5060, ">");
    writer.NoBody();
    benchmark::DoNotOptimize(out);
  }
}
BENCHMARK(WriteRinging);

}  // namespace
}  // namespace understudy::sip

BENCHMARK_MAIN();
