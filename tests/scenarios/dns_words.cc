#include "tests/scenarios/dns_words.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "base/transport.h"

namespace understudy::tests {
namespace {

using Words = std::vector<std::string>;

bool ReadNumbers(const Words& words, size_t first, std::initializer_list<uint16_t*> numbers) {
  for (uint16_t* number : numbers) {
    uint32_t value = 0;
    if (first >= words.size() || !absl::SimpleAtoi(words[first++], &value) || value > 0xffff) return false;
    *number = static_cast<uint16_t>(value);
  }
  return true;
}

// "naptr ORDER PREFERENCE TRANSPORT REPLACEMENT".
bool ReadNaptr(const Words& words, engine::LocateAnswer* answer) {
  engine::NaptrRecord record;
  const auto transport = words.size() == 5 ? ParseTransport(words[3]) : absl::nullopt;
  if (!transport || !ReadNumbers(words, 1, {&record.order, &record.preference})) return false;
  record.transport = *transport;
  record.replacement = words[4];
  answer->naptr.push_back(record);
  return true;
}

// "srv TRANSPORT OWNER PRIORITY WEIGHT PORT TARGET".
bool ReadSrv(const Words& words, engine::LocateAnswer* answer) {
  engine::SrvRecord record;
  const auto transport = words.size() == 7 ? ParseTransport(words[1]) : absl::nullopt;
  if (!transport || !ReadNumbers(words, 3, {&record.priority, &record.weight, &record.port})) return false;
  record.transport = *transport;
  record.owner = words[2];
  record.target = words[6] == "." ? "" : words[6];
  answer->srv.push_back(record);
  return true;
}

// "a HOST ADDRESS".
bool ReadAddress(const Words& words, engine::LocateAnswer* answer) {
  const auto address = words.size() == 3 ? Endpoint::Parse(words[2], uint16_t{0}) : absl::nullopt;
  if (!address) return false;
  answer->addresses.push_back({words[1], *address});
  return true;
}

bool ReadRecord(const Words& words, engine::LocateAnswer* answer) {
  if (words[0] == "naptr") return ReadNaptr(words, answer);
  if (words[0] == "srv") return ReadSrv(words, answer);
  return words[0] == "a" && ReadAddress(words, answer);
}

engine::LocateFailure FailureOf(absl::string_view word) {
  if (word == "no-such-name") return engine::LocateFailure::kNoSuchName;
  if (word == "no-address") return engine::LocateFailure::kNoAddress;
  if (word == "silence") return engine::LocateFailure::kSilence;
  return engine::LocateFailure::kServerFailure;
}

}  // namespace

absl::StatusOr<engine::LocateAnswer> ReadAnswer(const Words& words, const Words& records) {
  engine::LocateAnswer answer;
  if (words.size() != 3) return absl::InvalidArgumentError("dns: a host, then a failure or ttl=SECONDS");
  absl::string_view last = words[2];
  if (absl::ConsumePrefix(&last, "ttl=")) {
    if (!absl::SimpleAtoi(last, &answer.ttl)) return absl::InvalidArgumentError("dns: the TTL is no number");
  } else {
    answer.failure = FailureOf(last);
  }
  for (const std::string& line : records) {
    if (ReadRecord(absl::StrSplit(line, ' ', absl::SkipEmpty()), &answer)) continue;
    return absl::InvalidArgumentError(absl::StrCat("dns: no record: ", line));
  }
  return answer;
}

std::string ShowQuery(const engine::Locate& locate) {
  const engine::LocateQuery& query = locate.query;
  std::string text = absl::StrCat("locate ", query.host, query.port == 0 ? "" : absl::StrCat(":", query.port));
  if (query.secure) absl::StrAppend(&text, " (sips)");
  if (!query.transport_open) absl::StrAppend(&text, " by ", TransportName(query.transport));
  absl::StrAppend(&text, ": ", query.AsksNaptr() ? "NAPTR, " : "", query.AsksSrv() ? "SRV, " : "", "addresses");
  return text;
}

}  // namespace understudy::tests
