// A contact of a DN that is none any more, as a subscriber of package reg hears of it, once (RFC 3680 section 5).
#ifndef UNDERSTUDY_ENGINE_EVENTS_ENDED_CONTACT_H_
#define UNDERSTUDY_ENGINE_EVENTS_ENDED_CONTACT_H_

#include <cstdint>
#include <string>

#include "engine/ids.h"

namespace understudy::engine {

// What has ended it. The numbers are stored: they never change their meaning.
enum class ContactEnd : uint8_t {
  kExpired = 0,
  kUnregistered = 1,  // by its phone
  kDeactivated = 2,   // here: the phone is to register anew
  kRejected = 3,      // the DN does not register any more
};

struct EndedContact {
  BindingId id;
  std::string contact;
  ContactEnd end = ContactEnd::kExpired;

  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, id);
    a.Field(2, contact);
    a.Field(3, end);
  }
  friend bool operator==(const EndedContact&, const EndedContact&) = default;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_ENDED_CONTACT_H_
