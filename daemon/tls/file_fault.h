// What is wrong with a TLS file, in plain words: "No such file or directory", "no certificate in PEM".
#ifndef UNDERSTUDY_DAEMON_TLS_FILE_FAULT_H_
#define UNDERSTUDY_DAEMON_TLS_FILE_FAULT_H_

#include <string>

namespace understudy::tls {

// Of each: empty where nothing is found wrong. A certificate with its chain, or the certificates of a CA file, in PEM.
std::string CertificateFault(const std::string& path);
// A key in PEM without a passphrase, of the certificate at `certificate_path`; about that file nothing is said here.
std::string KeyFault(const std::string& path, const std::string& certificate_path);

}  // namespace understudy::tls

#endif  // UNDERSTUDY_DAEMON_TLS_FILE_FAULT_H_
