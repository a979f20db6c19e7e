#include "daemon/tls/tls_context.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509_vfy.h>
#include <string.h>

#include "absl/functional/function_ref.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "daemon/tls/file_fault.h"

namespace understudy::tls {
namespace {

// A program without a terminal must not ask for a passphrase.
int NoPassphrase(char*, int, int, void*) {
  return 0;
}

// `find_fault` drops what OpenSSL has said.
absl::Status FileError(absl::string_view what, const std::string& path, absl::FunctionRef<std::string()> find_fault) {
  const std::string said = TakeOpensslErrors();
  const std::string fault = find_fault();
  const std::string& reason = fault.empty() ? said : fault;
  return absl::FailedPreconditionError(absl::StrCat("TLS: the ", what, " \"", path, "\" cannot be used: ", reason));
}

}  // namespace

std::string TakeOpensslErrors() {
  std::string text;
  while (const unsigned long error = ERR_get_error()) {
    const char* reason =
        ERR_GET_LIB(error) == ERR_LIB_SYS ? strerror(ERR_GET_REASON(error)) : ERR_reason_error_string(error);
    if (reason == nullptr) continue;
    if (text.find(reason) == std::string::npos) absl::StrAppend(&text, text.empty() ? "" : "; ", reason);
  }
  return text.empty() ? "no reason given" : text;
}

absl::StatusOr<std::shared_ptr<TlsContext>> TlsContext::Make() {
  ERR_clear_error();
  std::shared_ptr<TlsContext> context(new TlsContext(SSL_CTX_new(TLS_method())));
  if (context->get() == nullptr) return absl::InternalError(absl::StrCat("TLS: ", TakeOpensslErrors()));
  return context;
}

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::Load(const TlsFiles& files) {
  absl::StatusOr<std::shared_ptr<TlsContext>> context = Make();
  if (!context.ok()) return context.status();
  if (absl::Status filled = (*context)->Fill(files); !filled.ok()) return filled;
  return *std::move(context);
}

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::LoadServer(const TlsFiles& files) {
  absl::StatusOr<std::shared_ptr<TlsContext>> context = Make();
  if (!context.ok()) return context.status();
  if (absl::Status filled = (*context)->FillOwn(files); !filled.ok()) return filled;
  SSL_CTX_set_mode((*context)->get(), SSL_MODE_RELEASE_BUFFERS);  // of thousands of links, most are idle
  if (files.ca.empty()) return *std::move(context);
  if (absl::Status filled = (*context)->FillCa(files); !filled.ok()) return filled;
  return *std::move(context);
}

absl::StatusOr<std::shared_ptr<const TlsContext>> TlsContext::LoadClient(const TlsFiles& files) {
  absl::StatusOr<std::shared_ptr<TlsContext>> context = Make();
  if (!context.ok()) return context.status();
  if (absl::Status filled = (*context)->FillOwn(files); !filled.ok()) return filled;
  SSL_CTX_set_mode((*context)->get(), SSL_MODE_RELEASE_BUFFERS);
  if (files.ca.empty()) return *std::move(context);
  if (absl::Status filled = (*context)->FillCa(files); !filled.ok()) return filled;
  return *std::move(context);
}

TlsContext::~TlsContext() {
  SSL_CTX_free(context_);
}

absl::Status TlsContext::FillOwn(const TlsFiles& files) {
  SSL_CTX_set_min_proto_version(context_, files.lowest == TlsVersion::k1_2 ? TLS1_2_VERSION : TLS1_3_VERSION);
  SSL_CTX_set_options(context_, SSL_OP_NO_RENEGOTIATION | SSL_OP_NO_COMPRESSION | SSL_OP_NO_TICKET);
  SSL_CTX_set_session_cache_mode(context_, SSL_SESS_CACHE_OFF);
  SSL_CTX_set_num_tickets(context_, 0);
  SSL_CTX_set_mode(context_, SSL_MODE_ENABLE_PARTIAL_WRITE | SSL_MODE_ACCEPT_MOVING_WRITE_BUFFER);
  SSL_CTX_set_default_passwd_cb(context_, NoPassphrase);
  if (SSL_CTX_use_certificate_chain_file(context_, files.certificate.c_str()) != 1) {
    return FileError("certificate", files.certificate, [&] { return CertificateFault(files.certificate); });
  }
  const bool fits = SSL_CTX_use_PrivateKey_file(context_, files.key.c_str(), SSL_FILETYPE_PEM) == 1 &&
                    SSL_CTX_check_private_key(context_) == 1;
  if (fits) return absl::OkStatus();
  return FileError("key", files.key, [&] { return KeyFault(files.key, files.certificate); });
}

absl::Status TlsContext::FillCa(const TlsFiles& files) {
  SSL_CTX_set_verify(context_, SSL_VERIFY_PEER | SSL_VERIFY_FAIL_IF_NO_PEER_CERT, nullptr);
  if (SSL_CTX_load_verify_file(context_, files.ca.c_str()) == 1) return absl::OkStatus();
  return FileError("CA file", files.ca, [&] { return CertificateFault(files.ca); });
}

absl::Status TlsContext::Fill(const TlsFiles& files) {
  if (absl::Status filled = FillOwn(files); !filled.ok()) return filled;
  if (absl::Status filled = FillCa(files); !filled.ok()) return filled;
  if (files.peer_name.empty()) return absl::OkStatus();
  X509_VERIFY_PARAM* const wanted = SSL_CTX_get0_param(context_);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, files.peer_name.c_str()) == 1) return absl::OkStatus();
  ERR_clear_error();
  if (X509_VERIFY_PARAM_set1_host(wanted, files.peer_name.c_str(), 0) == 1) return absl::OkStatus();
  return absl::InvalidArgumentError(absl::StrCat("TLS: \"", files.peer_name, "\" cannot be a certificate's name"));
}

}  // namespace understudy::tls
