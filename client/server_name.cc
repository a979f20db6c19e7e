#include "client/server_name.h"

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace understudy::client {

absl::StatusOr<ServerName> ParseServerName(absl::string_view text) {
  const absl::Status wrong =
      absl::InvalidArgumentError(absl::StrCat("found '", text, "' as a server; allowed: host:port, or [address]:port"));
  const size_t colon = text.rfind(':');
  if (colon == absl::string_view::npos) return wrong;
  absl::string_view host = text.substr(0, colon);
  const absl::string_view port = text.substr(colon + 1);
  const bool is_bracketed = absl::ConsumePrefix(&host, "[") && absl::ConsumeSuffix(&host, "]");
  if (host.empty() || (!is_bracketed && absl::StrContains(host, ":")) || absl::StrContains(host, "[")) return wrong;
  uint32_t number = 0;
  if (!absl::SimpleAtoi(port, &number) || number < 1 || number > 65535) return wrong;
  return ServerName{std::string(host), absl::StrCat(number)};
}

}  // namespace understudy::client
