// What a request is about: the party of ThisDN in the call of ConnID. The guards that all requests about calls share.
#ifndef UNDERSTUDY_ENGINE_CTI_CALL_PLACE_H_
#define UNDERSTUDY_ENGINE_CTI_CALL_PLACE_H_

#include <initializer_list>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/context.h"
#include "engine/cti/request_cause.h"
#include "tlib/message.h"

namespace understudy::engine {

struct CallPlace {
  Call* call = nullptr;
  Party* party = nullptr;
};

// Whether who asks hears the events of that DN.
bool IsRegistered(const Context& context, const RequestCause& cause, absl::string_view dn);

// ThisDN must be configured, and registered by who asks. False: refused.
bool CheckThisDn(Context& context, const tlib::Message& request, const RequestCause& cause);

// The party of ThisDN in the call of `conn_id`. nullopt: refused, with what of it is not so.
absl::optional<CallPlace> FindPlace(Context& context, const tlib::Message& request, const RequestCause& cause,
                                    tlib::Attribute conn_id = tlib::Attribute::kConnID);

// False: refused with kWrongState, for the party is in none of `states`, or a request about it is still at work.
bool CheckState(Context& context, const Party& party, std::initializer_list<tlib::PartyState> states,
                const tlib::Message& request, const RequestCause& cause);

// ---- requests whose outcome comes later
void Await(const tlib::Message& request, const RequestCause& cause, Party* party);
// What the party waits for, which it does no longer; the message is as the client sent it.
struct Awaited {
  RequestCause cause;
  tlib::Message request;
};
absl::optional<Awaited> TakeAwaited(Party* party);
// EventError to who asked; nothing if nobody did.
void FailAwaited(Context& context, Party* party, tlib::ErrorCode code, absl::string_view text);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_CALL_PLACE_H_
