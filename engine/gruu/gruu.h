// Public GRUUs (RFC 5627): a URI of a DN that reaches one of its phones only, the one of that +sip.instance.
//
//   sip:1002@192.0.2.10:5060;gr=urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6
//
// It says all that is to be known, so nothing is kept of it. Temporary ones, which hide whose phone it is, are not
// given out: no phone's address goes beyond us, for in every dialog the Contact is ours, and From says the DN.
#ifndef UNDERSTUDY_ENGINE_GRUU_GRUU_H_
#define UNDERSTUDY_ENGINE_GRUU_GRUU_H_

#include <string>

#include "base/transport.h"
#include "engine/dial_plan.h"
#include "engine/registrar.h"
#include "engine/state.h"
#include "sip/uri.h"

namespace understudy::engine {

// Parameters of a Contact that names the binding: ;pub-gruu="...", or "" where its phone has said no instance.
std::string GruuParam(const State& state, const Binding& binding);

// Whether a URI says which instance it means.
bool IsGruu(const sip::Uri& uri);

// Whether it is one of ours: its host is here. `usual`: the transport of who says it; we give them out without one.
bool IsOwnGruu(const State& state, const sip::Uri& uri, Transport usual);

// Where a request to a GRUU goes: to the contact of that instance which was registered last, and to no other of the DN;
// with a sips URI to the last that is reached over TLS. 404: no such DN. 480: the instance is not registered. 486: the
// DN wants no calls. Nobody forwards for one phone.
Destination FindInstance(const State& state, const sip::Uri& uri);

// The same where the Request-URI is a GRUU; otherwise as FindCallDestination and FindDestination, and with a sips URI
// TurnToTls.
Destination FindCalled(const State& state, const sip::Uri& uri);
Destination FindAddressed(const State& state, const sip::Uri& uri);
// As FindCalled for a Refer-To, which may be somebody else's GRUU: that is a number here.
Destination FindReferred(const State& state, const sip::Uri& uri);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_GRUU_GRUU_H_
