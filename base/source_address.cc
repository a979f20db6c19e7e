#include "base/source_address.h"

#include <string>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/ascii.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"
#include "absl/types/optional.h"

namespace understudy {
namespace {

constexpr int kAllBits = 128;
constexpr int kMappedBits = 96;

bool Bit(const Endpoint& address, int index) {
  return (address.ip()[static_cast<size_t>(index / 8)] >> (7 - index % 8) & 1) != 0;
}

absl::Status Wrong(absl::string_view element, absl::string_view why, absl::string_view allowed) {
  return absl::InvalidArgumentError(absl::StrCat("\"", element, "\": ", why, "; allowed: ", allowed));
}

absl::StatusOr<SourceAddress> ParseElement(absl::string_view element) {
  constexpr absl::string_view kForm = "NETWORK/BITS ADDRESS, such as 10.20.0.0/16 10.20.0.5";
  const std::vector<absl::string_view> words = absl::StrSplit(element, ' ', absl::SkipEmpty());
  if (words.size() != 2) return Wrong(element, absl::StrCat(words.size(), " words"), kForm);
  const std::pair<absl::string_view, absl::string_view> network = absl::StrSplit(words[0], absl::MaxSplits('/', 1));
  const absl::optional<Endpoint> first = Endpoint::Parse(network.first, uint16_t{0});
  const absl::optional<Endpoint> address = Endpoint::Parse(words[1], uint16_t{0});
  if (!first || !address) return Wrong(element, "no address", kForm);
  SourceAddress out{*first, 0, *address};
  const int most = first->is_v4() ? kAllBits - kMappedBits : kAllBits;
  if (!absl::SimpleAtoi(network.second, &out.bits) || out.bits < 1 || out.bits > most) {
    return Wrong(element, "no length of a network's prefix", absl::StrCat("1 to ", most, " after the slash"));
  }
  out.bits += first->is_v4() ? kMappedBits : 0;
  for (int i = out.bits; i < kAllBits; ++i) {
    if (Bit(*first, i)) return Wrong(element, "bits beyond the prefix are set", "the network's first address");
  }
  if (!out.Covers(*address)) return Wrong(element, "the address is not in the network", "one that is");
  return out;
}

}  // namespace

bool SourceAddress::Covers(const Endpoint& host) const {
  if (host.is_v4() != network.is_v4()) return false;
  for (int i = 0; i < bits; ++i) {
    if (Bit(host, i) != Bit(network, i)) return false;
  }
  return true;
}

absl::StatusOr<std::vector<SourceAddress>> ParseSourceAddresses(absl::string_view text) {
  std::vector<SourceAddress> out;
  if (absl::StripAsciiWhitespace(text).empty()) return out;
  for (absl::string_view element : absl::StrSplit(text, ',')) {
    element = absl::StripAsciiWhitespace(element);
    absl::StatusOr<SourceAddress> parsed = ParseElement(element);
    if (!parsed.ok()) return parsed.status();
    for (const SourceAddress& other : out) {
      if (other.network == parsed->network && other.bits == parsed->bits) {
        return Wrong(element, "the network stands there twice", "each once");
      }
    }
    out.push_back(*std::move(parsed));
  }
  if (out.size() <= kMostSourceAddresses) return out;
  return absl::InvalidArgumentError(absl::StrCat(out.size(), " networks; allowed: up to ", kMostSourceAddresses));
}

const SourceAddress* FindSourceAddress(const std::vector<SourceAddress>& all, const Endpoint& host) {
  const SourceAddress* found = nullptr;
  for (const SourceAddress& one : all) {
    if ((found == nullptr || one.bits > found->bits) && one.Covers(host)) found = &one;
  }
  return found;
}

}  // namespace understudy
