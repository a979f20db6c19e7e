// understudyd, but a SIP message with the header field X-Test-Poison fails a CHECK while it is applied.
#include "base/check.h"
#include "daemon/run.h"
#include "sip/message.h"

int main(int argc, char** argv) {
  return understudy::daemon::RunDaemon(argc, argv, [](const understudy::sip::Message& message) {
    US_CHECK(message.FindText("X-Test-Poison") == nullptr);
  });
}
