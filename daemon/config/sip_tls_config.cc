#include "daemon/config/sip_tls_config.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::daemon {
namespace {

void RequireFile(const NodeSection& node, absl::string_view name, absl::string_view beside, const std::string& path,
                 Diagnostics& diagnostics) {
  if (!path.empty()) return;
  diagnostics.Error(node.place(), absl::StrCat("node/", name, " is missing; allowed beside ", beside, ": a path"));
}

std::string YesNo(bool value) {
  return value ? "true" : "false";
}

}  // namespace

absl::optional<SipTlsConfig> ReadSipTls(const NodeSection& node, Diagnostics& diagnostics) {
  SipTlsConfig tls;
  tls.files = {node.Text("sip-tls-ca"), node.Text("sip-tls-cert"), node.Text("sip-tls-key")};
  tls.mutual = node.Text("sip-tls-mutual") == "true";
  tls.checks_name = node.Text("sip-tls-target-name-check") == "true";
  tls.only_1_3 = node.Text("sip-tls-version") == "1.3";
  if (tls.files.empty() && !tls.mutual) return absl::nullopt;
  RequireFile(node, "sip-tls-cert", "another sip-tls option", tls.files.certificate, diagnostics);
  RequireFile(node, "sip-tls-key", "another sip-tls option", tls.files.key, diagnostics);
  if (tls.mutual) RequireFile(node, "sip-tls-ca", "sip-tls-mutual", tls.files.ca, diagnostics);
  return tls;
}

Settings SipTlsSettings(const absl::optional<SipTlsConfig>& given) {
  const SipTlsConfig tls = given.value_or(SipTlsConfig());
  return {
      {"node/sip-tls-ca", tls.files.ca},
      {"node/sip-tls-cert", tls.files.certificate},
      {"node/sip-tls-key", tls.files.key},
      {"node/sip-tls-mutual", YesNo(tls.mutual)},
      {"node/sip-tls-target-name-check", YesNo(tls.checks_name)},
      {"node/sip-tls-version", tls.only_1_3 ? "1.3" : "1.2"},
  };
}

}  // namespace understudy::daemon
