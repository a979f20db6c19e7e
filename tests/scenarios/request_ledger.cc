#include "tests/scenarios/request_ledger.h"

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "tlib/message_codec.h"

namespace understudy::tests {
namespace {

using tlib::Attribute;
using tlib::MessageType;

bool Begins(MessageType type) {
  return type == MessageType::kEventDialing || type == MessageType::kEventRinging;
}

bool Ends(MessageType type) {
  return type == MessageType::kEventReleased || type == MessageType::kEventAbandoned;
}

// A phone that takes another's place (RFC 3891) has not rung: its first event is that it talks, instead of that other.
bool TakesPlace(const tlib::Message& event) {
  return event.type() == MessageType::kEventEstablished &&
         event.Number(Attribute::kThirdPartyDNRole) == static_cast<int64_t>(tlib::DNRole::kTransferredBy);
}

// Events of a party that has begun and has not ended.
bool GoesOn(MessageType type) {
  switch (type) {
    case MessageType::kEventNetworkReached:
    case MessageType::kEventDestinationBusy:
    case MessageType::kEventEstablished:
    case MessageType::kEventHeld:
    case MessageType::kEventRetrieved:
    case MessageType::kEventPartyChanged:
    case MessageType::kEventPartyAdded:
    case MessageType::kEventPartyDeleted:
    case MessageType::kEventAttachedDataChanged:
    case MessageType::kEventDTMFSent:
      return true;
    default:
      return false;
  }
}

}  // namespace

int64_t RequestLedger::Ask(const std::string& client) {
  const int64_t reference = static_cast<int64_t>(outcomes_.size()) + 1;
  outcomes_[reference] = {client, 0};
  return reference;
}

void RequestLedger::Hear(const std::string& name, const tlib::EventFrame& event) {
  Client* client = &clients_[name];
  if (event.number <= client->heard) return;
  client->heard = event.number;
  const absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(event.message.view());
  if (!message.ok()) return Fault(absl::StrCat(name, " hears what nobody can read: ", message.status().message()));
  const int64_t sequence = message->Number(Attribute::kEventSequenceNumber);
  if (sequence <= client->sequence) Fault(absl::StrCat(name, ": EventSequenceNumber does not rise at ", sequence));
  client->sequence = sequence;
  if (event.reference_id.has_value()) {
    auto asked = outcomes_.find(*event.reference_id);
    if (asked == outcomes_.end() || asked->second.first != name) {
      Fault(absl::StrCat(name, " has not asked for ", *event.reference_id));
    } else if (++asked->second.second > 1) {
      Fault(absl::StrCat(name, " hears a second outcome of request ", *event.reference_id));
    }
  }
  HearOfParty(name, client, *message);
}

void RequestLedger::HearOfParty(const std::string& name, Client* client, const tlib::Message& event) {
  const std::string dn(event.Text(Attribute::kThisDN));
  Parties* parties = &client->parties[{event.Number(Attribute::kConnID), dn}];
  if (event.type() == MessageType::kEventPartyChanged && parties->live == 0) {
    auto before = client->parties.find({event.Number(Attribute::kPreviousConnID), dn});
    if (before != client->parties.end() && before->second.live > 0) {
      --before->second.live;
      *parties = Parties{1, true};
    }
  }
  if (Begins(event.type()) || (parties->live == 0 && TakesPlace(event))) {
    ++parties->live;
    parties->known = true;
  } else if (Ends(event.type())) {
    // An originator that was released before its call began has nothing but that.
    if (parties->live == 0 && parties->known) Fault(absl::StrCat(name, ": ", dn, " ends twice"));
    if (parties->live > 0) --parties->live;
    parties->known = true;
  } else if (GoesOn(event.type()) && parties->live == 0) {
    Fault(absl::StrCat(name, ": ", tlib::MessageTypeName(event.type()), " of ", dn, ", which is not in the call"));
  }
}

void RequestLedger::Close() {
  for (const auto& [reference, outcome] : outcomes_) {
    if (outcome.second == 0) Fault(absl::StrCat("request ", reference, " of ", outcome.first, " has no outcome"));
  }
  for (const auto& [name, client] : clients_) {
    for (const auto& [place, parties] : client.parties) {
      if (parties.live != 0) Fault(absl::StrCat(name, ": ", place.second, " is in a call that is over"));
    }
  }
}

}  // namespace understudy::tests
