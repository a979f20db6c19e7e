// A subscription that we have accepted (RFC 6665): who hears of what happens to a DN, and until when.
#ifndef UNDERSTUDY_ENGINE_EVENTS_SUBSCRIPTION_H_
#define UNDERSTUDY_ENGINE_EVENTS_SUBSCRIPTION_H_

#include <cstdint>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/events/ended_contact.h"
#include "engine/events/event_package.h"
#include "engine/hop.h"
#include "engine/ids.h"
#include "engine/timer_table.h"
#include "sip/dialog.h"

namespace understudy::engine {

// What a subscriber of package dialog knows of one dialog: the NOTIFYs after the first say what is different since.
struct ToldDialog {
  LegId leg;
  CallId call;        // that the leg was in
  uint8_t phase = 0;  // Leg::Phase

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, leg);
    a.Field(2, call);
    a.Field(3, phase);
  }
  friend bool operator==(const ToldDialog&, const ToldDialog&) = default;
};

struct Subscription {
  SubscriptionId id;
  EventPackage package = EventPackage::kDialog;
  std::string event_id;    // the id parameter of Event, which every NOTIFY repeats
  std::string number;      // DN that it is about
  std::string subscriber;  // DN that has subscribed
  sip::Dialog dialog;
  Hop hop;  // where the subscriber was last heard
  EngineTime expires;
  TimerHandle expiry;
  TransactionId notify;  // the NOTIFY that waits for its answer: no other goes meanwhile
  bool changed = false;  // since that one
  bool full = false;     // the next document says everything
  uint32_t version = 0;  // of the next document
  std::vector<ToldDialog> told;
  std::vector<EndedContact> ended;  // of package reg: not told yet, the oldest first
  TimerHandle again;                // a NOTIFY was not taken, and what is so is said once more
  bool rests = false;               // not before, for the subscriber wants it so (Retry-After)

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, package);
    a.Field(3, event_id);
    a.Field(4, number);
    a.Field(5, subscriber);
    a.Field(6, dialog);
    a.Field(7, hop);
    a.Field(8, expires);
    a.Field(9, expiry);
    a.Field(10, notify);
    a.Field(11, changed);
    a.Field(12, full);
    a.Field(13, version);
    a.Field(14, told);
    a.LaterField(15, ended);
    a.LaterField(16, again);
    a.LaterField(17, rests);
  }
  friend bool operator==(const Subscription&, const Subscription&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_SUBSCRIPTION_H_
