#include "daemon/auth/authenticator.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sip/challenge.h"
#include "sip/params.h"

namespace understudy::auth {
namespace {

using sip::CredentialsFault;

constexpr absl::string_view kQop = "auth";
// Fields that are looked at: each may cost a few hashes.
constexpr int kMostFields = 8;

std::string Text(absl::string_view raw) {
  std::string text;
  sip::Unquote(raw, &text);
  return text;
}

bool IsOffered(const Account& account, DigestAlgorithm algorithm) {
  return std::find(account.offered.begin(), account.offered.end(), algorithm) != account.offered.end();
}

}  // namespace

absl::string_view OutcomeName(Outcome outcome) {
  switch (outcome) {
    case Outcome::kUnsigned:
      return "unsigned";
    case Outcome::kMalformed:
      return "malformed";
    case Outcome::kWrong:
      return "wrong";
    case Outcome::kStale:
      return "stale";
    case Outcome::kForbidden:
      return "forbidden";
    case Outcome::kSigned:
      return "signed";
  }
  return "?";
}

const Account* Authenticator::ClaimedAccount(const Claim& claim, const Account& account) const {
  if (claim.credentials.userhash) {
    const auto hash = HexDigest(claim.variant.algorithm, {account.user, ":", accounts_.realm});
    return hash && SameDigest(*hash, Text(claim.credentials.username)) ? &account : nullptr;
  }
  std::string user;
  if (!claim.credentials.UserName(&user)) return nullptr;
  return user == account.user ? &account : accounts_.FindUser(user);
}

bool Authenticator::IsRight(absl::string_view method, const Claim& claim, const Account& account) const {
  const sip::Credentials& said = claim.credentials;
  const std::string& ha1 = account.verifier.Of(claim.variant.algorithm);
  if (ha1.empty() || said.response.size() != DigestDigits(claim.variant.algorithm)) return false;
  const std::string uri = Text(said.uri);
  const std::string cnonce = Text(said.cnonce);
  const auto response =
      DigestResponse(claim.variant, ha1, {method, uri, claim.nonce, said.nonce_count_text, cnonce, said.qop});
  return response && SameDigest(*response, said.response);
}

Judgement Authenticator::JudgeField(absl::string_view method, absl::string_view value, const Account& account,
                                    const Endpoint& remote, Duration now) {
  Claim claim;
  const CredentialsFault fault = ParseCredentials(value, &claim.credentials);
  if (fault == CredentialsFault::kOtherScheme) return {};
  if (fault != CredentialsFault::kNone) return {Outcome::kMalformed, CredentialsFaultText(fault)};
  const sip::Credentials& said = claim.credentials;
  const auto variant = DigestVariantFromName(said.algorithm);
  if (Text(said.realm) != accounts_.realm || !variant || !IsOffered(account, variant->algorithm)) return {};
  claim.variant = *variant;
  if (said.qop.empty() && !account.legacy) return {Outcome::kUnsigned, "qop Must Be auth"};
  if (!said.qop.empty() && !absl::EqualsIgnoreCase(said.qop, kQop)) return {Outcome::kMalformed, "qop Must Be auth"};
  claim.nonce = Text(said.nonce);
  const auto mark = nonces_.Read(claim.nonce, remote, now);
  if (!mark) return {Outcome::kStale, {}};
  const Account* const claimed = ClaimedAccount(claim, account);
  if (claimed == nullptr || !IsRight(method, claim, *claimed)) return {Outcome::kWrong, {}, 1};
  const uint32_t count = said.qop.empty() ? 1 : said.nonce_count;
  if (!counts_.Take(*mark, count, nonces_.OldestSecond(now))) return {Outcome::kStale, {}};
  if (claimed != &account) return {Outcome::kForbidden, "Signed By Another"};
  return {Outcome::kSigned, {}};
}

Judgement Authenticator::Judge(const sip::Message& message, absl::string_view number, const Endpoint& remote,
                               Duration now) {
  Judgement judgement;
  const Account* const account = accounts_.Find(number);
  int fields = 0;
  int guesses = 0;
  for (const sip::HeaderField& field : message.headers()) {
    if (account == nullptr || field.id != sip::HeaderName::kAuthorization || ++fields > kMostFields) continue;
    const Judgement next = JudgeField(message.method_text(), field.value, *account, remote, now);
    guesses += next.guesses;
    if (next.outcome >= judgement.outcome) judgement = next;
    if (next.outcome == Outcome::kSigned) break;
  }
  judgement.guesses = judgement.outcome == Outcome::kSigned ? 0 : guesses;
  if (account == nullptr) judgement = {Outcome::kForbidden, "No Password Is Configured"};
  ++judged_[static_cast<size_t>(judgement.outcome)];
  return judgement;
}

std::string Authenticator::Challenges(const sip::Message& message, absl::string_view number, const Endpoint& remote,
                                      bool stale, Duration now) const {
  std::string lines;
  const Account* const account = accounts_.Find(number);
  if (account == nullptr) return lines;
  const std::string nonce = nonces_.Make(remote, message.call_id(), message.from_tag(), now);
  for (DigestAlgorithm algorithm : account->offered) {
    absl::StrAppend(&lines, "WWW-Authenticate: ");
    sip::AppendChallenge({accounts_.realm, nonce, DigestAlgorithmName(algorithm), {}, stale}, &lines);
    absl::StrAppend(&lines, "\r\n");
  }
  return lines;
}

}  // namespace understudy::auth
