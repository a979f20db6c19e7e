// A number that is an identity: distinct from every other kind of number.
//
//   struct CallIdTag { static constexpr char kName[] = "call"; };
//   using CallId = StrongId<CallIdTag>;
//
// Values copy, compare, order and hash. The default value 0 means "none". There is no arithmetic: who hands
// out ids says so in a statement of its own.
#ifndef UNDERSTUDY_BASE_STRONG_ID_H_
#define UNDERSTUDY_BASE_STRONG_ID_H_

#include <compare>
#include <cstdint>
#include <utility>

namespace understudy {

template <class Tag>
class StrongId {
 public:
  constexpr StrongId() = default;
  constexpr explicit StrongId(uint64_t value) : value_(value) {}

  constexpr uint64_t value() const { return value_; }
  constexpr bool empty() const { return value_ == 0; }
  constexpr explicit operator bool() const { return value_ != 0; }

  constexpr StrongId Next() const { return StrongId(value_ + 1); }
  constexpr StrongId Previous() const { return StrongId(value_ - 1); }

  friend constexpr auto operator<=>(StrongId, StrongId) = default;

  template <class H>
  friend H AbslHashValue(H h, StrongId id) {
    return H::combine(std::move(h), id.value_);
  }

 private:
  uint64_t value_ = 0;
};

}  // namespace understudy

#endif  // UNDERSTUDY_BASE_STRONG_ID_H_
