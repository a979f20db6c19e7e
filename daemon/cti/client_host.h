// What the edge of the clients needs of its node.
#ifndef UNDERSTUDY_DAEMON_CTI_CLIENT_HOST_H_
#define UNDERSTUDY_DAEMON_CTI_CLIENT_HOST_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "base/ids.h"
#include "base/time.h"
#include "engine/input.h"

namespace understudy::daemon {

class ClientHost {
 public:
  virtual ~ClientHost() = default;

  // This node is the primary. The next ones are asked only then, but for the quarantine's.
  virtual bool Serves() const = 0;
  virtual Epoch epoch() const = 0;
  virtual uint32_t feature_level() const = 0;
  // False: new sessions would make an overload worse.
  virtual bool TakesSessions() = 0;
  // False: one more call would; asked once for each.
  virtual bool TakesCall() = 0;

  // Welcome tells it on either node.
  virtual Duration session_timeout() const = 0;

  // Octets are about to be cut into frames; false: they are quarantined. A crash meanwhile is theirs.
  virtual bool BeforeCutting(absl::string_view octets) = 0;
  virtual void AfterCutting() = 0;
  virtual bool IsQuarantined(absl::string_view bytes) = 0;

  // The quarantine knows the input by `bytes`.
  virtual void Append(engine::Input input, absl::string_view bytes) = 0;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CTI_CLIENT_HOST_H_
