// Flows that phones register (RFC 5626): a contact with reg-id and +sip.instance is reached by the connection, or from
// the address, that its REGISTER came by, and a newer registration of the same flow takes the place of an older one,
// whatever its contact says.
#ifndef UNDERSTUDY_ENGINE_OUTBOUND_H_
#define UNDERSTUDY_ENGINE_OUTBOUND_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/registrar.h"
#include "sip/message.h"
#include "sip/name_addr.h"

namespace understudy::engine {

struct RegisteredFlow {
  std::string instance;  // +sip.instance, as it was said
  uint32_t reg_id = 0;   // 0: the contact is none of a flow
};

// What a contact of a REGISTER says of its flow; nothing, where the phone does not say that it speaks RFC 5626. Of one
// that speaks RFC 5627 the instance counts without a flow, too.
RegisteredFlow ReadFlow(const sip::Message& request, const sip::NameAddr& contact);

// Whether a proxy that does not speak RFC 5626 stands between the phone and us: 439 (section 6).
bool LacksFirstHop(const sip::Message& request);

// The binding of that flow; nullptr: none.
Binding* FindFlow(Registrar& registrar, absl::string_view number, const RegisteredFlow& flow);

// Parameters of a Contact that names the binding: ";reg-id=...", ";+sip.instance=...", or "".
std::string FlowParams(const Binding& binding);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_OUTBOUND_H_
