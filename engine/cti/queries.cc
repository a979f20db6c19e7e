// What a client may ask without changing anything.
#include <utility>

#include "engine/cti/requests.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {

using tlib::Attribute;

// Who answers is the primary. What node and program that is says the Welcome of its link: an effect is the same on
// both.
void OnQueryServer(Context& context, const RequestCause& cause) {
  const Configuration& configuration = context.state.configuration;
  tlib::Message event(tlib::MessageType::kEventServerInfo);
  event.Set(Attribute::kServerRole, static_cast<int64_t>(tlib::ServerRole::kPrimary));
  if (!configuration.switch_name().empty()) event.Set(Attribute::kServerName, configuration.switch_name());
  event.Set(Attribute::kSessionTimeout, configuration.clients().session_timeout.nanoseconds() / 1'000'000'000);
  Reply(context, cause, std::move(event));
}

}  // namespace understudy::engine
