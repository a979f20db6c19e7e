// Contacts that no request of ours can, or may, be sent to: of a REGISTER, of its Path, and of a SUBSCRIBE.
#ifndef UNDERSTUDY_ENGINE_CONTACT_FAULT_H_
#define UNDERSTUDY_ENGINE_CONTACT_FAULT_H_

#include <cstddef>

#include "absl/strings/string_view.h"
#include "engine/input.h"
#include "engine/state.h"
#include "sip/uri.h"

namespace understudy::engine {

// Octets: it is kept as long as its phone is, and stands in every request to it.
inline constexpr size_t kLongestContact = 1024;

// Why that URI of `request` is none that can be used, as a reason phrase; empty: it can be.
absl::string_view ContactFault(const State& state, const SipReceived& request, const sip::Uri& uri);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CONTACT_FAULT_H_
