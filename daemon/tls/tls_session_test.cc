// A peer that has TLS itself work: new keys (TLS 1.3), new handshakes (TLS 1.2).
#include "daemon/tls/tls_session.h"

#include <openssl/core_names.h>
#include <openssl/evp.h>
#include <openssl/kdf.h>
#include <openssl/params.h>
#include <openssl/ssl.h>
#include <unistd.h>

#include <array>
#include <memory>
#include <string>

#include "absl/strings/str_cat.h"
#include "daemon/http/test_certificates.h"
#include "gmock/gmock.h"
#include "gtest/gtest.h"

namespace understudy::tls {
namespace {

using testing::HasSubstr;
using Outcome = TlsSession::Outcome;

// OpenSSL's own client, which can be made to do what no TlsSession does.
class Stranger {
 public:
  explicit Stranger(int version)
      : context_(SSL_CTX_new(TLS_client_method())),
        ssl_(SSL_new(context_)),
        in_(BIO_new(BIO_s_mem())),
        out_(BIO_new(BIO_s_mem())) {
    SSL_set_min_proto_version(ssl_, version);
    SSL_set_max_proto_version(ssl_, version);
    SSL_set_cipher_list(ssl_, "ECDHE-RSA-AES128-GCM-SHA256:ECDHE-ECDSA-AES128-GCM-SHA256");
    SSL_set_bio(ssl_, in_, out_);
    SSL_set_connect_state(ssl_);
  }
  ~Stranger() {
    SSL_free(ssl_);
    SSL_CTX_free(context_);
  }

  SSL* ssl() { return ssl_; }
  void Hear(absl::string_view octets) { BIO_write(in_, octets.data(), static_cast<int>(octets.size())); }
  std::string TakeOutput() {
    char* octets = nullptr;
    const long size = BIO_get_mem_data(out_, &octets);
    std::string output(octets, static_cast<size_t>(size));
    BIO_reset(out_);
    return output;
  }
  std::string NewKeys() {
    EXPECT_EQ(SSL_key_update(ssl_, SSL_KEY_UPDATE_REQUESTED), 1);
    EXPECT_EQ(SSL_do_handshake(ssl_), 1);
    return TakeOutput();
  }
  std::string Say(const std::string& text) {
    EXPECT_EQ(SSL_write(ssl_, text.data(), static_cast<int>(text.size())), static_cast<int>(text.size()));
    return TakeOutput();
  }

 private:
  SSL_CTX* const context_;
  SSL* const ssl_;
  BIO* const in_;
  BIO* const out_;
};

// Records of TLS 1.2 with AES-128-GCM that OpenSSL would not write (RFC 5246 6.2.3.3, 6.3; RFC 5288 3), after `sent` of
// the client's.
class Records12 {
 public:
  Records12(SSL* client, uint64_t sent) : sent_(sent) {
    std::array<unsigned char, 48> master;
    const size_t size = SSL_SESSION_get_master_key(SSL_get_session(client), master.data(), master.size());
    std::array<unsigned char, 64> seed;
    SSL_get_server_random(client, seed.data(), 32);
    SSL_get_client_random(client, seed.data() + 32, 32);
    char digest[] = "SHA256";
    char label[] = "key expansion";
    const OSSL_PARAM parameters[] = {
        OSSL_PARAM_construct_utf8_string(OSSL_KDF_PARAM_DIGEST, digest, 0),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SECRET, master.data(), size),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, label, sizeof label - 1),
        OSSL_PARAM_construct_octet_string(OSSL_KDF_PARAM_SEED, seed.data(), seed.size()),
        OSSL_PARAM_construct_end(),
    };
    EVP_KDF* kdf = EVP_KDF_fetch(nullptr, "TLS1-PRF", nullptr);
    EVP_KDF_CTX* context = EVP_KDF_CTX_new(kdf);
    EXPECT_EQ(EVP_KDF_derive(context, keys_.data(), keys_.size(), parameters), 1);
    EVP_KDF_CTX_free(context);
    EVP_KDF_free(kdf);
  }

  std::string Next(uint8_t type, const std::string& text) {
    const std::string number = BigEndian(sent_++, 8);
    const std::string head = absl::StrCat(std::string(1, static_cast<char>(type)), "\x03\x03");
    const std::string aad = absl::StrCat(number, head, BigEndian(text.size(), 2));
    const std::string nonce = std::string(reinterpret_cast<const char*>(&keys_[32]), 4) + number;
    std::string sealed(text.size() + 16, '\0');
    int n = 0;
    EVP_CIPHER_CTX* context = EVP_CIPHER_CTX_new();
    EVP_EncryptInit_ex(context, EVP_aes_128_gcm(), nullptr, keys_.data(), Octets(nonce));
    EVP_EncryptUpdate(context, nullptr, &n, Octets(aad), static_cast<int>(aad.size()));
    auto* out = reinterpret_cast<unsigned char*>(&sealed[0]);
    EVP_EncryptUpdate(context, out, &n, Octets(text), static_cast<int>(text.size()));
    EVP_EncryptFinal_ex(context, out + n, &n);
    EVP_CIPHER_CTX_ctrl(context, EVP_CTRL_GCM_GET_TAG, 16, out + text.size());
    EVP_CIPHER_CTX_free(context);
    return absl::StrCat(head, BigEndian(8 + sealed.size(), 2), number, sealed);
  }

 private:
  static const unsigned char* Octets(const std::string& text) {
    return reinterpret_cast<const unsigned char*>(text.data());
  }
  static std::string BigEndian(uint64_t value, size_t size) {
    std::string octets(size, '\0');
    for (size_t i = size; i > 0; value >>= 8) octets[--i] = static_cast<char>(value);
    return octets;
  }

  std::array<unsigned char, 40>
      keys_{};  // the client's, the server's, 4 octets of the client's nonce, 4 of the server's
  uint64_t sent_;
};

class TlsSessionTest : public testing::Test {
 protected:
  void ShakeHands(int version) {
    TlsFiles files;
    files.certificate = certificates_.server().certificate;
    files.key = certificates_.server().key;
    files.lowest = TlsVersion::k1_2;
    session_ = std::make_unique<TlsSession>(TlsContext::LoadServer(files).value(), TlsSession::Side::kAccepts);
    stranger_ = std::make_unique<Stranger>(version);
    for (int i = 0; i < 4; ++i) {
      SSL_do_handshake(stranger_->ssl());
      Hear(stranger_->TakeOutput());
      stranger_->Hear(session_->output());
      session_->ConsumeOutput(session_->output().size());
    }
    ASSERT_TRUE(session_->established());
    ASSERT_EQ(SSL_is_init_finished(stranger_->ssl()), 1);
  }

  // What comes of it, the clear text in `heard_`.
  Outcome Hear(const std::string& octets) {
    session_->Feed(octets);
    char space[4096];
    size_t n = 0;
    Outcome outcome;
    while ((outcome = session_->Read(absl::MakeSpan(space), &n)) == Outcome::kData) heard_.append(space, n);
    return outcome;
  }
  std::string error() const { return std::string(session_->error().message()); }

  const http::TestCertificates certificates_{testing::TempDir(), absl::StrCat("tls_session_", getpid())};
  std::unique_ptr<TlsSession> session_;
  std::unique_ptr<Stranger> stranger_;
  std::string heard_;
};

TEST_F(TlsSessionTest, NewKeysNowAndThenAreServed) {
  ShakeHands(TLS1_3_VERSION);
  for (int i = 0; i < 1000; ++i) {
    ASSERT_EQ(Hear(stranger_->NewKeys()), Outcome::kNothing) << i;
    session_->ConsumeOutput(session_->output().size());
    ASSERT_EQ(Hear(stranger_->Say(std::string(256, 'x'))), Outcome::kNothing) << i;
  }
  EXPECT_EQ(heard_.size(), 256'000u);
}

TEST_F(TlsSessionTest, WhoAsksForNewKeysWithoutEndIsEnded) {
  ShakeHands(TLS1_3_VERSION);
  std::string flood;
  for (int i = 0; i < 4000; ++i) flood += stranger_->NewKeys();
  EXPECT_EQ(Hear(flood), Outcome::kBroken);
  EXPECT_THAT(error(), HasSubstr("new keys"));
  EXPECT_LT(session_->output().size(), 4000u) << "no more than some of them is answered";
  EXPECT_EQ(Hear(stranger_->Say("hello")), Outcome::kBroken);
  EXPECT_EQ(heard_, "");
}

TEST_F(TlsSessionTest, WhoTakesNoneOfTheAnswersIsEnded) {
  ShakeHands(TLS1_3_VERSION);
  Outcome outcome = Outcome::kNothing;
  for (int i = 0; i < 20'000 && outcome == Outcome::kNothing; ++i) {
    std::string octets = stranger_->NewKeys();
    octets += stranger_->Say(std::string(256, 'x'));
    outcome = Hear(octets);
  }
  EXPECT_EQ(outcome, Outcome::kBroken);
  EXPECT_THAT(error(), HasSubstr("does not take"));
  EXPECT_LT(session_->output().size(), size_t{130} << 10);
}

TEST_F(TlsSessionTest, WhoWantsANewHandshakeWithoutEndIsEnded) {
  ShakeHands(TLS1_2_VERSION);
  Records12 records(stranger_->ssl(), 1);
  const std::string hello("\x01\x00\x00\x00", 4);
  std::string once = records.Next(SSL3_RT_HANDSHAKE, hello);
  once += records.Next(SSL3_RT_APPLICATION_DATA, "hello");
  EXPECT_EQ(Hear(once), Outcome::kNothing);
  EXPECT_EQ(heard_, "hello") << "it does no harm";
  std::string flood;
  for (int i = 0; i < 2000; ++i) flood += records.Next(SSL3_RT_HANDSHAKE, hello);
  EXPECT_EQ(Hear(flood), Outcome::kBroken);
  EXPECT_THAT(error(), HasSubstr("new handshake"));
  EXPECT_LT(session_->output().size(), 4000u);
}

}  // namespace
}  // namespace understudy::tls
