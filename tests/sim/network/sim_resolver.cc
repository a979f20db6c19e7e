#include "tests/sim/network/sim_resolver.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_replace.h"
#include "base/endpoint.h"

namespace understudy::sim {
namespace {

constexpr uint64_t kFailing = 8;  // one in so many
constexpr Duration kQuickest = Duration::Milliseconds(1);
constexpr Duration kSlowest = Duration::Milliseconds(400);
constexpr uint32_t kLongestLife = 30;  // seconds

}  // namespace

void SimResolver::Resolve(const engine::LocateQuery& query, Done done) {
  auto question = std::make_unique<Question>();
  question->answer = AnswerTo(query.host);
  question->done = std::move(done);
  question->alarm = std::make_unique<net::Alarm>(scheduler_, [this, told = question.get()] { Tell(told); });
  question->alarm->SetAfter(chance_.Skewed(kQuickest, kSlowest));
  open_.push_back(std::move(question));
}

engine::LocateAnswer SimResolver::AnswerTo(const std::string& host) {
  engine::LocateAnswer answer;
  const std::string text = absl::StrReplaceAll(host.substr(0, host.find('.')), {{"-", "."}});
  const auto address = Endpoint::Parse(text, uint16_t{0});
  if (!address) {
    answer.failure = engine::LocateFailure::kNoSuchName;
  } else if (!answered_.insert(host).second && chance_.OneIn(kFailing)) {
    answer.failure = engine::LocateFailure::kSilence;
  } else {
    answer.ttl = static_cast<uint32_t>(chance_.Below(kLongestLife));
    answer.addresses.push_back({host, *address});
  }
  return answer;
}

void SimResolver::Tell(const Question* question) {
  const auto at = std::find_if(open_.begin(), open_.end(), [&](const auto& open) { return open.get() == question; });
  const std::unique_ptr<Question> told = std::move(*at);
  open_.erase(at);
  told->done(told->answer);
}

}  // namespace understudy::sim
