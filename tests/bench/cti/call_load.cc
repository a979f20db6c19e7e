#include "tests/bench/cti/call_load.h"

#include <memory>

#include "absl/strings/str_cat.h"
#include "client/requests.h"
#include "tlib/attribute.h"
#include "tlib/message_type.h"

namespace understudy::bench {

using tlib::Attribute;
using tlib::MessageType;

namespace {

constexpr std::chrono::milliseconds kTick(5);
constexpr size_t kNamed = 3;
constexpr absl::string_view kPhaseNames[] = {"waits for the outcome of RequestMakeCall", "waits for its answer",
                                             "talks", "waits for the outcome of RequestReleaseCall"};

}  // namespace

CallLoad::CallLoad(boost::asio::io_context& io, const LoadOptions& options, LoadClients* clients)
    : io_(io), options_(options), clients_(clients), timer_(io) {
  for (int64_t pair = 0; pair < options.dns / 2; ++pair) free_.push_back(pair);
  clients_->on_event([this](size_t, const client::Event& event) { OnEvent(event); });
}

void CallLoad::Start() {
  makes_ = true;
  began_ = Clock::now();
  Tick();
}

void CallLoad::Tick() {
  if (!makes_) return;
  const auto elapsed = std::chrono::duration_cast<std::chrono::milliseconds>(Clock::now() - began_).count();
  for (; due_ < elapsed * options_.rate / 1000; ++due_) {
    if (free_.empty()) {
      ++counts_.postponed;
      continue;
    }
    Make(free_.front());
    free_.pop_front();
  }
  timer_.expires_after(kTick);
  timer_.async_wait([this](const boost::system::error_code& error) {
    if (!error) Tick();
  });
}

void CallLoad::Make(int64_t pair) {
  const std::string dn = clients_->Dn(2 * pair);
  ++counts_.asked;
  calls_[dn] = {dn, pair, 0, Phase::kAsked};
  tlib::KeyValueList data;
  data.Append(kCallKey, absl::StrCat(++marks_));
  tlib::Message request = client::MakeCall(dn, clients_->Dn(2 * pair + 1));
  request.Set(Attribute::kUserData, std::move(data)).Set(Attribute::kReferenceID, int64_t{1});
  clients_->Ask(dn, request, [this, dn](const client::Event& outcome) { OnMade(dn, outcome); });
}

void CallLoad::OnMade(const std::string& dn, const client::Event& outcome) {
  if (outcome.is_error()) return End(dn, &CallCounts::refused);
  Call& call = calls_[dn];
  call.conn_id = outcome.message.Number(Attribute::kConnID);
  if (call.phase == Phase::kAsked) call.phase = Phase::kMade;
}

// What the caller's clients hear; several hear the same.
void CallLoad::OnEvent(const client::Event& event) {
  const auto found = calls_.find(event.message.Text(Attribute::kThisDN));
  if (found == calls_.end() || !event.message.Has(Attribute::kConnID)) return;
  Call& call = found->second;
  const int64_t conn_id = event.message.Number(Attribute::kConnID);
  const MessageType type = event.message.type();
  if (call.phase == Phase::kMade && conn_id == call.conn_id && type == MessageType::kEventEstablished) {
    ++counts_.answered;
    call.phase = Phase::kTalking;
    return TalkOf(call);
  }
  const bool is_end = type == MessageType::kEventReleased && conn_id == call.conn_id;
  if (is_end && (call.phase == Phase::kMade || call.phase == Phase::kTalking)) End(call.dn, &CallCounts::failed);
}

void CallLoad::TalkOf(const Call& call) {
  auto timer = std::make_shared<boost::asio::steady_timer>(io_, options_.talk);
  timer->async_wait([this, timer, dn = call.dn, conn_id = call.conn_id](const boost::system::error_code& error) {
    if (!error) Release(dn, conn_id);
  });
}

void CallLoad::Release(const std::string& dn, int64_t conn_id) {
  const auto found = calls_.find(dn);
  if (found == calls_.end() || found->second.conn_id != conn_id) return;
  found->second.phase = Phase::kReleasing;
  tlib::Message request = client::ReleaseCall(dn, conn_id);
  request.Set(Attribute::kReferenceID, int64_t{1});
  clients_->Ask(dn, request, [this, dn](const client::Event& outcome) {
    End(dn, outcome.is_error() ? &CallCounts::failed : &CallCounts::released);
  });
}

void CallLoad::End(const std::string& dn, uint64_t CallCounts::*count) {
  const auto call = calls_.find(dn);
  if (call == calls_.end()) return;
  ++(counts_.*count);
  free_.push_back(call->second.pair);
  calls_.erase(call);
}

std::string CallLoad::Left() const {
  std::string left;
  size_t named = 0;
  for (const auto& [dn, call] : calls_) {
    if (++named > kNamed) break;
    absl::StrAppend(&left, left.empty() ? "" : ", ", dn, " ", kPhaseNames[static_cast<size_t>(call.phase)]);
  }
  return left;
}

}  // namespace understudy::bench
