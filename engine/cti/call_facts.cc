#include "engine/cti/call_facts.h"

#include <algorithm>

#include "absl/status/statusor.h"
#include "base/check.h"
#include "tlib/message.h"
#include "tlib/message_codec.h"

namespace understudy::engine {

using tlib::Attribute;
Party* CallFacts::FindParty(LegId leg) {
  auto it = std::find_if(parties.begin(), parties.end(), [leg](const Party& party) { return party.leg == leg; });
  return it == parties.end() ? nullptr : &*it;
}

const Party* CallFacts::FindParty(LegId leg) const {
  return const_cast<CallFacts*>(this)->FindParty(leg);
}

Party* CallFacts::FindParty(absl::string_view dn) {
  auto it = std::find_if(parties.begin(), parties.end(),
                         [dn](const Party& party) { return !party.external() && party.number == dn; });
  return it == parties.end() ? nullptr : &*it;
}

const Party* CallFacts::FindParty(absl::string_view dn) const {
  return const_cast<CallFacts*>(this)->FindParty(dn);
}

size_t CallFacts::CountTold() const {
  return static_cast<size_t>(
      std::count_if(parties.begin(), parties.end(), [](const Party& party) { return party.told(); }));
}

size_t CallFacts::CountMembers() const {
  return static_cast<size_t>(
      std::count_if(parties.begin(), parties.end(), [](const Party& party) { return party.member(); }));
}

tlib::KeyValueList UserDataOf(const CallFacts& facts) {
  if (facts.user_data.view().empty()) return {};
  const absl::StatusOr<tlib::Message> holder = tlib::DecodeMessage(facts.user_data.view());
  US_CHECK(holder.ok());
  return holder->List(Attribute::kUserData);
}

bool SetUserData(const tlib::KeyValueList& data, CallFacts* facts) {
  if (data.octets() > tlib::MostOctets(Attribute::kUserData) || data.depth() > tlib::kMostListDepth) return false;
  if (data.empty()) {
    facts->user_data = SharedBytes();
    return true;
  }
  tlib::Message holder(tlib::MessageType::kEventAttachedDataChanged);
  holder.Set(Attribute::kUserData, data);
  facts->user_data = tlib::EncodeMessage(holder);
  return true;
}

}  // namespace understudy::engine
