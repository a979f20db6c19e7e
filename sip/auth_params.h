// The comma-separated parameters of credentials and challenges. RFC 3261 25.1 (auth-param), RFC 7235 2.1.
//
//   AuthParamReader reader(params);                     // "username=\"1001\", realm=..."
//   for (Param param; reader.Next(&param);) ...         // values are raw: Unquote of sip/params.h
//   if (!reader.ok()) ...
//
// White space, folds included, may stand around ',' and '='. Empty elements are skipped (RFC 7230 section 7).
#ifndef UNDERSTUDY_SIP_AUTH_PARAMS_H_
#define UNDERSTUDY_SIP_AUTH_PARAMS_H_

#include "absl/strings/string_view.h"
#include "sip/params.h"

namespace understudy::sip {

// Octets of a header value; what is longer is malformed.
inline constexpr size_t kMostAuthOctets = 4096;

class AuthParamReader {
 public:
  explicit AuthParamReader(absl::string_view params) : rest_(params) {}

  // False at the end and at the first malformed parameter. Each has a value.
  bool Next(Param* param);

  // False after a malformed one: bad name, no value, open quote, rubbish behind a value, more than kMaxParams.
  bool ok() const { return ok_; }

 private:
  bool Fail();
  bool ReadValue(Param* param);

  absl::string_view rest_;
  int count_ = 0;
  bool ok_ = true;
};

// Takes the scheme off a header value: "Digest" of "Digest realm=...". Empty: there is none.
absl::string_view TakeScheme(absl::string_view* value);

// A raw value without its quotes; escapes stay.
absl::string_view WithoutQuotes(absl::string_view value);

// Sets `*slot` to the parameter's value; false when it has been set before (RFC 7616 3.4: once each).
bool SetOnce(const Param& param, absl::string_view* slot);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_AUTH_PARAMS_H_
