// A value on the heap that behaves like the value: copies deeply, compares by content, and does not move when the
// container around it does.
#ifndef UNDERSTUDY_ENGINE_BOX_H_
#define UNDERSTUDY_ENGINE_BOX_H_

#include <memory>
#include <utility>

namespace understudy::engine {

template <class T>
class Box {
 public:
  Box() : value_(std::make_unique<T>()) {}
  explicit Box(T value) : value_(std::make_unique<T>(std::move(value))) {}
  Box(const Box& other) : value_(std::make_unique<T>(*other.value_)) {}
  Box(Box&&) noexcept = default;
  Box& operator=(Box other) noexcept {
    std::swap(value_, other.value_);
    return *this;
  }

  T& operator*() { return *value_; }
  const T& operator*() const { return *value_; }
  T* operator->() { return value_.get(); }
  const T* operator->() const { return value_.get(); }

  // A row is what is in it.
  template <class Archive>
  void Fields(Archive& a) {
    value_->Fields(a);
  }
  friend bool operator==(const Box& a, const Box& b) { return *a == *b; }

 private:
  std::unique_ptr<T> value_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_BOX_H_
