// Everything that the engine can ask of the world. A closed list, as plain values.
//
// The outbox releases the effects of an entry once that entry is committed, in order, on the primary only.
#ifndef UNDERSTUDY_ENGINE_EFFECT_H_
#define UNDERSTUDY_ENGINE_EFFECT_H_

#include <cstdint>
#include <string>
#include <variant>

#include "absl/container/inlined_vector.h"
#include "base/endpoint.h"
#include "base/shared_bytes.h"
#include "base/transport.h"
#include "engine/ids.h"
#include "engine/locate/query.h"
#include "tlib/frame.h"

namespace understudy::engine {

// Send `bytes` to `remote`: over `flow` while that connection lives, otherwise over a connection to `remote`
// (RFC 3261 sections 18.1.1 and 18.2.2).
struct SendSip {
  Transport transport = Transport::kUdp;
  FlowId flow;
  Endpoint remote;
  SharedBytes bytes;
  TransactionId transaction;  // client transaction to blame a failure on; 0: nobody waits
  Endpoint local;             // datagrams: from there; empty: from the address that the network of `remote` sees
  SharedBytes domain;         // TLS: whose certificate a new connection must show (RFC 5922); "": one of `remote`

  friend bool operator==(const SendSip&, const SendSip&) = default;
};

// A step in the life of a call, for logs, call detail records and metrics. Never read back by the engine.
struct CallProgress {
  enum class Step : uint8_t { kStarted = 0, kAlerting = 1, kAnswered = 2, kReleased = 3, kFailed = 4 };
  CallId call;
  Step step = Step::kStarted;
  std::string from;  // DN numbers
  std::string to;
  int32_t status = 0;  // SIP status that decided it, 0 where none did

  friend bool operator==(const CallProgress&, const CallProgress&) = default;
};

// A step in the life of a registration.
struct RegistrationProgress {
  enum class Step : uint8_t { kRegistered = 0, kUnregistered = 1, kExpired = 2 };
  std::string number;
  std::string contact;
  Step step = Step::kRegistered;

  friend bool operator==(const RegistrationProgress&, const RegistrationProgress&) = default;
};

// An event, or the answer to Attach, over a client's link. Of a link of an earlier epoch nothing is sent: the session
// is taken up again over another, and what was not acknowledged comes over that.
struct SendClient {
  LinkId link;
  SessionId session;
  std::variant<tlib::Attached, tlib::EventFrame> frame;

  friend bool operator==(const SendClient&, const SendClient&) = default;
};

// Goodbye over that link; then it is closed.
struct CloseClient {
  LinkId link;
  tlib::Goodbye goodbye;

  friend bool operator==(const CloseClient&, const CloseClient&) = default;
};

// A step in the life of a client's session, for logs and metrics.
struct SessionProgress {
  enum class Step : uint8_t { kOpened = 0, kResumed = 1, kLinkLost = 2, kSlow = 3, kEnded = 4 };
  SessionId session;
  Step step = Step::kOpened;
  std::string application;
  std::string address;
  tlib::ErrorCode code = tlib::ErrorCode::kNone;  // why it ended

  friend bool operator==(const SessionProgress&, const SessionProgress&) = default;
};

// A change of what is known of a device or a Trunk, for logs and metrics.
struct DeviceProgress {
  enum class Step : uint8_t { kOutOfService = 0, kBackInService = 1, kResting = 2, kRested = 3, kOverflowed = 4 };
  std::string number;  // DN
  Step step = Step::kOutOfService;
  int32_t status = 0;  // the answer that says why, or what stands for it; 0: none does

  friend bool operator==(const DeviceProgress&, const DeviceProgress&) = default;
};

// Ask DNS for the servers of a name; NamesResolved is the answer. Of a dead node's questions none comes: they are asked
// again (engine/locate/names.h).
struct Locate {
  NameId name;
  LocateQuery query;

  friend bool operator==(const Locate&, const Locate&) = default;
};

using Effect = std::variant<SendSip, CallProgress, RegistrationProgress, SendClient, CloseClient, SessionProgress,
                            DeviceProgress, Locate>;

// What one entry did.
struct Effects {
  absl::InlinedVector<Effect, 4> list;
  absl::InlinedVector<CallId, 2> calls;  // calls the entry touched, for the journal's filters
  std::string scratch;                   // where messages are written: kept so that its memory is, of no meaning

  void Clear() {
    list.clear();
    calls.clear();
  }
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EFFECT_H_
