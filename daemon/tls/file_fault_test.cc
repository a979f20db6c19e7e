#include "daemon/tls/file_fault.h"

#include <sys/stat.h>
#include <unistd.h>

#include <fstream>

#include "daemon/http/test_certificates.h"
#include "gtest/gtest.h"

namespace understudy::tls {
namespace {

class FileFault : public testing::Test {
 protected:
  std::string Written(const std::string& name, const std::string& text) {
    const std::string path = testing::TempDir() + "/" + name;
    std::ofstream(path) << text;
    return path;
  }

  const http::TestCertificates pki_{testing::TempDir(), "file_fault"};
  const http::TlsFiles good_ = pki_.server();
};

TEST_F(FileFault, WhatFitsHasNone) {
  EXPECT_EQ(CertificateFault(good_.certificate), "");
  EXPECT_EQ(CertificateFault(good_.ca), "");
  EXPECT_EQ(KeyFault(good_.key, good_.certificate), "");
}

TEST_F(FileFault, AFileThatCannotBeReadSaysWhy) {
  EXPECT_EQ(CertificateFault("/nowhere/a.pem"), "No such file or directory");
  EXPECT_EQ(KeyFault("/nowhere/a.key", good_.certificate), "No such file or directory");
  EXPECT_EQ(CertificateFault(testing::TempDir()), "Is a directory");
  EXPECT_EQ(CertificateFault(Written("empty.pem", "")), "an empty file");
}

TEST_F(FileFault, APipeWithoutAWriterIsNotWaitedFor) {
  const std::string path = testing::TempDir() + "/certificate.pipe";
  unlink(path.c_str());
  ASSERT_EQ(mkfifo(path.c_str(), 0600), 0);
  EXPECT_EQ(CertificateFault(path), "no regular file");
  EXPECT_EQ(KeyFault(path, good_.certificate), "no regular file");
}

TEST_F(FileFault, AFileOfSomethingElseSaysWhatIsMissing) {
  EXPECT_EQ(CertificateFault(good_.key), "no certificate in PEM");
  EXPECT_EQ(KeyFault(good_.certificate, good_.certificate), "no private key in PEM");
  EXPECT_EQ(CertificateFault(Written("text.pem", "hello")), "no certificate in PEM");
  const std::string damaged = Written("damaged.pem", "-----BEGIN CERTIFICATE-----\nAAAA\n-----END CERTIFICATE-----\n");
  EXPECT_EQ(CertificateFault(damaged), "certificate 1 in it cannot be read");
}

TEST_F(FileFault, AKeyIsThatOfItsCertificate) {
  EXPECT_EQ(KeyFault(pki_.client().key, good_.certificate), "not the key of \"" + good_.certificate + "\"");
  EXPECT_EQ(KeyFault(good_.key, "/nowhere/a.pem"), "") << "the certificate has its own fault";
}

TEST_F(FileFault, AKeyWithAPassphraseIsNotAskedFor) {
  const std::string path = Written("locked.key",
                                   "-----BEGIN EC PRIVATE KEY-----\nProc-Type: 4,ENCRYPTED\n"
                                   "DEK-Info: AES-128-CBC,00112233445566778899AABBCCDDEEFF\n\n"
                                   "AAAAAAAAAAAAAAAAAAAAAA==\n-----END EC PRIVATE KEY-----\n");
  EXPECT_EQ(KeyFault(path, good_.certificate), "a key with a passphrase");
}

}  // namespace
}  // namespace understudy::tls
