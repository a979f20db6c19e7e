#include "tests/bench/cti/event_book.h"

#include <algorithm>
#include <iterator>

#include "absl/strings/str_cat.h"
#include "tlib/attribute.h"
#include "tlib/message_type.h"

namespace understudy::bench {

using tlib::Attribute;
using tlib::MessageType;

namespace {

bool IsOfCall(MessageType type) {
  switch (type) {
    case MessageType::kEventDialing:
    case MessageType::kEventRinging:
    case MessageType::kEventNetworkReached:
    case MessageType::kEventDestinationBusy:
    case MessageType::kEventEstablished:
    case MessageType::kEventReleased:
    case MessageType::kEventAbandoned:
    case MessageType::kEventHeld:
    case MessageType::kEventRetrieved:
    case MessageType::kEventPartyChanged:
    case MessageType::kEventAttachedDataChanged:
      return true;
    default:
      return false;
  }
}

bool Begins(MessageType type) {
  return type == MessageType::kEventDialing || type == MessageType::kEventRinging;
}

bool Ends(MessageType type) {
  return type == MessageType::kEventReleased || type == MessageType::kEventAbandoned;
}

std::string Named(const tlib::Message& event, uint64_t sequence) {
  return absl::StrCat(tlib::MessageTypeName(event.type()), " ", sequence, " of ", event.Text(Attribute::kThisDN));
}

}  // namespace

EventBook::Hearer* EventBook::Find(size_t client, absl::string_view dn) {
  const auto hearers = dns_.find(dn);
  if (hearers == dns_.end()) return nullptr;
  for (Hearer& hearer : hearers->second) {
    if (hearer.client == client) return &hearer;
  }
  return nullptr;
}

void EventBook::Registered(size_t client, absl::string_view dn, uint64_t sequence) {
  if (Find(client, dn) == nullptr) dns_[dn].push_back({client, sequence, {}});
}

void EventBook::Heard(size_t client, const tlib::Message& event) {
  if (!IsOfCall(event.type())) return;
  ++events_;
  const auto sequence = static_cast<uint64_t>(event.Number(Attribute::kEventSequenceNumber));
  Hearer* const hearer = Find(client, event.Text(Attribute::kThisDN));
  if (hearer == nullptr) {
    return Fault(&EventFaults::disordered, absl::StrCat(Named(event, sequence), " came to who is not registered"));
  }
  Note(hearer, sequence, event);
  NoteLife(event, sequence);
}

void EventBook::Note(Hearer* hearer, uint64_t sequence, const tlib::Message& event) {
  if (hearer->heard.empty() || hearer->heard.back() < sequence) return hearer->heard.push_back(sequence);
  const auto place = std::lower_bound(hearer->heard.begin(), hearer->heard.end(), sequence);
  if (*place == sequence) {
    return Fault(&EventFaults::twice, absl::StrCat(Named(event, sequence), " came twice to client ", hearer->client));
  }
  Fault(&EventFaults::disordered,
        absl::StrCat(Named(event, sequence), " came after ", hearer->heard.back(), " to client ", hearer->client));
  hearer->heard.insert(place, sequence);
}

// All clients of a DN hear the same event: it is another one only when its number is.
void EventBook::NoteLife(const tlib::Message& event, uint64_t sequence) {
  const int64_t conn_id = event.Number(Attribute::kConnID);
  Life& life = parties_[{std::string(event.Text(Attribute::kThisDN)), conn_id}];
  uint64_t* const at = Begins(event.type()) ? &life.begun : Ends(event.type()) ? &life.ended : nullptr;
  if (at != nullptr) {
    if (*at != 0 && *at != sequence) Fault(&EventFaults::doubled, absl::StrCat(Named(event, sequence), " after ", *at));
    *at = sequence;
  }
  const absl::string_view mark = event.List(Attribute::kUserData).Text(kCallKey);
  if (event.type() != MessageType::kEventDialing || mark.empty()) return;
  const auto [call, is_new] = calls_.try_emplace(mark, conn_id);
  if (!is_new && call->second != conn_id)
    Fault(&EventFaults::doubled, absl::StrCat("request ", mark, " made two calls"));
}

void EventBook::Fault(uint64_t EventFaults::*kind, const std::string& what) {
  ++(faults_.*kind);
  if (faults_.first.empty()) faults_.first = what;
}

EventBook::Sequences EventBook::Union(const std::vector<Hearer>& hearers) {
  Sequences all;
  for (const Hearer& hearer : hearers) {
    Sequences merged;
    std::set_union(all.begin(), all.end(), hearer.heard.begin(), hearer.heard.end(), std::back_inserter(merged));
    all = std::move(merged);
  }
  return all;
}

EventFaults EventBook::Check() const {
  EventFaults faults = faults_;
  for (const auto& [dn, hearers] : dns_) {
    const Sequences all = Union(hearers);
    for (const Hearer& hearer : hearers) {
      Sequences missing;
      const auto since = std::upper_bound(all.begin(), all.end(), hearer.since);
      std::set_difference(since, all.end(), hearer.heard.begin(), hearer.heard.end(), std::back_inserter(missing));
      faults.lost += missing.size();
      if (missing.empty() || !faults.first.empty()) continue;
      faults.first = absl::StrCat("event ", missing.front(), " of ", dn, " did not come to client ", hearer.client);
    }
  }
  return faults;
}

}  // namespace understudy::bench
