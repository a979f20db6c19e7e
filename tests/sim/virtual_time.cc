#include "tests/sim/virtual_time.h"

#include <algorithm>
#include <utility>

#include "base/check.h"
#include "base/siphash.h"

namespace understudy::sim {
namespace {

// An EventId is a slot and how often the queue had been asked by then.
constexpr int kSlotBits = 20;
constexpr uint64_t kSlotMask = (uint64_t{1} << kSlotBits) - 1;

// splitmix64, by Steele, Lea and Flood: every state gives one word, and all states lie on one cycle.
uint64_t Mix(uint64_t* state) {
  *state += 0x9e3779b97f4a7c15;
  uint64_t z = *state;
  z = (z ^ (z >> 30)) * 0xbf58476d1ce4e5b9;
  z = (z ^ (z >> 27)) * 0x94d049bb133111eb;
  return z ^ (z >> 31);
}

}  // namespace

EventId EventQueue::At(Duration time, std::function<void()> event) {
  if (free_.empty()) {
    US_CHECK(slots_.size() < kSlotMask);
    free_.push_back(static_cast<uint32_t>(slots_.size()));
    slots_.emplace_back();
  }
  const uint32_t slot = free_.back();
  free_.pop_back();
  const EventId id = (++order_ << kSlotBits) | slot;
  slots_[slot] = {id, std::move(event)};
  if (time <= now_) {
    soon_.push_back({now_, order_, id});
  } else {
    heap_.push_back({time, order_, id});
    std::push_heap(heap_.begin(), heap_.end(), IsLater());
  }
  return id;
}

EventQueue::Slot* EventQueue::Find(EventId id) {
  const uint64_t slot = id & kSlotMask;
  return id != 0 && slot < slots_.size() && slots_[slot].id == id ? &slots_[slot] : nullptr;
}

void EventQueue::Release(EventId id) {
  Slot* const slot = Find(id);
  slot->id = 0;
  slot->event = nullptr;
  free_.push_back(static_cast<uint32_t>(id & kSlotMask));
}

void EventQueue::Cancel(EventId id) {
  if (Find(id) != nullptr) Release(id);
}

bool EventQueue::IsSoon() const {
  if (taken_ == soon_.size()) return false;
  return heap_.empty() || IsLater()(heap_.front(), soon_[taken_]);
}

EventQueue::Entry EventQueue::TakeNext() {
  Entry next;
  if (IsSoon()) {
    next = soon_[taken_++];
    if (taken_ < soon_.size()) return next;
    soon_.clear();
    taken_ = 0;
    return next;
  }
  next = heap_.front();
  std::pop_heap(heap_.begin(), heap_.end(), IsLater());
  heap_.pop_back();
  return next;
}

void EventQueue::Prune() {
  while (!empty() && Find(next().id) == nullptr) TakeNext();
}

bool EventQueue::RunNext() {
  Prune();
  if (empty()) return false;
  const Entry next = TakeNext();
  now_ = next.time;
  ++run_;
  const std::function<void()> event = std::move(Find(next.id)->event);
  Release(next.id);
  event();
  return true;
}

void EventQueue::RunUntil(Duration time) {
  for (Prune(); !empty() && next().time <= time; Prune()) RunNext();
  now_ = std::max(now_, time);
}

Chance::Chance(uint64_t seed) : seed_(seed), state_(seed) {}

Chance Chance::Fork(absl::string_view name) const { return Fork(name, 0); }

Chance Chance::Fork(absl::string_view name, uint64_t number) const {
  return Chance(SipHash64(HashKey{seed_, number}, name));
}

uint64_t Chance::Bits() { return Mix(&state_); }

// The bias is below one in 2^32 for every n that is drawn from here.
uint64_t Chance::Below(uint64_t n) {
  US_CHECK(n > 0);
  return static_cast<uint64_t>((static_cast<unsigned __int128>(Bits()) * n) >> 64);
}

int64_t Chance::Between(int64_t low, int64_t high) {
  return low + static_cast<int64_t>(Below(static_cast<uint64_t>(high - low) + 1));
}

Duration Chance::Between(Duration low, Duration high) {
  return Duration::Nanoseconds(Between(low.nanoseconds(), high.nanoseconds()));
}

Duration Chance::Skewed(Duration low, Duration high) {
  const uint64_t u = Below(1 << 16);
  const auto cube = static_cast<int64_t>((u * u >> 16) * u >> 16);
  const int64_t span = (high - low).nanoseconds();
  return low + Duration::Nanoseconds(span / (1 << 16) * cube);
}

}  // namespace understudy::sim
