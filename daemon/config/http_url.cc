#include "daemon/config/http_url.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"
#include "base/endpoint.h"
#include "daemon/config/host_name.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kHttp = "http://";
constexpr absl::string_view kHttps = "https://";
constexpr size_t kLongest = 300;

bool IsPlainNumber(absl::string_view text) {
  return !text.empty() && text.size() <= 5 && text[0] != '0' &&
         text.find_first_not_of("0123456789") == absl::string_view::npos;
}

}  // namespace

std::string HttpUrl::ToText() const {
  bool bare_v6 = absl::StrContains(host, ':');
  return absl::StrCat(tls ? kHttps : kHttp, bare_v6 ? "[" : "", host, bare_v6 ? "]" : "", ":", port);
}

absl::optional<HttpUrl> ParseHttpUrl(absl::string_view text) {
  HttpUrl url;
  if (text.size() > kLongest) return absl::nullopt;
  url.tls = absl::ConsumePrefix(&text, kHttps);
  if (!url.tls && !absl::ConsumePrefix(&text, kHttp)) return absl::nullopt;
  absl::ConsumeSuffix(&text, "/");
  size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos || !IsPlainNumber(text.substr(colon + 1))) return absl::nullopt;
  int port = 0;
  if (!absl::SimpleAtoi(text.substr(colon + 1), &port) || port > 65535) return absl::nullopt;
  url.port = static_cast<uint16_t>(port);
  absl::string_view host = text.substr(0, colon);
  absl::optional<Endpoint> address = Endpoint::Parse(host, uint16_t{0});
  bool is_v6 = absl::StrContains(host, ':');
  bool in_brackets = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  if (is_v6 != in_brackets) return absl::nullopt;
  if (address ? address->is_any() : !IsHostName(host)) return absl::nullopt;
  url.host = std::string(host);
  return url;
}

}  // namespace understudy::daemon
