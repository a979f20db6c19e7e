// understudyd, but a SIP message with the header field X-Test-Poison fails a CHECK while it is applied, and so does a
// T-Library request about the DN poison.
#include <variant>

#include "base/check.h"
#include "daemon/run.h"
#include "engine/input.h"
#include "sip/message.h"
#include "tlib/attribute.h"

namespace understudy {
namespace {

void OnMessage(const sip::Message& message) {
  US_CHECK(message.FindText("X-Test-Poison") == nullptr);
}

void OnClient(const engine::Input& input) {
  const auto* const requested = std::get_if<engine::ClientRequested>(&input);
  if (requested == nullptr) return;
  US_CHECK(requested->request.message.Text(tlib::Attribute::kThisDN) != "poison");
}

}  // namespace
}  // namespace understudy

int main(int argc, char** argv) {
  return understudy::daemon::RunDaemon(argc, argv, {understudy::OnMessage, understudy::OnClient});
}
