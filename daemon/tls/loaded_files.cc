#include "daemon/tls/loaded_files.h"

#include <openssl/evp.h>
#include <openssl/sha.h>
#include <openssl/ssl.h>
#include <openssl/x509.h>
#include <openssl/x509_vfy.h>
#include <time.h>

#include <array>
#include <memory>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"

namespace understudy::tls {
namespace {

std::string Digest(X509* certificate) {
  std::array<unsigned char, EVP_MAX_MD_SIZE> octets{};
  unsigned int size = 0;
  if (X509_digest(certificate, EVP_sha256(), octets.data(), &size) != 1) return "";
  return std::string(reinterpret_cast<const char*>(octets.data()), size);
}

std::string DigestOfText(const std::string& text) {
  std::array<unsigned char, SHA256_DIGEST_LENGTH> octets{};
  SHA256(reinterpret_cast<const unsigned char*>(text.data()), text.size(), octets.data());
  return std::string(reinterpret_cast<const char*>(octets.data()), octets.size());
}

std::string Subject(X509* certificate) {
  const std::unique_ptr<BIO, decltype(&BIO_free)> out(BIO_new(BIO_s_mem()), BIO_free);
  X509_NAME_print_ex(out.get(), X509_get_subject_name(certificate), 0, XN_FLAG_RFC2253);
  char* text = nullptr;
  const long size = BIO_get_mem_data(out.get(), &text);
  return size > 0 ? absl::StrCat(absl::string_view(text, static_cast<size_t>(size)), ", ") : "";
}

std::string EndOfValidity(X509* certificate) {
  tm end{};
  if (ASN1_TIME_to_tm(X509_get0_notAfter(certificate), &end) != 1) return "a time that cannot be read";
  return absl::StrFormat("%04d-%02d-%02d %02d:%02d:%02d UTC", end.tm_year + 1900, end.tm_mon + 1, end.tm_mday,
                         end.tm_hour, end.tm_min, end.tm_sec);
}

std::string ChainDigest(SSL_CTX* context, X509* certificate) {
  std::string all = Digest(certificate);
  STACK_OF(X509)* chain = nullptr;
  SSL_CTX_get0_chain_certs(context, &chain);
  for (int i = 0; i < sk_X509_num(chain); ++i) absl::StrAppend(&all, Digest(sk_X509_value(chain, i)));
  return DigestOfText(all);
}

std::string CaDigest(SSL_CTX* context) {
  std::string all;
  STACK_OF(X509_OBJECT)* const believed = X509_STORE_get0_objects(SSL_CTX_get_cert_store(context));
  for (int i = 0; i < sk_X509_OBJECT_num(believed); ++i) {
    X509* const one = X509_OBJECT_get0_X509(sk_X509_OBJECT_value(believed, i));
    if (one != nullptr) absl::StrAppend(&all, Digest(one));
  }
  return DigestOfText(all);
}

}  // namespace

LoadedFiles FilesOf(const TlsContext& context) {
  LoadedFiles files;
  files.ca_digest = CaDigest(context.get());
  X509* const certificate = SSL_CTX_get0_certificate(context.get());
  if (certificate == nullptr) return files;
  files.certificate = absl::StrCat(Subject(certificate), "valid until ", EndOfValidity(certificate));
  files.certificate_digest = ChainDigest(context.get(), certificate);
  return files;
}

}  // namespace understudy::tls
