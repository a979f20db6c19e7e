#include "daemon/config/authentication_reader.h"

#include <string>
#include <utility>

#include "absl/strings/str_cat.h"
#include "daemon/config/password_verifier.h"

namespace understudy::daemon {
namespace {

constexpr absl::string_view kTServer = "TServer";
constexpr absl::string_view kRequests = "authenticate-requests";

struct HashOption {
  absl::string_view name;
  auth::DigestAlgorithm algorithm;
};
constexpr HashOption kHashOptions[] = {
    {"password-md5", auth::DigestAlgorithm::kMd5},
    {"password-sha-256", auth::DigestAlgorithm::kSha256},
    {"password-sha-512-256", auth::DigestAlgorithm::kSha512_256},
};

std::string Subject(const DnDraft& draft) {
  return absl::StrCat("DN ", draft.dn.number, ": ");
}

// What stands between quotes in a challenge, and in every answer to it, has no quotes of its own.
void CheckRealm(const PairConfig& pair, const Sections& sections, Place place, Diagnostics& diagnostics) {
  if (pair.realm().find_first_of("\"\\") == std::string::npos) return;
  const YamlNode* own = FindInTServer(sections, "sip-realm");
  diagnostics.Error(own == nullptr ? place : own->place,
                    absl::StrCat("TServer/sip-realm: found ", Quoted(pair.realm()),
                                 own == nullptr ? " (the switch's name)" : "", "; allowed: no quote and no backslash"));
}

absl::optional<PasswordVerifier> VerifierOfHashes(const DnDraft& draft) {
  PasswordVerifier verifier;
  for (const HashOption& option : kHashOptions) {
    const YamlNode* hash = FindInTServer(draft.sections, option.name);
    if (hash != nullptr) verifier.Of(option.algorithm) = std::string(hash->text);
  }
  if (verifier == PasswordVerifier()) return absl::nullopt;
  return verifier;
}

void ReadPassword(const std::string& realm, DnDraft& draft, Diagnostics& diagnostics) {
  const YamlNode* password = FindInTServer(draft.sections, "password");
  draft.dn.password = VerifierOfHashes(draft);
  if (password == nullptr) return;
  if (draft.dn.password) {
    return diagnostics.Error(password->place,
                             absl::StrCat(Subject(draft), "TServer/password: found beside password-md5, ",
                                          "-sha-256 or -sha-512-256; allowed: one of the two"));
  }
  absl::StatusOr<PasswordVerifier> verifier = MakePasswordVerifier(draft.dn.user(), realm, password->text);
  if (verifier.ok()) {
    draft.dn.password = *std::move(verifier);
  } else {
    diagnostics.Error(password->place, absl::StrCat(Subject(draft), "TServer/password: ", verifier.status().message()));
  }
}

// Somebody who is asked and cannot answer would never get through.
void CheckCanAnswer(const PairConfig& pair, const DnDraft& draft, Diagnostics& diagnostics) {
  if (!pair.AlgorithmsFor(draft.dn).empty()) return;
  diagnostics.Error(draft.place,
                    absl::StrCat(Subject(draft), "TServer/authenticate-algorithms: found ",
                                 Quoted(pair.TextFor(draft.dn, "authenticate-algorithms")),
                                 ", of which it has no verifier; allowed: one that password-md5, -sha-256 or "
                                 "-sha-512-256 gives"));
}

// The engine reads the DN's own option alone.
void SettleRequests(const PairConfig& pair, DnDraft& draft, Diagnostics& diagnostics) {
  const YamlNode* own = FindInTServer(draft.sections, kRequests);
  const std::string requests = pair.TextFor(draft.dn, kRequests);
  if (requests.empty()) return;
  if (draft.dn.password) {
    CheckCanAnswer(pair, draft, diagnostics);
    draft.dn.options[std::string(kTServer)][std::string(kRequests)] = requests;
  } else if (own != nullptr) {
    diagnostics.Error(own->place,
                      absl::StrCat(Subject(draft), "TServer/authenticate-requests: found ", Quoted(requests),
                                   " without a password; allowed: together with password, or with "
                                   "password-md5, -sha-256 or -sha-512-256"));
  } else if (draft.dn.type == DnType::kExtension) {
    diagnostics.WarnOnce("no password", draft.place,
                         absl::StrCat("TServer/authenticate-requests does not hold for ", draft.dn.number,
                                      ": an Extension without a password is asked for none"));
  }
}

}  // namespace

void ReadAuthentication(const PairConfig& pair, const Sections& sections, std::vector<DnDraft>& drafts,
                        Diagnostics& diagnostics) {
  bool realm_checked = false;
  for (DnDraft& draft : drafts) {
    ReadPassword(pair.realm(), draft, diagnostics);
    if (draft.dn.password && !realm_checked) CheckRealm(pair, sections, draft.place, diagnostics);
    realm_checked |= draft.dn.password.has_value();
    SettleRequests(pair, draft, diagnostics);
  }
}

}  // namespace understudy::daemon
