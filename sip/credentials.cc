#include "sip/credentials.h"

#include "absl/strings/match.h"
#include "sip/auth_params.h"
#include "sip/grammar.h"
#include "sip/params.h"

namespace understudy::sip {
namespace {

constexpr size_t kCountDigits = 8;

// Where a parameter of that name goes; nullptr: one that nobody reads here (opaque, auth-param).
absl::string_view* SlotOf(absl::string_view name, Credentials* out, absl::string_view* userhash) {
  const struct {
    absl::string_view name;
    absl::string_view* slot;
  } slots[] = {{"username", &out->username},
               {"username*", &out->username_star},
               {"realm", &out->realm},
               {"nonce", &out->nonce},
               {"uri", &out->uri},
               {"response", &out->response},
               {"algorithm", &out->algorithm},
               {"cnonce", &out->cnonce},
               {"qop", &out->qop},
               {"nc", &out->nonce_count_text},
               {"userhash", userhash}};
  for (const auto& row : slots) {
    if (absl::EqualsIgnoreCase(row.name, name)) return row.slot;
  }
  return nullptr;
}

// nc-value = 8LHEX. Capitals and quotes are met.
bool ParseCount(absl::string_view text, uint32_t* count) {
  if (text.size() != kCountDigits) return false;
  *count = 0;
  for (char c : text) {
    const int digit = HexDigit(c);
    if (digit < 0) return false;
    *count = *count << 4 | static_cast<uint32_t>(digit);
  }
  return *count != 0;
}

CredentialsFault Check(Credentials* out, absl::string_view userhash) {
  // RFC 7616 3.4: one of the two, and a hash is never in the extended form.
  out->userhash = absl::EqualsIgnoreCase(WithoutQuotes(userhash), "true");
  const bool both = !out->username.empty() && !out->username_star.empty();
  if (both || (out->userhash && !out->username_star.empty())) return CredentialsFault::kMalformed;
  if (out->username.empty() && out->username_star.empty()) return CredentialsFault::kMissing;
  for (absl::string_view needed : {out->realm, out->nonce, out->uri, out->response}) {
    if (needed.empty()) return CredentialsFault::kMissing;
  }
  out->qop = WithoutQuotes(out->qop);
  out->algorithm = WithoutQuotes(out->algorithm);
  out->response = WithoutQuotes(out->response);
  out->nonce_count_text = WithoutQuotes(out->nonce_count_text);
  if (out->qop.empty()) return CredentialsFault::kNone;
  if (out->cnonce.empty() || out->nonce_count_text.empty()) return CredentialsFault::kMissing;
  const bool counts = ParseCount(out->nonce_count_text, &out->nonce_count);
  return counts ? CredentialsFault::kNone : CredentialsFault::kCount;
}

// ext-value of RFC 5987 3.2.1: charset "'" [ language ] "'" value-chars.
bool DecodeExtended(absl::string_view text, std::string* out) {
  const size_t language = Find(text, '\'');
  const size_t value = language == absl::string_view::npos ? language : Find(text, '\'', language + 1);
  if (value == absl::string_view::npos || !absl::EqualsIgnoreCase(text.substr(0, language), "UTF-8")) return false;
  text.remove_prefix(value + 1);
  for (size_t i = 0; i < text.size(); ++i) {
    if (text[i] != '%') {
      out->push_back(text[i]);
      continue;
    }
    const int high = i + 2 < text.size() ? HexDigit(text[i + 1]) : -1;
    const int low = high < 0 ? -1 : HexDigit(text[i + 2]);
    if (low < 0) return false;
    out->push_back(static_cast<char>(high << 4 | low));
    i += 2;
  }
  return true;
}

}  // namespace

bool Credentials::UserName(std::string* out) const {
  out->clear();
  if (!username_star.empty()) return DecodeExtended(WithoutQuotes(username_star), out);
  Unquote(username, out);
  return true;
}

CredentialsFault ParseCredentials(absl::string_view value, Credentials* out) {
  *out = Credentials();
  if (value.size() > kMostAuthOctets) return CredentialsFault::kTooLong;
  const absl::string_view scheme = TakeScheme(&value);
  if (scheme.empty()) return CredentialsFault::kMalformed;
  if (!absl::EqualsIgnoreCase(scheme, "Digest")) return CredentialsFault::kOtherScheme;
  absl::string_view userhash;
  AuthParamReader reader(value);
  for (Param param; reader.Next(&param);) {
    absl::string_view* const slot = SlotOf(param.name, out, &userhash);
    if (slot != nullptr && !SetOnce(param, slot)) return CredentialsFault::kTwice;
  }
  return reader.ok() ? Check(out, userhash) : CredentialsFault::kMalformed;
}

absl::string_view CredentialsFaultText(CredentialsFault fault) {
  switch (fault) {
    case CredentialsFault::kNone:
    case CredentialsFault::kOtherScheme:
      return {};
    case CredentialsFault::kMalformed:
      return "Malformed Credentials";
    case CredentialsFault::kTwice:
      return "Credentials With A Parameter Twice";
    case CredentialsFault::kMissing:
      return "Credentials Lack A Parameter";
    case CredentialsFault::kCount:
      return "nc Must Be 8 Hexadecimal Digits From 00000001 On";
    case CredentialsFault::kTooLong:
      return "Credentials Too Long";
  }
  return {};
}

}  // namespace understudy::sip
