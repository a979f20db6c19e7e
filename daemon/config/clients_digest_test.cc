#include "daemon/config/clients_digest.h"

#include "gtest/gtest.h"

namespace understudy::daemon {
namespace {

ClientConfig Client(const char* name, const char* password) {
  return {name, ClientVerifier::OfPassword(password), ClientMark(name, "password", password)};
}

TEST(ClientsDigest, IsTheSameForTheSameClientsInWhateverOrderAndWithWhateverSalt) {
  const uint64_t digest = ClientsDigest({Client("crm", "open"), Client("stat", "shut")});
  EXPECT_NE(digest, 0u);
  EXPECT_EQ(ClientsDigest({Client("stat", "shut"), Client("crm", "open")}), digest);
}

TEST(ClientsDigest, IsAnotherForAnotherNamePasswordOrKindAndForOneMoreOrLess) {
  const uint64_t digest = ClientsDigest({Client("crm", "open")});
  EXPECT_NE(ClientsDigest({Client("crn", "open")}), digest);
  EXPECT_NE(ClientsDigest({Client("crm", "Open")}), digest);
  EXPECT_NE(ClientsDigest({{"crm", ClientVerifier(), ClientMark("crm", "verifier", "open")}}), digest);
  EXPECT_NE(ClientsDigest({Client("crm", "open"), Client("stat", "shut")}), digest);
  EXPECT_EQ(ClientsDigest({}), 0u);
}

TEST(ClientsDigest, NameAndPasswordAreNotMixedUp) {
  EXPECT_NE(ClientMark("a", "password", "bc"), ClientMark("ab", "password", "c"));
}

}  // namespace
}  // namespace understudy::daemon
