#include "daemon/core/outbox.h"

#include <algorithm>
#include <utility>
#include <variant>

#include "base/check.h"
#include "base/transport.h"

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

bool Outbox::IsTooOld(const Held& held, Duration now) const {
  const auto* const send = std::get_if<engine::SendSip>(&held.effect);
  if (send == nullptr || release_age_ == Duration()) return false;
  const Duration age = now - held.stamped;
  return age > (IsReliable(send->transport) ? std::max(release_age_, kTransactionLife) : release_age_);
}

void Outbox::Commit(Lsn lsn, Duration now) {
  while (!held_.empty() && held_.front().lsn <= lsn) {
    const Held& first = held_.front();
    if (IsTooOld(first, now)) {
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
