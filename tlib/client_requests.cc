#include "tlib/client_requests.h"

#include <algorithm>

namespace understudy::tlib {

ClientRequest ClientRequests::Make(Message message) {
  ClientRequest request;
  request.id = ++last_id_;
  if (message.Has(Attribute::kReferenceID)) request.reference_id = message.Number(Attribute::kReferenceID);
  request.message = std::move(message);
  return request;
}

void ClientRequests::AddWishes(std::vector<Message> messages) {
  std::deque<ClientRequest> wishes;
  for (Message& message : messages) {
    ClientRequest wish;
    wish.id = ++last_id_;
    wish.is_wish = true;
    wish.message = std::move(message);
    wishes.push_back(std::move(wish));
  }
  for (ClientRequest& request : waiting_) wishes.push_back(std::move(request));
  waiting_ = std::move(wishes);
}

absl::optional<RequestFrame> ClientRequests::TakeNext(uint32_t window) {
  if (repeat_from_ != 0) {
    const auto next = sent_.lower_bound(repeat_from_);
    if (next != sent_.end()) {
      repeat_from_ = next->first + 1;
      return FrameOf(next->first, next->second);
    }
    repeat_from_ = 0;
  }
  if (waiting_.empty() || sent_.size() >= window) return absl::nullopt;
  const uint64_t number = ++last_number_;
  ClientRequest& sent = sent_[number] = std::move(waiting_.front());
  waiting_.pop_front();
  number_of_[sent.id] = number;
  return FrameOf(number, sent);
}

RequestFrame ClientRequests::FrameOf(uint64_t number, const ClientRequest& request) const {
  RequestFrame frame{number, request.message};
  frame.message.Set(Attribute::kReferenceID, static_cast<int64_t>(request.id));
  return frame;
}

bool ClientRequests::Resume(uint64_t last_request) {
  if (last_request > last_number_ || last_request < last_done_) return false;
  repeat_from_ = last_request + 1;
  return true;
}

std::vector<ClientRequest> ClientRequests::Lose() {
  std::vector<ClientRequest> lost;
  for (auto& [number, request] : sent_) {
    if (!request.is_wish) lost.push_back(std::move(request));
  }
  sent_.clear();
  number_of_.clear();
  waiting_.erase(std::remove_if(waiting_.begin(), waiting_.end(), [](const auto& request) { return request.is_wish; }),
                 waiting_.end());
  last_number_ = 0;
  last_done_ = 0;
  repeat_from_ = 0;
  return lost;
}

absl::optional<ClientRequest> ClientRequests::TakeDone(int64_t reference_id) {
  const auto found = number_of_.find(static_cast<RequestId>(reference_id));
  if (found == number_of_.end()) return absl::nullopt;
  const auto sent = sent_.find(found->second);
  ClientRequest done = std::move(sent->second);
  last_done_ = std::max(last_done_, sent->first);
  sent_.erase(sent);
  number_of_.erase(found);
  return done;
}

}  // namespace understudy::tlib
