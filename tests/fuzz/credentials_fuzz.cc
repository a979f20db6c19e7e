// Any octets as credentials and as a challenge: parsing ends, what is found lies in the text, and what is written is
// read again as it was.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "base/check.h"
#include "sip/challenge.h"
#include "sip/credentials.h"

namespace {

using understudy::sip::Challenge;
using understudy::sip::Credentials;
using understudy::sip::CredentialsFault;

void CheckInside(absl::string_view part, absl::string_view whole) {
  if (part.empty()) return;
  US_CHECK(part.data() >= whole.data());
  US_CHECK(part.data() + part.size() <= whole.data() + whole.size());
}

void CheckCredentials(absl::string_view text) {
  Credentials credentials;
  const CredentialsFault fault = ParseCredentials(text, &credentials);
  if (fault != CredentialsFault::kNone) return;
  for (absl::string_view part :
       {credentials.username, credentials.username_star, credentials.realm, credentials.nonce, credentials.uri,
        credentials.response, credentials.algorithm, credentials.cnonce, credentials.qop}) {
    CheckInside(part, text);
  }
  US_CHECK(credentials.username.empty() != credentials.username_star.empty());
  US_CHECK(credentials.qop.empty() || credentials.nonce_count > 0);
  std::string user;
  if (credentials.UserName(&user)) US_CHECK(user.size() <= text.size());
}

bool IsPlain(absl::string_view text) {
  return text.find_first_of("\"\\") == absl::string_view::npos;
}

void CheckChallenge(absl::string_view text) {
  Challenge challenge;
  if (!ParseChallenge(text, &challenge)) return;
  for (absl::string_view part : {challenge.realm, challenge.nonce, challenge.algorithm, challenge.qop}) {
    CheckInside(part, text);
  }
  if (!IsPlain(challenge.realm) || !IsPlain(challenge.nonce) || challenge.realm.empty() || challenge.nonce.empty()) {
    return;
  }
  std::string written;
  challenge.algorithm = "SHA-256";
  AppendChallenge(challenge, &written);
  Challenge again;
  US_CHECK(ParseChallenge(written, &again));
  US_CHECK(again.realm == challenge.realm);
  US_CHECK(again.nonce == challenge.nonce);
  US_CHECK_EQ(again.stale, challenge.stale);
}

}  // namespace

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  CheckCredentials(text);
  CheckChallenge(text);
  return 0;
}
