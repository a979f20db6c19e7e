// A party: what clients see of a leg. A DN's part in a call, or that of somebody beyond a Trunk.
#ifndef UNDERSTUDY_ENGINE_CTI_PARTY_H_
#define UNDERSTUDY_ENGINE_CTI_PARTY_H_

#include <cstdint>
#include <string>

#include "absl/types/optional.h"
#include "base/shared_bytes.h"
#include "engine/cti/request_cause.h"
#include "engine/ids.h"
#include "tlib/enums.h"
#include "tlib/message_type.h"

namespace understudy::engine {

// A client's request whose outcome is still to come. The party that it is about keeps it.
struct PendingRequest {
  tlib::MessageType type = tlib::MessageType::kRequestRegisterClient;
  RequestCause cause;
  SharedBytes request;  // tlib/message_codec.h

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, type);
    a.Field(2, cause);
    a.Field(3, request);
  }
  friend bool operator==(const PendingRequest&, const PendingRequest&) = default;
};

struct Party {
  uint32_t id = 0;  // PartyID: counts up in the call
  LegId leg;
  std::string number;  // DN, or the number of somebody beyond a Trunk; never ""
  std::string trunk;   // DN of the Trunk; "": the party is a DN
  tlib::DNRole role = tlib::DNRole::kUnknown;
  tlib::PartyState state = tlib::PartyState::kNull;  // kNull: called, and nothing told yet
  std::string queue;                                 // ThisQueue: the queue that the call came from
  absl::optional<PendingRequest> pending;
  // Who sent the call here, which is the third party of its first event; "": nobody, it was dialled.
  std::string sent_by;
  tlib::DNRole sent_role = tlib::DNRole::kUnknown;
  tlib::CallState sent_state = tlib::CallState::kOk;
  LegId asked_by;  // of the party whose single-step request it was called for; none once it has come in

  // Nobody hears events of such a party.
  bool external() const { return !trunk.empty(); }
  // False: it is called, and may yet come in.
  bool told() const { return state != tlib::PartyState::kNull; }
  // The others have heard of it: it is no guest that rings for a request that may yet fail.
  bool member() const { return told() && asked_by.empty(); }
  // Its DN's clients have heard of the call: the first event is still to come where they have not.
  bool begun() const { return told() && state != tlib::PartyState::kInitiated; }

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, leg);
    a.Field(3, number);
    a.Field(4, trunk);
    a.Field(5, role);
    a.Field(6, state);
    a.Field(7, queue);
    a.Field(8, pending);
    a.Field(9, sent_by);
    a.Field(10, sent_role);
    a.Field(11, sent_state);
    a.Field(12, asked_by);
  }
  friend bool operator==(const Party&, const Party&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_PARTY_H_
