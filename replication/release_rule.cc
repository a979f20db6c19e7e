#include "replication/release_rule.h"

#include <algorithm>

namespace understudy::replication {

Lsn ReleaseLimit(const ReleaseView& view) {
  const Lsn both = std::min(view.own, view.ack);
  switch (view.standing) {
    case Standing::kNotServing:
    case Standing::kUnsure:
    case Standing::kHandingOver:
      return Lsn();
    case Standing::kAlone:
    case Standing::kUnguarded:
      return view.own;
    case Standing::kGated:
    case Standing::kChanging:
      return view.warm ? view.own : both;
    case Standing::kTwo:
      if (view.warm) return view.own;
      return view.mode == CommitMode::kDurable ? both : view.ack;
  }
  return Lsn();
}

}  // namespace understudy::replication
