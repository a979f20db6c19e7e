#include "daemon/config/clients_digest.h"

#include <openssl/evp.h>

#include <array>

#include "absl/container/btree_map.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"

namespace understudy::daemon {
namespace {

constexpr size_t kMarkOctets = 32;
constexpr absl::string_view kSalt = "understudy pair clients";
constexpr uint64_t kN = 16384;
constexpr uint64_t kR = 8;
constexpr uint64_t kP = 1;
constexpr uint64_t kMostMemory = uint64_t{64} << 20;

}  // namespace

std::string ClientMark(absl::string_view name, absl::string_view kind, absl::string_view secret) {
  const std::string head = absl::StrCat(name.size(), ":", name, ":", kind, ":");
  std::string mark(kMarkOctets, '\0');
  EVP_MD_CTX* const context = EVP_MD_CTX_new();
  US_CHECK(context != nullptr);
  const bool done = EVP_DigestInit_ex(context, EVP_sha256(), nullptr) == 1 &&
                    EVP_DigestUpdate(context, head.data(), head.size()) == 1 &&
                    EVP_DigestUpdate(context, secret.data(), secret.size()) == 1 &&
                    EVP_DigestFinal_ex(context, reinterpret_cast<unsigned char*>(mark.data()), nullptr) == 1;
  EVP_MD_CTX_free(context);
  return done ? mark : "";
}

uint64_t ClientsDigest(const std::vector<ClientConfig>& clients, const std::vector<std::string>& dn_marks) {
  if (clients.empty() && dn_marks.empty()) return 0;
  absl::btree_map<std::string, std::string> marks;
  for (const ClientConfig& client : clients) marks[client.name] = client.mark;
  std::string all;
  for (const auto& [name, mark] : marks) absl::StrAppend(&all, mark);
  for (const std::string& mark : dn_marks) absl::StrAppend(&all, mark);
  std::array<unsigned char, sizeof(uint64_t)> hash{};
  const int done = EVP_PBE_scrypt(all.data(), all.size(), reinterpret_cast<const unsigned char*>(kSalt.data()),
                                  kSalt.size(), kN, kR, kP, kMostMemory, hash.data(), hash.size());
  uint64_t digest = 0;
  for (const unsigned char octet : hash) digest = digest << 8 | octet;
  return done == 1 ? digest : 0;
}

}  // namespace understudy::daemon
