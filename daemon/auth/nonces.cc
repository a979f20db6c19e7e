#include "daemon/auth/nonces.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"

namespace understudy::auth {
namespace {

constexpr size_t kSecondDigits = 8;
constexpr size_t kHashDigits = 16;

// What a hash is of: no salt is a MAC.
constexpr uint64_t kSalt = 1;
constexpr uint64_t kMac = 2;

uint64_t SecondOf(Duration now) {
  return static_cast<uint64_t>(now.seconds()) & 0xFFFFFFFF;
}

void AddHost(const Endpoint& remote, SipHasher* hasher) {
  hasher->Update(absl::string_view(reinterpret_cast<const char*>(remote.ip().data()), remote.ip().size()));
}

// Lower case alone: one nonce has one spelling.
bool ReadHex(absl::string_view text, uint64_t* value) {
  return text.find_first_not_of("0123456789abcdef") == absl::string_view::npos && absl::SimpleHexAtoi(text, value);
}

}  // namespace

uint64_t Nonces::MacOf(const Mark& mark, const Endpoint& remote) const {
  SipHasher hasher(key_);
  hasher.AddU64(kMac);
  hasher.AddU64(mark.second);
  hasher.AddU64(mark.salt);
  AddHost(remote, &hasher);
  return hasher.Finish();
}

std::string Nonces::Make(const Endpoint& remote, absl::string_view call_id, absl::string_view from_tag,
                         Duration now) const {
  SipHasher salt(key_);
  salt.AddU64(kSalt);
  AddHost(remote, &salt);
  for (absl::string_view part : {call_id, from_tag}) {
    salt.AddU64(part.size());
    salt.Update(part);
  }
  const Mark mark{SecondOf(now), salt.Finish()};
  return absl::StrCat(absl::Hex(mark.second, absl::kZeroPad8), absl::Hex(mark.salt, absl::kZeroPad16),
                      absl::Hex(MacOf(mark, remote), absl::kZeroPad16));
}

absl::optional<Nonces::Mark> Nonces::Read(absl::string_view nonce, const Endpoint& remote, Duration now) const {
  Mark mark;
  uint64_t mac = 0;
  if (nonce.size() != kSecondDigits + 2 * kHashDigits) return absl::nullopt;
  if (!ReadHex(nonce.substr(0, kSecondDigits), &mark.second)) return absl::nullopt;
  if (!ReadHex(nonce.substr(kSecondDigits, kHashDigits), &mark.salt)) return absl::nullopt;
  if (!ReadHex(nonce.substr(kSecondDigits + kHashDigits), &mac)) return absl::nullopt;
  if (mac != MacOf(mark, remote) || mark.second < OldestSecond(now)) return absl::nullopt;
  return mark;
}

uint64_t Nonces::OldestSecond(Duration now) const {
  const uint64_t second = SecondOf(now);
  const uint64_t lifetime = static_cast<uint64_t>(lifetime_.seconds());
  return second > lifetime ? second - lifetime : 0;
}

}  // namespace understudy::auth
