#include "engine/branches/best_failure.h"

namespace understudy::engine {
namespace {

// The lower, the better.
int RankOf(int status) {
  if (status >= 600) return 0;
  const int of_class = status / 100 * 10;
  switch (status) {
    case 401:
    case 407:
    case 415:
    case 420:
    case 484:
      return of_class;
    case 408:
    case 430:  // of a flow, which is no news of the phone (RFC 5626)
    case 481:  // the phone knows nothing of the dialog that the INVITE is about
    case 503:
      return of_class + 2;
    default:
      return of_class + 1;
  }
}

}  // namespace

bool IsBetterFailure(int status, int other) {
  return other == 0 || RankOf(status) < RankOf(other);
}

}  // namespace understudy::engine
