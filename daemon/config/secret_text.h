// A password that must be kept as it is because a server wants to hear it. Overwritten when it goes; prints nothing.
//
//   SecretText password("...");
//   request = absl::StrCat("...", password.view());   // whose copy is the caller's to overwrite
#ifndef UNDERSTUDY_DAEMON_CONFIG_SECRET_TEXT_H_
#define UNDERSTUDY_DAEMON_CONFIG_SECRET_TEXT_H_

#include <utility>
#include <vector>

#include "absl/strings/string_view.h"

namespace understudy::daemon {

class SecretText {
 public:
  SecretText() = default;
  explicit SecretText(absl::string_view text) : bytes_(text.begin(), text.end()) {}
  SecretText(const SecretText&) = default;
  SecretText(SecretText&& other) noexcept : bytes_(std::exchange(other.bytes_, {})) {}
  SecretText& operator=(SecretText other) noexcept {
    bytes_.swap(other.bytes_);
    return *this;
  }
  ~SecretText();

  bool empty() const { return bytes_.empty(); }
  // Valid as long as this value.
  absl::string_view view() const { return absl::string_view(bytes_.data(), bytes_.size()); }

  friend bool operator==(const SecretText&, const SecretText&) = default;

 private:
  std::vector<char> bytes_;
};

}  // namespace understudy::daemon

#endif  // UNDERSTUDY_DAEMON_CONFIG_SECRET_TEXT_H_
