#include "daemon/http/test_certificates.h"

#include <openssl/evp.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <openssl/x509v3.h>

#include <cstdio>
#include <memory>

#include "base/check.h"

namespace understudy::http {
namespace {

using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using File = std::unique_ptr<FILE, decltype(&fclose)>;

constexpr long kDay = 24L * 3600;

Key NewKey() {
  return Key(EVP_EC_gen("P-256"), EVP_PKEY_free);
}

void AddExtension(X509* certificate, X509* issuer, int nid, const char* value) {
  X509V3_CTX context;
  X509V3_set_ctx_nodb(&context);
  X509V3_set_ctx(&context, issuer, certificate, nullptr, nullptr, 0);
  X509_EXTENSION* extension = X509V3_EXT_conf_nid(nullptr, &context, nid, value);
  US_CHECK(extension != nullptr);
  US_CHECK_EQ(X509_add_ext(certificate, extension, -1), 1);
  X509_EXTENSION_free(extension);
}

Certificate NewCertificate(long serial, EVP_PKEY* key) {
  Certificate certificate(X509_new(), X509_free);
  X509_set_version(certificate.get(), X509_VERSION_3);
  ASN1_INTEGER_set(X509_get_serialNumber(certificate.get()), serial);
  X509_gmtime_adj(X509_getm_notBefore(certificate.get()), -kDay);
  X509_gmtime_adj(X509_getm_notAfter(certificate.get()), kDay);
  X509_set_pubkey(certificate.get(), key);
  return certificate;
}

Certificate NewAuthority(EVP_PKEY* key, const std::string& name) {
  Certificate ca = NewCertificate(1, key);
  X509_NAME_add_entry_by_txt(X509_get_subject_name(ca.get()), "CN", MBSTRING_ASC,
                             reinterpret_cast<const unsigned char*>(name.c_str()), -1, -1, 0);
  X509_set_issuer_name(ca.get(), X509_get_subject_name(ca.get()));
  AddExtension(ca.get(), ca.get(), NID_basic_constraints, "critical,CA:TRUE");
  AddExtension(ca.get(), ca.get(), NID_key_usage, "critical,keyCertSign");
  US_CHECK_GT(X509_sign(ca.get(), key, EVP_sha256()), 0);
  return ca;
}

File OpenForWriting(const std::string& path) {
  File file(fopen(path.c_str(), "w"), fclose);
  US_CHECK(file != nullptr);
  return file;
}

void Write(const std::string& path, X509* certificate) {
  US_CHECK_EQ(PEM_write_X509(OpenForWriting(path).get(), certificate), 1);
}

void Issue(const std::string& path, long serial, const char* names, X509* ca, EVP_PKEY* ca_key) {
  const Key key = NewKey();
  const Certificate certificate = NewCertificate(serial, key.get());
  X509_set_issuer_name(certificate.get(), X509_get_subject_name(ca));
  AddExtension(certificate.get(), ca, NID_ext_key_usage, "serverAuth,clientAuth");
  AddExtension(certificate.get(), ca, NID_subject_alt_name, names);
  US_CHECK_GT(X509_sign(certificate.get(), ca_key, EVP_sha256()), 0);
  Write(path + ".pem", certificate.get());
  US_CHECK_EQ(
      PEM_write_PrivateKey(OpenForWriting(path + ".key").get(), key.get(), nullptr, nullptr, 0, nullptr, nullptr), 1);
}

}  // namespace

TestCertificates::TestCertificates(const std::string& directory, const std::string& prefix)
    : path_(directory + "/" + prefix) {
  const Key key = NewKey();
  const Certificate ca = NewAuthority(key.get(), "test CA " + prefix);
  Write(path_ + "-ca.pem", ca.get());
  Issue(path_ + "-server", 2, "critical,DNS:localhost,IP:127.0.0.1,IP:::1", ca.get(), key.get());
  Issue(path_ + "-client", 3, "critical,DNS:client.invalid", ca.get(), key.get());
  Issue(path_ + "-elsewhere", 4, "critical,IP:192.0.2.1", ca.get(), key.get());
  Issue(path_ + "-domain", 5, "critical,DNS:gw.example.com", ca.get(), key.get());
  Issue(path_ + "-domain_uri", 6, "critical,URI:sip:GW.example.com,DNS:sbc7.example.net", ca.get(), key.get());
  Issue(path_ + "-wildcard", 7, "critical,DNS:*.example.com,URI:sip:4711@gw.example.com", ca.get(), key.get());
}

}  // namespace understudy::http
