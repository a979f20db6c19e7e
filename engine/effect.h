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

namespace understudy::engine {

// Send `bytes` to `remote`: over `flow` while that connection lives, otherwise over a connection to `remote`
// (RFC 3261 sections 18.1.1 and 18.2.2).
struct SendSip {
  Transport transport = Transport::kUdp;
  FlowId flow;
  Endpoint remote;
  SharedBytes bytes;
  TransactionId transaction;  // client transaction to blame a failure on; 0: nobody waits

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

using Effect = std::variant<SendSip, CallProgress, RegistrationProgress>;

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
