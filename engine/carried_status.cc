#include "engine/carried_status.h"

namespace understudy::engine {

int CarriedStatus(int status) {
  switch (status) {
    case 401:
    case 407:
      return 403;
    case 430:
      return 480;
    case 503:
      return 500;
    default:
      return status;
  }
}

absl::string_view CarriedReason(const sip::Message& response) {
  return CarriedStatus(response.status()) == response.status() ? response.reason() : absl::string_view();
}

}  // namespace understudy::engine
