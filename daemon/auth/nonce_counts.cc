#include "daemon/auth/nonce_counts.h"

namespace understudy::auth {
namespace {

constexpr uint32_t kWindow = 64;

}  // namespace

bool NonceCounts::Window::Take(uint32_t count) {
  if (count > highest) {
    const uint32_t step = count - highest;
    seen = step < kWindow ? seen << step | 1 : 1;
    highest = count;
    return true;
  }
  const uint32_t below = highest - count;
  if (below >= kWindow || (seen >> below & 1) != 0) return false;
  seen |= uint64_t{1} << below;
  return true;
}

void NonceCounts::MakeRoom() {
  forgotten_ = windows_.begin()->first;
  forgets_ = true;
  windows_.erase(windows_.begin());
}

bool NonceCounts::Take(const Nonces::Mark& nonce, uint32_t count, uint64_t oldest_second) {
  while (!windows_.empty() && windows_.begin()->first.second < oldest_second) windows_.erase(windows_.begin());
  const auto known = windows_.find(nonce);
  if (known != windows_.end()) return known->second.Take(count);
  if (forgets_ && nonce <= forgotten_) return false;
  if (windows_.size() >= most_) MakeRoom();
  if (forgets_ && nonce <= forgotten_) return false;
  return windows_[nonce].Take(count);
}

}  // namespace understudy::auth
