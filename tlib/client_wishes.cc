#include "tlib/client_wishes.h"

namespace understudy::tlib {

void ClientWishes::Granted(const Message& request) {
  const std::string dn(request.Text(Attribute::kThisDN));
  switch (request.type()) {
    case MessageType::kRequestSetInputMask:
      wishes_[{Kind::kMask, ""}] = request;
      break;
    case MessageType::kRequestStartCallMonitoring:
      wishes_[{Kind::kMonitoring, dn}] = request;
      break;
    case MessageType::kRequestStopCallMonitoring:
      wishes_.erase({Kind::kMonitoring, dn});
      break;
    case MessageType::kRequestRegisterAll:
      wishes_[{Kind::kAll, ""}] = request;
      break;
    case MessageType::kRequestUnregisterAll:
      wishes_.erase({Kind::kAll, ""});
      wishes_.erase(wishes_.lower_bound({Kind::kAddress, ""}), wishes_.end());
      break;
    case MessageType::kRequestRegisterAddress:
      wishes_[{Kind::kAddress, dn}] = request;
      break;
    case MessageType::kRequestUnregisterAddress:
      wishes_.erase({Kind::kAddress, dn});
      break;
    default:
      break;
  }
}

void ClientWishes::Refused(const Message& request) {
  for (auto wish = wishes_.begin(); wish != wishes_.end(); ++wish) {
    if (wish->second.type() != request.type()) continue;
    if (wish->second.Text(Attribute::kThisDN) != request.Text(Attribute::kThisDN)) continue;
    wishes_.erase(wish);
    return;
  }
}

std::vector<Message> ClientWishes::InOrder() const {
  std::vector<Message> messages;
  for (const auto& [key, message] : wishes_) {
    messages.push_back(message);
    messages.back().Erase(Attribute::kReferenceID);
  }
  return messages;
}

}  // namespace understudy::tlib
