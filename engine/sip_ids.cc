#include "engine/sip_ids.h"

#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace understudy::engine {
namespace {

constexpr absl::string_view kCookie = "z9hG4bK";
constexpr absl::string_view kReferMark = "r";
constexpr absl::string_view kSubscriptionMark = "s";
constexpr size_t kMacDigits = 16;

// Lower-case hexadecimal without leading zeros, as absl::Hex writes it.
bool ReadHex(absl::string_view digits, uint64_t* value) {
  if (digits.empty() || digits.size() > kMacDigits) return false;
  *value = 0;
  for (char c : digits) {
    uint64_t digit = 0;
    if (c >= '0' && c <= '9') {
      digit = static_cast<uint64_t>(c - '0');
    } else if (c >= 'a' && c <= 'f') {
      digit = static_cast<uint64_t>(c - 'a') + 10;
    } else {
      return false;
    }
    *value = *value << 4 | digit;
  }
  return true;
}

// Takes the text up to the next '.' off `*rest`.
absl::string_view TakeField(absl::string_view* rest) {
  const size_t dot = rest->find('.');
  if (dot == absl::string_view::npos) return {};
  absl::string_view field = rest->substr(0, dot);
  rest->remove_prefix(dot + 1);
  return field;
}

}  // namespace

std::string MakeBranch(TransactionId id, uint64_t mac) {
  return absl::StrCat(kCookie, absl::Hex(id.value()), ".", absl::Hex(mac, absl::kZeroPad16));
}

std::string MakeTag(LegId leg, uint64_t mac) {
  return absl::StrCat(absl::Hex(leg.value()), ".", absl::Hex(mac, absl::kZeroPad16));
}

std::string MakeReferToken(ReferId refer, uint64_t mac) {
  return absl::StrCat(kReferMark, absl::Hex(refer.value()), ".", absl::Hex(mac, absl::kZeroPad16));
}

std::string MakeSubscriptionTag(SubscriptionId subscription, uint64_t mac) {
  return absl::StrCat(kSubscriptionMark, absl::Hex(subscription.value()), ".", absl::Hex(mac, absl::kZeroPad16));
}

absl::optional<BranchId> ParseBranch(absl::string_view branch) {
  uint64_t id = 0;
  uint64_t mac = 0;
  if (!absl::ConsumePrefix(&branch, kCookie)) return absl::nullopt;
  if (!ReadHex(TakeField(&branch), &id) || branch.size() != kMacDigits || !ReadHex(branch, &mac)) return absl::nullopt;
  return BranchId{TransactionId(id), mac};
}

absl::optional<TagId> ParseTag(absl::string_view tag) {
  uint64_t leg = 0;
  uint64_t mac = 0;
  if (!ReadHex(TakeField(&tag), &leg) || tag.size() != kMacDigits || !ReadHex(tag, &mac)) return absl::nullopt;
  return TagId{LegId(leg), mac};
}

absl::optional<ReferId> ParseReferToken(absl::string_view token) {
  if (!absl::ConsumePrefix(&token, kReferMark)) return absl::nullopt;
  const absl::optional<TagId> tag = ParseTag(token);
  return tag ? absl::optional<ReferId>(ReferId(tag->leg.value())) : absl::nullopt;
}

absl::optional<SubscriptionId> ParseSubscriptionTag(absl::string_view tag) {
  if (!absl::ConsumePrefix(&tag, kSubscriptionMark)) return absl::nullopt;
  const absl::optional<TagId> rest = ParseTag(tag);
  return rest ? absl::optional<SubscriptionId>(SubscriptionId(rest->leg.value())) : absl::nullopt;
}

}  // namespace understudy::engine
