#include "daemon/http/tls_context.h"

#include <openssl/ssl.h>

#include <boost/asio/ssl/context.hpp>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"

namespace understudy::http {

namespace ssl = boost::asio::ssl;
using boost::system::error_code;

namespace {

absl::Status FileError(absl::string_view what, const std::string& path, const error_code& error) {
  return absl::FailedPreconditionError(absl::StrCat("cannot use the ", what, " in ", path, ": ", error.message()));
}

absl::Status UseOwn(const TlsFiles& files, TlsContext* context) {
  error_code error;
  context->use_certificate_chain_file(files.certificate, error);
  if (error) return FileError("certificate", files.certificate, error);
  context->use_private_key_file(files.key, ssl::context::pem, error);
  if (error) return FileError("private key", files.key, error);
  if (SSL_CTX_check_private_key(context->native_handle()) != 1) {
    return absl::FailedPreconditionError(
        absl::StrCat("the private key in ", files.key, " is not the one of the certificate in ", files.certificate));
  }
  return absl::OkStatus();
}

absl::Status UseCa(const TlsFiles& files, TlsContext* context) {
  error_code error;
  if (files.ca.empty()) {
    context->set_default_verify_paths(error);
  } else {
    context->load_verify_file(files.ca, error);
  }
  return error ? FileError("CA", files.ca.empty() ? "the system's store" : files.ca, error) : absl::OkStatus();
}

std::shared_ptr<TlsContext> NewContext(ssl::context::method method) {
  auto context = std::make_shared<TlsContext>(method);
  SSL_CTX_set_min_proto_version(context->native_handle(), TLS1_2_VERSION);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION);
  return context;
}

}  // namespace

absl::StatusOr<std::shared_ptr<TlsContext>> ServerTls(const TlsFiles& files) {
  if (files.certificate.empty() || files.key.empty()) {
    return absl::InvalidArgumentError("a TLS server needs a certificate and its private key");
  }
  std::shared_ptr<TlsContext> context = NewContext(ssl::context::tls_server);
  if (absl::Status used = UseOwn(files, context.get()); !used.ok()) return used;
  SSL_CTX_set_session_cache_mode(context->native_handle(), SSL_SESS_CACHE_OFF);
  SSL_CTX_set_options(context->native_handle(), SSL_OP_NO_TICKET);
  if (files.ca.empty()) return context;
  if (absl::Status used = UseCa(files, context.get()); !used.ok()) return used;
  SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  return context;
}

absl::StatusOr<std::shared_ptr<TlsContext>> ClientTls(const TlsFiles& files) {
  if (files.certificate.empty() != files.key.empty()) {
    return absl::InvalidArgumentError("a TLS client has both a certificate and its private key, or neither");
  }
  std::shared_ptr<TlsContext> context = NewContext(ssl::context::tls_client);
  if (absl::Status used = UseCa(files, context.get()); !used.ok()) return used;
  SSL_CTX_set_verify(context->native_handle(), SSL_VERIFY_PEER, nullptr);
  if (files.certificate.empty()) return context;
  if (absl::Status used = UseOwn(files, context.get()); !used.ok()) return used;
  return context;
}

}  // namespace understudy::http
