// Any octets as two URIs, one a line: what was accepted, put together from its parts and parsed again is the same URI;
// equivalence is reflexive and symmetric; what becomes a dialog's target stays a URI.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "sip/dialog.h"
#include "sip/escape.h"
#include "sip/name_addr.h"
#include "sip/uri.h"

namespace understudy::sip {
namespace {

std::string PutTogether(const Uri& uri) {
  std::string out = absl::StrCat(uri.scheme, ":");
  if (!uri.is_sip) return absl::StrCat(out, uri.opaque);
  if (uri.has_user) absl::StrAppend(&out, uri.user, uri.password.empty() ? "" : ":", uri.password, "@");
  absl::StrAppend(&out, uri.host, uri.port_text.empty() ? "" : ":", uri.port_text);
  absl::StrAppend(&out, uri.params.empty() ? "" : ";", uri.params);
  return absl::StrCat(out, uri.headers.empty() ? "" : "?", uri.headers);
}

void CheckSame(const Uri& a, const Uri& b) {
  US_CHECK_EQ(a.scheme, b.scheme);
  US_CHECK_EQ(a.user, b.user);
  US_CHECK_EQ(a.password, b.password);
  US_CHECK_EQ(a.host, b.host);
  US_CHECK_EQ(a.port_text, b.port_text);
  US_CHECK_EQ(a.port, b.port);
  US_CHECK_EQ(a.params, b.params);
  US_CHECK_EQ(a.headers, b.headers);
  US_CHECK_EQ(a.opaque, b.opaque);
  US_CHECK_EQ(a.has_user, b.has_user);
  US_CHECK_EQ(a.is_sip, b.is_sip);
  US_CHECK_EQ(a.is_sips, b.is_sips);
}

void CheckRoundTrip(const Uri& uri) {
  const std::string text = PutTogether(uri);
  Uri again;
  US_CHECK(ParseUri(text, &again));
  CheckSame(uri, again);
  US_CHECK(Equivalent(uri, again));
  US_CHECK(Equivalent(uri, uri));
}

void CheckUnescape(absl::string_view text) {
  std::string plain;
  Unescape(text, &plain);
  US_CHECK_LE(plain.size(), text.size());
  US_CHECK(EqualsUnescaped(text, text));
  US_CHECK(EqualsUnescapedIgnoreCase(text, text));
}

void CheckAsNameAddr(const Uri& uri) {
  NameAddr address;
  const std::string text = absl::StrCat("\"A \\\" b\" <", uri.text, ">;tag=t");
  US_CHECK(ParseNameAddr(text, &address));
  US_CHECK_EQ(address.uri, uri.text);
  US_CHECK_EQ(address.tag, "t");
}

void CheckAsTarget(const Uri& uri) {
  const Dialog dialog = BeginUacDialog({"c", "t", uri.text, uri.text, uri.text, 1, true});
  Uri target;
  US_CHECK(ParseUri(dialog.remote_target, &target));
  US_CHECK_EQ(uri.host, target.host);
  US_CHECK_EQ(uri.user, target.user);
  US_CHECK(target.headers.empty());
  US_CHECK_EQ(BeginUacDialog({"c", "t", "", "", dialog.remote_target, 1, true}).remote_target, dialog.remote_target);
}

bool FuzzUri(absl::string_view text, Uri* uri) {
  CheckUnescape(text);
  NameAddr address;
  ParseContact(text, &address);
  if (!ParseUri(text, uri)) return false;
  CheckRoundTrip(*uri);
  CheckAsNameAddr(*uri);
  CheckAsTarget(*uri);
  uri->Param("lr");
  return true;
}

}  // namespace
}  // namespace understudy::sip

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  using understudy::sip::Equivalent;
  const absl::string_view text(reinterpret_cast<const char*>(data), size);
  const size_t line_end = text.find('\n');
  understudy::sip::Uri a, b;
  if (!understudy::sip::FuzzUri(text.substr(0, line_end), &a) || line_end == absl::string_view::npos) return 0;
  if (understudy::sip::FuzzUri(text.substr(line_end + 1), &b)) US_CHECK_EQ(Equivalent(a, b), Equivalent(b, a));
  return 0;
}
