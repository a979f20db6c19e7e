#include "daemon/tls/tls_session.h"

#include <openssl/bio.h>
#include <openssl/err.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <openssl/x509v3.h>

#include <algorithm>
#include <utility>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace understudy::tls {
namespace {

constexpr size_t kRecordBytes = 16 << 10;
constexpr size_t kMostName = 200;
// A handshake is some ten messages. Later ones are for keys that have been used for long: one each for so much clear
// text.
constexpr uint64_t kMostTalk = 64;
constexpr uint64_t kClearTextPerTalk = 256;
// A handshake's certificates fit.
constexpr size_t kMostUnread = 128 << 10;

std::string SubjectOf(const X509* certificate) {
  BIO* text = BIO_new(BIO_s_mem());
  US_CHECK(text != nullptr);
  X509_NAME_print_ex(text, X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253 & ~ASN1_STRFLGS_ESC_MSB);
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(text, &bytes);
  std::string subject(bytes, static_cast<size_t>(std::max(size, 0L)));
  BIO_free(text);
  return subject;
}

std::string FirstDnsName(const X509* certificate) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  std::string first;
  for (int i = 0; first.empty() && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_DNS) continue;
    const ASN1_STRING* text = name->d.dNSName;
    first.assign(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)), static_cast<size_t>(text->length));
  }
  GENERAL_NAMES_free(names);
  return first;
}

// RFC 5922 7.1: a URI with a user names no domain.
bool HasSipUri(const X509* certificate, const std::string& domain) {
  auto* names = static_cast<GENERAL_NAMES*>(X509_get_ext_d2i(certificate, NID_subject_alt_name, nullptr, nullptr));
  bool found = false;
  for (int i = 0; !found && i < sk_GENERAL_NAME_num(names); ++i) {
    const GENERAL_NAME* name = sk_GENERAL_NAME_value(names, i);
    if (name->type != GEN_URI) continue;
    const ASN1_STRING* text = name->d.uniformResourceIdentifier;
    const absl::string_view uri(reinterpret_cast<const char*>(ASN1_STRING_get0_data(text)),
                                static_cast<size_t>(text->length));
    found = absl::EqualsIgnoreCase(uri, absl::StrCat("sip:", domain));
  }
  GENERAL_NAMES_free(names);
  return found;
}

// A stranger wrote it, and it goes into logs.
std::string NameOf(const X509* certificate) {
  std::string name = SubjectOf(certificate);
  if (name.empty()) name = FirstDnsName(certificate);
  if (name.size() > kMostName) name.resize(kMostName);
  for (char& c : name) {
    if (!absl::ascii_isprint(static_cast<unsigned char>(c))) c = '?';
  }
  return name;
}

}  // namespace

TlsSession::TlsSession(std::shared_ptr<const TlsContext> context, Side side, const std::string& peer_name)
    : context_(std::move(context)),
      ssl_(SSL_new(context_->get())),
      in_(BIO_new(BIO_s_mem())),
      out_(BIO_new(BIO_s_mem())) {
  US_CHECK(ssl_ != nullptr);
  US_CHECK(in_ != nullptr);
  US_CHECK(out_ != nullptr);
  BIO_set_mem_eof_return(in_, -1);
  SSL_set_bio(ssl_, in_, out_);
  SSL_set_app_data(ssl_, this);
  SSL_set_msg_callback(ssl_, Talked);
  SSL_set_msg_callback_arg(ssl_, this);
  SSL_set_verify(ssl_, SSL_get_verify_mode(ssl_), Verified);
  if (side == Side::kAccepts) {
    SSL_set_accept_state(ssl_);
  } else {
    SSL_set_connect_state(ssl_);
  }
  if (!peer_name.empty()) RequireName(peer_name);
}

// What is neither an address nor a name that can be in a certificate is in none.
void TlsSession::RequireName(const std::string& name) {
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_);
  if (X509_VERIFY_PARAM_set1_ip_asc(wanted, name.c_str()) == 1) return;
  ERR_clear_error();
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_PARTIAL_WILDCARDS);
  US_CHECK_EQ(X509_VERIFY_PARAM_set1_host(wanted, name.c_str(), name.size()), 1);
}

void TlsSession::AskFor(const std::string& domain, bool checks) {
  US_CHECK_EQ(SSL_set_tlsext_host_name(ssl_, domain.c_str()), 1);
  if (!checks) return;
  domain_ = domain;
  X509_VERIFY_PARAM* const wanted = SSL_get0_param(ssl_);
  X509_VERIFY_PARAM_set_hostflags(wanted, X509_CHECK_FLAG_NO_WILDCARDS);
  US_CHECK_EQ(X509_VERIFY_PARAM_set1_host(wanted, domain.c_str(), domain.size()), 1);
}

// OpenSSL has found no DNS name that is the domain.
bool TlsSession::IsOfDomain(x509_store_ctx_st* verification) const {
  return !domain_.empty() && X509_STORE_CTX_get_error(verification) == X509_V_ERR_HOSTNAME_MISMATCH &&
         HasSipUri(X509_STORE_CTX_get0_cert(verification), domain_);
}

bool TlsSession::established() const {
  return SSL_is_init_finished(ssl_) == 1;
}

TlsSession::~TlsSession() {
  SSL_free(ssl_);
}

int TlsSession::Verified(int ok, x509_store_ctx_st* verification) {
  void* ssl = X509_STORE_CTX_get_ex_data(verification, SSL_get_ex_data_X509_STORE_CTX_idx());
  auto* session = static_cast<TlsSession*>(SSL_get_app_data(static_cast<SSL*>(ssl)));
  const X509* certificate = X509_STORE_CTX_get0_cert(verification);
  if (certificate != nullptr) session->peer_subject_ = NameOf(certificate);
  if (ok == 1 || !session->IsOfDomain(verification)) return ok;
  X509_STORE_CTX_set_error(verification, X509_V_OK);
  return 1;
}

void TlsSession::Feed(absl::string_view octets) {
  US_CHECK_EQ(BIO_write(in_, octets.data(), static_cast<int>(octets.size())), static_cast<int>(octets.size()));
}

// The rest of what has been fed is not worked through: one call goes on for as long as there are records.
void TlsSession::Talked(int is_written, int, int content_type, const void*, size_t, ssl_st*, void* session) {
  auto* self = static_cast<TlsSession*>(session);
  if (content_type != (is_written == 0 ? SSL3_RT_HANDSHAKE : SSL3_RT_ALERT)) return;
  ++self->talk_;
  if (self->TalksTooMuch()) BIO_reset(self->in_);
}

bool TlsSession::TalksTooMuch() const {
  return talk_ > kMostTalk + clear_text_ / kClearTextPerTalk;
}

bool TlsSession::HasBroken() {
  if (error_.ok() && TalksTooMuch()) {
    error_ = absl::ResourceExhaustedError("the peer asks for new keys or a new handshake without end");
  }
  if (error_.ok() && unread_ > kMostUnread) {
    error_ = absl::ResourceExhaustedError("the peer does not take what TLS has to answer it");
  }
  return !error_.ok();
}

TlsSession::Outcome TlsSession::Read(absl::Span<char> space, size_t* n) {
  ERR_clear_error();
  *n = 0;
  if (!error_.ok()) return Outcome::kBroken;
  const size_t waited = output().size();
  const Outcome outcome = OutcomeOf(SSL_read_ex(ssl_, space.data(), space.size(), n));
  clear_text_ += *n;
  unread_ += output().size() - waited;
  return HasBroken() && *n == 0 ? Outcome::kBroken : outcome;
}

TlsSession::Outcome TlsSession::Write(absl::string_view bytes, size_t* taken) {
  ERR_clear_error();
  *taken = 0;
  if (!error_.ok()) return Outcome::kBroken;
  return OutcomeOf(SSL_write_ex(ssl_, bytes.data(), std::min(bytes.size(), kRecordBytes), taken));
}

TlsSession::Outcome TlsSession::OutcomeOf(int result) {
  if (result > 0) return Outcome::kData;
  switch (SSL_get_error(ssl_, result)) {
    case SSL_ERROR_WANT_READ:
    case SSL_ERROR_WANT_WRITE:
      return Outcome::kNothing;
    case SSL_ERROR_ZERO_RETURN:
      return Outcome::kEnded;
    default:
      error_ = absl::UnauthenticatedError(Reason());
      return Outcome::kBroken;
  }
}

std::string TlsSession::Reason() const {
  const long verified = SSL_get_verify_result(ssl_);
  const std::string reason = TakeOpensslErrors();
  if (verified != X509_V_OK && SSL_get_verify_mode(ssl_) != SSL_VERIFY_NONE) {
    return absl::StrCat("the peer's certificate is not accepted: ", X509_verify_cert_error_string(verified));
  }
  if (absl::StrContains(reason, "did not return a certificate")) return "the peer shows no certificate";
  if (absl::StrContains(reason, "alert")) {
    return absl::StrCat("the peer refused this node's certificate or TLS: ", reason);
  }
  if (absl::StrContains(reason, "wrong version number") || absl::StrContains(reason, "http request")) {
    return absl::StrCat("the peer does not speak TLS: ", reason);
  }
  return reason;
}

absl::string_view TlsSession::output() const {
  char* bytes = nullptr;
  const long size = BIO_get_mem_data(out_, &bytes);
  return absl::string_view(bytes, static_cast<size_t>(std::max(size, 0L))).substr(sent_);
}

void TlsSession::ConsumeOutput(size_t n) {
  sent_ += n;
  if (!output().empty()) return;
  sent_ = unread_ = 0;
  BIO_reset(out_);
}

void TlsSession::Finish() {
  ERR_clear_error();
  if (error_.ok()) SSL_shutdown(ssl_);
}

}  // namespace understudy::tls
