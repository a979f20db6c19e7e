// A client's session as the state holds it: what the client has asked to hear, and the events it has not acknowledged.
// It outlives the link it goes over.
#ifndef UNDERSTUDY_ENGINE_CTI_SESSION_H_
#define UNDERSTUDY_ENGINE_CTI_SESSION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "base/shared_bytes.h"
#include "engine/ids.h"
#include "engine/timer_table.h"

namespace understudy::engine {

struct QueuedEvent {
  absl::optional<int64_t> reference_id;
  SharedBytes message;  // shared by all who hear it

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, reference_id);
    a.Field(2, message);
  }
  friend bool operator==(const QueuedEvent&, const QueuedEvent&) = default;
};

struct Session {
  SessionId id;
  uint64_t token = 0;       // who resumes the session knows it
  std::string application;  // as Hello says
  std::string address;      // of the client that attached last
  LinkId link;              // none: `absence` runs
  TimerHandle absence;
  uint64_t last_request = 0;        // number of the request applied last
  uint64_t acknowledged = 0;        // number of the last event that the client has
  std::vector<QueuedEvent> events;  // those after it, in order
  uint64_t queued_octets = 0;       // of their messages
  bool slow = false;                // has been said, and events still wait
  std::vector<std::string> dns;     // registered; ascending, as the next
  std::vector<uint16_t> masked;     // message types of events that it does not want
  bool all_dns = false;             // RequestRegisterAll
  bool monitors_calls = false;      // RequestStartCallMonitoring

  uint64_t last_event() const { return acknowledged + events.size(); }

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, token);
    a.Field(3, application);
    a.Field(4, address);
    a.Field(5, link);
    a.Field(6, absence);
    a.Field(7, last_request);
    a.Field(8, acknowledged);
    a.Field(9, events);
    a.Field(10, queued_octets);
    a.Field(11, slow);
    a.Field(12, dns);
    a.Field(13, masked);
    a.Field(14, all_dns);
    a.Field(15, monitors_calls);
  }
  friend bool operator==(const Session&, const Session&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_SESSION_H_
