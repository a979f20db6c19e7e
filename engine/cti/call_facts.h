// What a call is to clients: its ids, its kind, who is in it, and the data that they have attached. A part of its row.
//
// Facts change by engine/cti/call_changes.h alone, which keeps the index and tells those who monitor calls.
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_FACTS_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_FACTS_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/shared_bytes.h"
#include "engine/cti/party.h"
#include "engine/ids.h"
#include "tlib/enums.h"
#include "tlib/key_value_list.h"

namespace understudy::engine {

struct State;

// Of one call: as many as its events can name.
inline constexpr size_t kMostParties = 16;

struct CallFacts {
  uint64_t conn_id = 0;  // 0: no client's call, not yet or no longer
  std::string call_uuid;
  tlib::CallType type = tlib::CallType::kUnknown;
  std::string ani;            // number of the originator
  std::string dnis;           // as it was dialled
  SharedBytes user_data;      // a message with UserData alone; "": none. See UserDataOf
  uint64_t main_conn_id = 0;  // of a consult call: the call that its originator holds meanwhile
  uint32_t last_party = 0;
  std::vector<Party> parties;  // in the order in which they came
  // Who left last: the other of the one that is left.
  std::string left_number;
  tlib::DNRole left_role = tlib::DNRole::kUnknown;

  bool known() const { return conn_id != 0; }
  Party* FindParty(LegId leg);
  const Party* FindParty(LegId leg) const;
  // The first of that DN; nullptr: it has no part in the call.
  Party* FindParty(absl::string_view dn);
  const Party* FindParty(absl::string_view dn) const;
  // Without those who are only called.
  size_t CountTold() const;
  size_t CountMembers() const;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, conn_id);
    a.Field(2, call_uuid);
    a.Field(3, type);
    a.Field(4, ani);
    a.Field(5, dnis);
    a.Field(6, user_data);
    a.Field(7, main_conn_id);
    a.Field(8, last_party);
    a.Field(9, parties);
    a.Field(10, left_number);
    a.Field(11, left_role);
  }
  friend bool operator==(const CallFacts&, const CallFacts&) = default;
};

tlib::KeyValueList UserDataOf(const CallFacts& facts);
// False, and nothing changes: more than an event can carry, or nested deeper.
bool SetUserData(const tlib::KeyValueList& data, CallFacts* facts);

// The calls that a DN has a part in, for Calls of EventRegistered and EventAddressInfo: under each ConnID a list of
// CallType, ThisDNRole, PartyState, OtherDN and so on, by their names.
tlib::KeyValueList CallsOfDn(const State& state, absl::string_view dn);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_FACTS_H_
