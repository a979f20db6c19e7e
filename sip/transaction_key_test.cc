#include "sip/transaction_key.h"

#include <string>
#include <vector>

#include "absl/hash/hash_testing.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/string_view.h"
#include "gtest/gtest.h"
#include "sip/parse.h"

namespace understudy::sip {
namespace {

constexpr HashKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

constexpr absl::string_view kInvite =
    "INVITE sip:bob@example.com SIP/2.0\r\n"
    "Via: SIP/2.0/UDP pc33.atlanta.example.com:5062;branch=z9hG4bKkjshdyff\r\n"
    "To: Bob <sip:bob@example.com>\r\n"
    "From: Alice <sip:alice@atlanta.example.com>;tag=88sja8x\r\n"
    "Max-Forwards: 70\r\n"
    "Call-ID: 987asjd97y7atg\r\n"
    "CSeq: 986759 INVITE\r\n"
    "Contact: <sip:alice@pc33.atlanta.example.com>\r\n"
    "Content-Length: 0\r\n"
    "\r\n";

using Replacements = std::vector<std::pair<absl::string_view, absl::string_view>>;

// A parsed message together with its octets.
struct Parsed {
  explicit Parsed(std::string bytes) : octets(std::move(bytes)) {
    ParseError error;
    EXPECT_TRUE(ParseMessage(octets, &message, &error)) << error.text << "\n" << octets;
  }
  std::string octets;
  Message message;
};

std::string InviteWith(const Replacements& replacements) {
  return absl::StrReplaceAll(kInvite, replacements);
}

TransactionKey ServerKeyWith(const Replacements& replacements) {
  return ServerTransactionKey(kKey, Parsed(InviteWith(replacements)).message);
}

const Replacements kAsAck = {{"INVITE", "ACK"}, {"<sip:bob@example.com>", "<sip:bob@example.com>;tag=99sa0xk"}};
const Replacements kAsCancel = {{"INVITE", "CANCEL"}};

// The same with a branch from before RFC 3261.
Replacements Old(Replacements replacements) {
  replacements.push_back({"z9hG4bK", "1-"});
  return replacements;
}

TEST(ServerTransactionKey, DependsOnBranchSentByAndMethodOnly) {
  const TransactionKey invite = ServerKeyWith({});
  EXPECT_EQ(ServerKeyWith({{"Call-ID: 9", "Call-ID: 8"}, {"tag=8", "tag=9"}, {"986759", "1"}}), invite);
  EXPECT_NE(ServerKeyWith({{"kjshdyff", "kjshdyfg"}}), invite);
  EXPECT_NE(ServerKeyWith({{"pc33.atlanta.example.com:5062", "pc34.atlanta.example.com:5062"}}), invite);
  EXPECT_NE(ServerKeyWith({{":5062", ":5063"}}), invite);
  EXPECT_NE(ServerKeyWith({{"INVITE", "OPTIONS"}}), invite);
}

TEST(ServerTransactionKey, BranchAndHostCompareWithoutCase) {
  EXPECT_EQ(ServerKeyWith({{"kjshdyff", "KJSHDYFF"}, {"pc33.atlanta", "PC33.Atlanta"}}), ServerKeyWith({}));
}

TEST(ServerTransactionKey, AckToNon2xxIsInItsInvitesTransaction) {
  EXPECT_EQ(ServerKeyWith(kAsAck), ServerKeyWith({}));
}

TEST(ServerTransactionKey, CancelIsATransactionOfItsOwnAndNamesTheInvites) {
  const Parsed cancel(InviteWith(kAsCancel));
  EXPECT_NE(ServerTransactionKey(kKey, cancel.message), ServerKeyWith({}));
  EXPECT_EQ(CancelledTransactionKey(kKey, cancel.message), ServerKeyWith({}));
}

TEST(ServerTransactionKey, WithoutCookieEveryFieldOfRfc2543Counts) {
  const TransactionKey invite = ServerKeyWith(Old({}));
  EXPECT_EQ(ServerKeyWith(Old({})), invite);
  EXPECT_NE(ServerKeyWith({}), invite);
  EXPECT_NE(ServerKeyWith(Old({{"INVITE sip:bob", "INVITE sip:rob"}})), invite);
  EXPECT_NE(ServerKeyWith(Old({{"tag=8", "tag=9"}})), invite);
  EXPECT_NE(ServerKeyWith(Old({{"Call-ID: 9", "Call-ID: 8"}})), invite);
  EXPECT_NE(ServerKeyWith(Old({{"986759", "986760"}})), invite);
  EXPECT_NE(ServerKeyWith(Old({{"pc33.atlanta.example.com:5062", "pc34.atlanta.example.com:5062"}})), invite);
}

TEST(ServerTransactionKey, WithoutCookieAckAndCancelFindTheInvite) {
  EXPECT_EQ(ServerKeyWith(Old(kAsAck)), ServerKeyWith(Old({})));
  const Parsed cancel(InviteWith(Old(kAsCancel)));
  EXPECT_NE(ServerTransactionKey(kKey, cancel.message), ServerKeyWith(Old({})));
  EXPECT_EQ(CancelledTransactionKey(kKey, cancel.message), ServerKeyWith(Old({})));
}

TEST(ServerTransactionKey, WithoutCookieToTagTellsRequestsInTwoDialogsApart) {
  EXPECT_NE(ServerKeyWith(Old({{"INVITE", "BYE"}, {"<sip:bob@example.com>", "<sip:bob@example.com>;tag=a"}})),
            ServerKeyWith(Old({{"INVITE", "BYE"}, {"<sip:bob@example.com>", "<sip:bob@example.com>;tag=b"}})));
}

TEST(ClientTransactionKey, ResponseFindsTheRequestOfItsBranchAndMethod) {
  const Parsed ringing(InviteWith({{"INVITE sip:bob@example.com SIP/2.0", "SIP/2.0 180 Ringing"}}));
  EXPECT_EQ(ClientTransactionKey(kKey, ringing.message), ClientTransactionKey(kKey, "z9hG4bKkjshdyff", "INVITE"));
  EXPECT_NE(ClientTransactionKey(kKey, ringing.message), ClientTransactionKey(kKey, "z9hG4bKkjshdyff", "CANCEL"));
  EXPECT_NE(ClientTransactionKey(kKey, ringing.message), ClientTransactionKey(kKey, "z9hG4bKkjshdyfg", "INVITE"));
}

TEST(MergedRequestKey, IsTheSameForOneRequestOverTwoPaths) {
  const Replacements other_path = {{"kjshdyff", "other"}, {"sip:bob@example.com SIP", "sip:bob@192.0.2.4 SIP"}};
  const Parsed first{std::string(kInvite)};
  const Parsed second(InviteWith(other_path));
  EXPECT_EQ(MergedRequestKey(kKey, first.message), MergedRequestKey(kKey, second.message));
  EXPECT_NE(ServerTransactionKey(kKey, first.message), ServerTransactionKey(kKey, second.message));
  for (const auto& difference : Replacements{{"tag=8", "tag=9"},
                                             {"Call-ID: 9", "Call-ID: 8"},
                                             {"986759", "986760"},
                                             {"sip:bob@example.com SIP", "sip:rob@example.com SIP"}}) {
    EXPECT_NE(MergedRequestKey(kKey, Parsed(InviteWith({difference})).message), MergedRequestKey(kKey, first.message));
  }
}

TEST(TransactionKey, DependsOnTheSecretKey) {
  EXPECT_NE(ClientTransactionKey(kKey, "z9hG4bKa", "INVITE"),
            ClientTransactionKey(HashKey{1, 2}, "z9hG4bKa", "INVITE"));
}

TEST(TransactionKey, TextOfAnyLengthComparesWithoutCase) {
  for (size_t length : {1, 63, 64, 65, 128, 300}) {
    const std::string lower(length, 'a');
    const std::string upper(length, 'A');
    EXPECT_EQ(ClientTransactionKey(kKey, lower, "BYE"), ClientTransactionKey(kKey, upper, "BYE"));
    EXPECT_NE(ClientTransactionKey(kKey, absl::StrCat(lower, "a"), "BYE"), ClientTransactionKey(kKey, lower, "BYE"));
  }
}

TEST(TransactionKey, Hashes) {
  EXPECT_TRUE(
      absl::VerifyTypeImplementsAbslHashCorrectly({TransactionKey{}, TransactionKey{1, 0}, TransactionKey{0, 1}}));
}

}  // namespace
}  // namespace understudy::sip
