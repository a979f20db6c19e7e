// Everything that can happen to the engine. A closed list: Apply has one handler for each alternative.
//
// The meaning of a released alternative never changes; new behaviour is a new alternative (input.capnp gives each
// its number for good).
#ifndef UNDERSTUDY_ENGINE_INPUT_H_
#define UNDERSTUDY_ENGINE_INPUT_H_

#include <cstdint>
#include <string>
#include <variant>
#include <vector>

#include "absl/strings/string_view.h"
#include "base/endpoint.h"
#include "base/ids.h"
#include "base/siphash.h"
#include "base/time.h"
#include "base/transport.h"
#include "engine/configuration.h"
#include "engine/ids.h"
#include "engine/locate/answer.h"
#include "sip/message.h"
#include "tlib/frame.h"

namespace understudy::engine {

// A reign begins: first entry of every epoch. Flows of older epochs are dead from here on.
struct EpochStart {
  HashKey id_key;           // identifiers derive from it; redrawn at a forced promotion
  bool redraw_key = false;  // false: a later epoch keeps the key it finds in the state
};

// The difference between the pair part of the configuration file and the state, validated by the daemon.
struct ConfigurationChanged {
  ConfigurationChange change;
};

// A well-formed SIP message from the network, whole. `message` is a view over `bytes`, which the caller keeps
// alive while the entry is applied.
struct SipReceived {
  Transport transport = Transport::kUdp;
  FlowId flow;      // 0 on UDP
  Endpoint remote;  // where it came from
  Endpoint local;   // of a datagram: where it came to, if the network of `remote` sees another address; else empty
  absl::string_view bytes;
  sip::Message message;
  // The DN whose password the front end has found it to be signed with; empty: none. Its octets as those of `bytes`.
  absl::string_view authenticated = {};
};

// A connection was accepted or established by this node.
struct FlowOpened {
  FlowId flow;
  Transport transport = Transport::kTcp;
  Endpoint remote;
};

struct FlowClosed {
  FlowId flow;
};

// The transport could not deliver an effect of `transaction` (RFC 3261 section 18.4).
struct SendFailed {
  TransactionId transaction;
};

// The connection over which an effect of `transaction` had left, by address, has ended before anybody answered: whether
// it arrived is not known.
struct SendLost {
  TransactionId transaction;
  bool too_late = false;  // it had left so long before that whoever answered it has forgotten it (64*T1)
};

// Nothing arrived, but a timer is due.
struct ClockAdvanced {};

// For `gap` nobody served: the process was down or stopped. Engine time has advanced by it.
struct ServiceGap {
  Duration gap;
};

// What the ingress kept out of the journal since the last such entry, by reason.
struct IngressSummary {
  std::vector<uint64_t> counts;
};

// Both nodes of the pair know `level` (base/feature_level.h is the highest that a program knows): what came with it may
// happen from here on. Never lowered: a program that does not know the level cannot go on from here.
struct FeatureLevelRaised {
  uint32_t level = 0;
};

// A client on a link of this node wants its session, or a new one; the edge has checked its password.
struct ClientAttached {
  LinkId link;
  tlib::Attach attach;
  std::string application;  // as Hello says
  std::string address;      // of the client, for display
};

// A frame Request that is well formed as bytes; whether the request makes sense is the engine's matter.
struct ClientRequested {
  LinkId link;
  tlib::RequestFrame request;
};

// What clients have acknowledged since the last such entry: one entry a tenth of a second for all of them.
struct ClientsAcknowledged {
  struct Row {
    LinkId link;
    uint64_t number = 0;
    friend bool operator==(const Row&, const Row&) = default;
  };
  std::vector<Row> rows;
};

// The link is gone. `ended`: the client said that it does not come back.
struct ClientLinkLost {
  LinkId link;
  bool ended = false;
};

// What DNS has said to a Locate of this node.
struct NamesResolved {
  NameId name;
  LocateAnswer answer;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, name);
    a.Field(2, answer);
  }
};

using Input = std::variant<EpochStart, ConfigurationChanged, SipReceived, FlowOpened, FlowClosed, SendFailed,
                           ClockAdvanced, ServiceGap, IngressSummary, FeatureLevelRaised, ClientAttached,
                           ClientRequested, ClientsAcknowledged, ClientLinkLost, NamesResolved, SendLost>;

// A stamped input: what the journal keeps.
struct Entry {
  Lsn lsn;
  Epoch epoch;
  EngineTime engine_time;  // never below the previous entry's
  WallTime wall_time;      // for display only; may jump
  Input input;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_INPUT_H_
