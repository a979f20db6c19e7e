#include "tests/sim/clients/event_ledger.h"

#include <iterator>

#include "absl/strings/str_cat.h"
#include "base/siphash.h"

namespace understudy::sim {

using tlib::Attribute;
using tlib::MessageType;

bool IsOfCalls(MessageType type) {
  return type >= MessageType::kEventCallCreated && type <= MessageType::kEventCallPartyDeleted;
}

bool IsOfItsDn(MessageType type) {
  switch (type) {
    case MessageType::kEventError:
    case MessageType::kEventRegistered:
    case MessageType::kEventUnregistered:
    case MessageType::kEventRegisteredAll:
    case MessageType::kEventUnregisteredAll:
    case MessageType::kEventServerInfo:
    case MessageType::kEventAddressInfo:
    case MessageType::kEventPartyInfo:
    case MessageType::kEventACK:
      return false;
    default:
      return !IsOfCalls(type);
  }
}

std::string NameOfEvent(const tlib::Message& event) {
  return absl::StrCat(tlib::MessageTypeName(event.type()), " ", event.Number(Attribute::kEventSequenceNumber), " of ",
                      event.Text(Attribute::kThisDN));
}

bool IsMasked(const Masks& masks, uint64_t sequence, MessageType type) {
  const auto after = masks.lower_bound(sequence);
  return after != masks.begin() && std::prev(after)->second.contains(type);
}

std::string EventLedger::Add(const tlib::Message& event, absl::string_view bytes, Duration now) {
  const auto sequence = static_cast<uint64_t>(event.Number(Attribute::kEventSequenceNumber));
  const uint64_t hash = SipHash64(HashKey{1, 2}, bytes);
  const auto [at, is_new] = events_.try_emplace(sequence, Row{hash, event.type(), NameOfEvent(event), now});
  if (!is_new && at->second.hash != hash) {
    return absl::StrCat(NameOfEvent(event), " was ", at->second.name, ", with other attributes, to another client");
  }
  if (IsOfItsDn(event.type())) of_dn_[std::string(event.Text(Attribute::kThisDN))].insert(sequence);
  if (IsOfCalls(event.type())) of_dn_[std::string(kOfCalls)].insert(sequence);
  return "";
}

uint64_t EventLedger::LastBy(Duration then) const {
  for (auto row = events_.rbegin(); row != events_.rend(); ++row) {
    if (row->second.heard_at <= then) return row->first;
  }
  return 0;
}

std::string EventLedger::Missing(absl::string_view dn, uint64_t from, uint64_t to, const std::set<uint64_t>& heard,
                                 const Masks& masks) const {
  if (dn.empty()) {
    std::string missing;
    for (const auto& [number, events] : of_dn_) {
      if (missing.empty() && number != kOfCalls) missing = Missing(number, from, to, heard, masks);
    }
    return missing;
  }
  const auto found = of_dn_.find(dn);
  if (found == of_dn_.end()) return "";
  for (auto at = found->second.upper_bound(from); at != found->second.end() && *at < to; ++at) {
    const Row& row = events_.at(*at);
    if (heard.contains(*at) || IsMasked(masks, *at, row.type)) continue;
    return absl::StrCat(row.name, " was heard by another client only");
  }
  return "";
}

}  // namespace understudy::sim
