#include "daemon/tls/file_fault.h"

#include <errno.h>
#include <openssl/err.h>
#include <openssl/pem.h>
#include <openssl/x509.h>
#include <string.h>
#include <sys/stat.h>

#include <cstdio>
#include <memory>

#include "absl/strings/str_cat.h"

namespace understudy::tls {
namespace {

using File = std::unique_ptr<FILE, decltype(&fclose)>;
using Certificate = std::unique_ptr<X509, decltype(&X509_free)>;
using Key = std::unique_ptr<EVP_PKEY, decltype(&EVP_PKEY_free)>;

// Asked for a passphrase, there is none; that it was asked for is kept.
int NotePassphrase(char*, int, int, void* asked) {
  *static_cast<bool*>(asked) = true;
  return 0;
}

// Whoever opens a pipe waits for its writer.
File Open(const std::string& path) {
  struct stat info {};
  if (stat(path.c_str(), &info) != 0) return File(nullptr, fclose);
  errno = S_ISDIR(info.st_mode) ? EISDIR : EINVAL;
  return File(S_ISREG(info.st_mode) ? fopen(path.c_str(), "re") : nullptr, fclose);
}

std::string ReadingFault(FILE* file) {
  if (file == nullptr) return errno == EINVAL ? "no regular file" : strerror(errno);
  const int first = fgetc(file);
  if (first == EOF) return ferror(file) != 0 ? strerror(errno) : "an empty file";
  rewind(file);
  return "";
}

// Null: the rest of the file has none, or, if `broken` is set, one that is none.
Certificate ReadCertificate(FILE* file, bool* broken = nullptr) {
  ERR_clear_error();
  bool passphrase = false;
  Certificate certificate(PEM_read_X509_AUX(file, nullptr, NotePassphrase, &passphrase), X509_free);
  const unsigned long error = ERR_peek_last_error();
  const bool at_end = ERR_GET_LIB(error) == ERR_LIB_PEM && ERR_GET_REASON(error) == PEM_R_NO_START_LINE;
  if (broken != nullptr) *broken = certificate == nullptr && !at_end;
  ERR_clear_error();
  return certificate;
}

Key ReadKey(FILE* file, bool* passphrase) {
  Key key(PEM_read_PrivateKey(file, nullptr, NotePassphrase, passphrase), EVP_PKEY_free);
  ERR_clear_error();
  return key;
}

bool Fits(EVP_PKEY* key, const std::string& certificate_path) {
  const File file = Open(certificate_path);
  if (file == nullptr) return true;
  const Certificate certificate = ReadCertificate(file.get());
  const bool fits = certificate == nullptr || X509_check_private_key(certificate.get(), key) == 1;
  ERR_clear_error();
  return fits;
}

}  // namespace

std::string CertificateFault(const std::string& path) {
  const File file = Open(path);
  if (std::string fault = ReadingFault(file.get()); !fault.empty()) return fault;
  int count = 0;
  bool broken = false;
  while (ReadCertificate(file.get(), &broken) != nullptr) ++count;
  if (count == 0 && !broken) return "no certificate in PEM";
  return broken ? absl::StrCat("certificate ", count + 1, " in it cannot be read") : "";
}

std::string KeyFault(const std::string& path, const std::string& certificate_path) {
  const File file = Open(path);
  if (std::string fault = ReadingFault(file.get()); !fault.empty()) return fault;
  bool passphrase = false;
  const Key key = ReadKey(file.get(), &passphrase);
  if (passphrase) return "a key with a passphrase";
  if (key == nullptr) return "no private key in PEM";
  return Fits(key.get(), certificate_path) ? "" : absl::StrCat("not the key of \"", certificate_path, "\"");
}

}  // namespace understudy::tls
