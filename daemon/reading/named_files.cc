#include "daemon/reading/named_files.h"

#include <algorithm>
#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "daemon/config/diagnostics.h"
#include "daemon/config/peer_config.h"
#include "daemon/tls/file_fault.h"
#include "daemon/tls/tls_context.h"

namespace understudy::daemon {
namespace {

struct Keys {
  absl::string_view ca;
  absl::string_view certificate;
  absl::string_view key;
};

constexpr Keys kSip = {"node/sip-tls-ca", "node/sip-tls-cert", "node/sip-tls-key"};
constexpr Keys kTlib = {"node/tlib-tls-ca", "node/tlib-tls-certificate", "node/tlib-tls-key"};
constexpr Keys kPeer = {"node.peer.tls/ca", "node.peer.tls/certificate", "node.peer.tls/key"};
constexpr Keys kWitness = {"node.witness.tls/ca", "node.witness.tls/certificate", "node.witness.tls/key"};

class Faults {
 public:
  explicit Faults(const OptionPlaces* places) : places_(places) {}

  void Look(const Keys& keys, const TlsFiles& files) {
    const size_t before = lines_.size();
    if (!files.ca.empty()) Note(keys.ca, files.ca, tls::CertificateFault(files.ca), "certificates in PEM");
    if (files.certificate.empty() || files.key.empty()) return;
    Note(keys.certificate, files.certificate, tls::CertificateFault(files.certificate),
         "a certificate in PEM, with its chain");
    Note(keys.key, files.key, tls::KeyFault(files.key, files.certificate),
         "the certificate's private key in PEM without a passphrase");
    if (lines_.size() == before) Load(keys, files);
  }

  absl::Status ToStatus() const {
    return lines_.empty() ? absl::OkStatus() : absl::InvalidArgumentError(absl::StrJoin(lines_, "\n"));
  }

 private:
  // What OpenSSL refuses of files that are what they should be, as a weak key.
  void Load(const Keys& keys, const TlsFiles& files) {
    tls::TlsFiles wanted;
    wanted.certificate = files.certificate;
    wanted.key = files.key;
    const absl::Status loaded = tls::TlsContext::LoadClient(wanted).status();
    Note(keys.certificate, files.certificate, std::string(loaded.message()), "a certificate that OpenSSL takes");
  }

  void Note(absl::string_view key, const std::string& path, const std::string& fault, absl::string_view allowed) {
    if (fault.empty()) return;
    lines_.push_back(absl::StrCat(places_->TextOf(key), ": ", key, ": found ", Quoted(path), ", ", fault,
                                  "; allowed: a file with ", allowed));
  }

  const OptionPlaces* const places_;
  std::vector<std::string> lines_;
};

bool IsUsed(const TlibConfig& tlib) {
  return tlib.tls && (tlib.listen.port() != 0 || tlib.websocket.port() != 0);
}

bool AsksOverTls(const WitnessConfig& witness) {
  return std::any_of(witness.endpoints.begin(), witness.endpoints.end(), [](const HttpUrl& url) { return url.tls; });
}

}  // namespace

absl::Status CheckNamedFiles(const Config& config) {
  Faults faults(&config.places);
  const NodeConfig& node = config.node;
  if (node.sip_tls) faults.Look(kSip, node.sip_tls->files);
  if (IsUsed(node.tlib)) faults.Look(kTlib, *node.tlib.tls);
  if (node.peer && node.peer->tls) faults.Look(kPeer, *node.peer->tls);
  if (node.witness && AsksOverTls(*node.witness)) faults.Look(kWitness, node.witness->tls);
  return faults.ToStatus();
}

}  // namespace understudy::daemon
