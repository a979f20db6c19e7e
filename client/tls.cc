#include "client/tls.h"

#include <openssl/ssl.h>

#include <memory>

#include "absl/strings/str_cat.h"

namespace understudy::client {

namespace ssl = boost::asio::ssl;

namespace {

absl::Status FileError(absl::string_view what, const std::string& path, const boost::system::error_code& error) {
  return absl::InvalidArgumentError(
      absl::StrCat("TLS: the ", what, " \"", path, "\" cannot be used: ", error.message()));
}

absl::Status Fill(const TlsOptions& options, ssl::context* context) {
  boost::system::error_code error;
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_3_VERSION);
  context->set_verify_mode(ssl::verify_peer, error);
  if (options.ca.empty()) {
    context->set_default_verify_paths(error);
    if (error) return FileError("machine's CA store", "", error);
  } else {
    context->load_verify_file(options.ca, error);
    if (error) return FileError("CA file", options.ca, error);
  }
  if (options.certificate.empty() && options.key.empty()) return absl::OkStatus();
  context->use_certificate_chain_file(options.certificate, error);
  if (error) return FileError("certificate", options.certificate, error);
  context->use_private_key_file(options.key, ssl::context::pem, error);
  if (error) return FileError("key", options.key, error);
  return absl::OkStatus();
}

}  // namespace

absl::StatusOr<LinkTls> LoadTls(const TlsOptions& options) {
  LinkTls tls;
  tls.context = std::make_shared<ssl::context>(ssl::context::tls_client);
  tls.server_name = options.server_name;
  if (absl::Status filled = Fill(options, tls.context.get()); !filled.ok()) return filled;
  return tls;
}

}  // namespace understudy::client
