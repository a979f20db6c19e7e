#include "daemon/core/outbox.h"

#include <utility>
#include <variant>

#include "base/check.h"

namespace understudy::daemon {

void Outbox::Hold(Lsn lsn, Duration now, engine::Effects* effects) {
  US_CHECK_GT(lsn, released_);
  for (engine::Effect& effect : effects->list) held_.push_back(Held{lsn, now, std::move(effect)});
  effects->list.clear();
}

void Outbox::Drop(absl::FunctionRef<void(Lsn, Duration, engine::Effect)> take) {
  for (Held& held : held_) take(held.lsn, held.stamped, std::move(held.effect));
  held_.clear();
}

absl::optional<Duration> Outbox::held_since() const {
  if (held_.empty()) return absl::nullopt;
  return held_.front().stamped;
}

void Outbox::Commit(Lsn lsn, Duration now) {
  while (!held_.empty() && held_.front().lsn <= lsn) {
    const Held& first = held_.front();
    const bool sends = std::holds_alternative<engine::SendSip>(first.effect);
    if (sends && release_age_ > Duration() && now - first.stamped > release_age_) {
      ++too_old_;
    } else {
      ++released_count_;
      sink_->Release(first.lsn, first.effect);
    }
    held_.pop_front();
  }
  if (lsn > released_) released_ = lsn;
}

}  // namespace understudy::daemon
