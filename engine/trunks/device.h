// What the engine knows of a DN's device beside its configuration: whether it is in service, and when it is asked next.
#ifndef UNDERSTUDY_ENGINE_TRUNKS_DEVICE_H_
#define UNDERSTUDY_ENGINE_TRUNKS_DEVICE_H_

#include <cstdint>
#include <string>
#include <vector>

#include "engine/ids.h"
#include "engine/timer_table.h"

namespace understudy::engine {

// Of a DN with oos-check, or one that rests after a failure (recovery-timeout).
struct Device {
  DeviceId id;
  std::string number;    // DN
  bool out = false;      // of service, as OPTIONS have shown
  TimerHandle check;     // the next one
  TimerHandle force;     // then it is out of service, unless it has answered
  TimerHandle rest;      // it gets no calls until then
  uint64_t outages = 0;  // how often it has been found out of service

  // OPTIONS that wait for their answers, to each of its contacts; and whether one of them has been answered.
  std::vector<TransactionId> questions;
  bool answered = false;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, number);
    a.Field(3, out);
    a.Field(5, check);
    a.Field(6, force);
    a.Field(7, rest);
    a.Field(8, outages);
    a.LaterField(9, questions);
    a.LaterField(10, answered);
  }
  friend bool operator==(const Device&, const Device&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_TRUNKS_DEVICE_H_
