// RequestPrivateService: services of this server's own, by number. It has none yet, and says so.
#include "absl/strings/str_cat.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {

void OnPrivateService(Context& context, const tlib::Message& request, const RequestCause& cause) {
  Refuse(context, cause, request, tlib::ErrorCode::kUnsupportedOperation,
         absl::StrCat("there is no private service ", request.Number(tlib::Attribute::kServiceID)));
}

}  // namespace understudy::engine
