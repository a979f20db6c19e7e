#include "engine/locate/answer.h"

namespace understudy::engine {

absl::string_view FailureText(LocateFailure failure) {
  switch (failure) {
    case LocateFailure::kNone:
      return "found";
    case LocateFailure::kNoSuchName:
      return "no such name";
    case LocateFailure::kNoAddress:
      return "no address";
    case LocateFailure::kSilence:
      return "no answer from DNS";
    case LocateFailure::kServerFailure:
      return "DNS server failure";
    case LocateFailure::kTooMany:
      return "too many names";
  }
  return "unknown";
}

}  // namespace understudy::engine
