#include "sip/challenge.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "sip/auth_params.h"
#include "sip/params.h"

namespace understudy::sip {
namespace {

absl::string_view* SlotOf(absl::string_view name, Challenge* out, absl::string_view* stale) {
  if (absl::EqualsIgnoreCase(name, "realm")) return &out->realm;
  if (absl::EqualsIgnoreCase(name, "nonce")) return &out->nonce;
  if (absl::EqualsIgnoreCase(name, "algorithm")) return &out->algorithm;
  if (absl::EqualsIgnoreCase(name, "qop")) return &out->qop;
  return absl::EqualsIgnoreCase(name, "stale") ? stale : nullptr;
}

}  // namespace

void AppendChallenge(const Challenge& challenge, std::string* out) {
  absl::StrAppend(out, "Digest realm=\"", challenge.realm, "\", nonce=\"", challenge.nonce, "\", qop=\"auth\"");
  if (!challenge.algorithm.empty()) absl::StrAppend(out, ", algorithm=", challenge.algorithm);
  if (challenge.stale) absl::StrAppend(out, ", stale=true");
}

bool ParseChallenge(absl::string_view value, Challenge* out) {
  *out = Challenge();
  if (value.size() > kMostAuthOctets || !absl::EqualsIgnoreCase(TakeScheme(&value), "Digest")) return false;
  absl::string_view stale;
  AuthParamReader reader(value);
  for (Param param; reader.Next(&param);) {
    absl::string_view* const slot = SlotOf(param.name, out, &stale);
    if (slot != nullptr && !SetOnce(param, slot)) return false;
  }
  if (!reader.ok() || out->realm.empty() || out->nonce.empty()) return false;
  for (absl::string_view* slot : {&out->realm, &out->nonce, &out->algorithm, &out->qop}) *slot = WithoutQuotes(*slot);
  out->stale = absl::EqualsIgnoreCase(WithoutQuotes(stale), "true");
  return true;
}

}  // namespace understudy::sip
