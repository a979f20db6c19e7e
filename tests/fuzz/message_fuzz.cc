// Any octets as a message: the parser answers, every lazy reader answers, and what was accepted, written by the writer
// and parsed again is the same message. The keys, the dialog and the body's description are made on the way.
#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/str_cat.h"
#include "absl/strings/string_view.h"
#include "base/check.h"
#include "sip/cseq.h"
#include "sip/dialog.h"
#include "sip/dialog_key.h"
#include "sip/fold.h"
#include "sip/header_name.h"
#include "sip/header_values.h"
#include "sip/message.h"
#include "sip/name_addr.h"
#include "sip/params.h"
#include "sip/parse.h"
#include "sip/parse_error.h"
#include "sip/refer_to.h"
#include "sip/replaces.h"
#include "sip/sdp.h"
#include "sip/transaction_key.h"
#include "sip/uri.h"
#include "sip/via.h"
#include "sip/writer.h"

namespace understudy::sip {
namespace {

constexpr HashKey kKey{0x0706050403020100, 0x0f0e0d0c0b0a0908};

void CheckWithin(absl::string_view slice, absl::string_view whole) {
  if (slice.empty()) return;
  US_CHECK_GE(slice.data(), whole.data());
  US_CHECK_LE(slice.data() + slice.size(), whole.data() + whole.size());
}

std::string Unfolded(absl::string_view value) {
  std::string out;
  Unfold(value, &out);
  return out;
}

// A URI that was accepted in a header can be written into another one, in brackets.
void CheckInBrackets(absl::string_view uri) {
  NameAddr again;
  const std::string text = absl::StrCat("<", uri, ">;tag=t");
  US_CHECK(ParseNameAddr(text, &again));
  US_CHECK_EQ(again.uri, uri);
  US_CHECK_EQ(again.tag, "t");
}

// Every reader on every element, whether or not the header is of its kind.
void ReadElement(absl::string_view element) {
  NameAddr address;
  std::string display;
  if (ParseContact(element, &address)) {
    DisplayText(address, &display);
    if (!address.star) CheckInBrackets(address.uri);
  }
  US_CHECK_LE(display.size(), element.size());
  Uri uri;
  if (ParseUri(address.uri, &uri)) US_CHECK(Equivalent(uri, uri));
  Via via;
  if (ParseVia(element, &via)) CheckWithin(via.host, element);
  CSeq cseq;
  if (ParseCSeq(element, &cseq)) US_CHECK_LT(cseq.number, 1u << 31);
  RAck rack;
  if (ParseRAck(element, &rack)) US_CHECK_NE(rack.rseq, 0u);
  Replaces replaces;
  if (ParseReplaces(element, &replaces)) CheckWithin(replaces.call_id, element);
  uint32_t seconds = 0;
  ParseDeltaSeconds(element, &seconds);
  CheckWithin(WithoutParams(element), element);
  ParamReader params(ParamsOf(element));
  int count = 0;
  for (Param param; params.Next(&param);) US_CHECK_LE(++count, kMaxParams);
}

// Whatever was taken for a Replaces is one.
void ReadReferral(const Message& message) {
  ReferTo refer_to;
  Replaces replaces;
  const bool good = ReadReferTo(message, &refer_to) == ReferToFault::kNone;
  if (good && !refer_to.replaces.empty()) US_CHECK(ParseReplaces(refer_to.replaces, &replaces));
  NameAddr by;
  ReadReferredBy(message, &by);
}

void ReadHeaders(const Message& message, absl::string_view whole) {
  ReadReferral(message);
  for (const HeaderField& field : message.headers()) {
    CheckWithin(field.name, whole);
    CheckWithin(field.value, whole);
    const std::string unfolded = Unfolded(field.value);
    US_CHECK_LE(unfolded.size(), field.value.size());
    US_CHECK(unfolded.find_first_of("\r\n") == std::string::npos);
    ReadElement(field.value);
    // A list is read from its first line; reading it again from each of its lines would be quadratic here.
    if (field.id == HeaderName::kUnknown || message.Find(field.id) != &field) continue;
    for (absl::string_view element : HeaderValues(message, field.id)) ReadElement(element);
  }
}

std::string Written(const Message& message) {
  std::string out;
  MessageWriter writer(&out);
  if (message.is_request()) {
    writer.RequestLine(message.method_text(), message.request_uri_text());
  } else {
    writer.StatusLine(message.status(), message.reason());
  }
  for (const HeaderField& field : message.headers()) {
    if (field.id == HeaderName::kContentLength) continue;
    if (field.id == HeaderName::kUnknown) {
      writer.Header(field.name, field.value);
    } else {
      writer.Header(field.id, field.value);
    }
  }
  writer.Body(absl::string_view(), message.body());
  return out;
}

void CheckSameHeaders(const Message& a, const Message& b) {
  size_t at = 0;
  for (const HeaderField& field : a.headers()) {
    if (field.id == HeaderName::kContentLength) continue;
    US_CHECK_LT(at, b.headers().size());
    const HeaderField& other = b.headers()[at++];
    US_CHECK(field.id == other.id);
    if (field.id == HeaderName::kUnknown) US_CHECK_EQ(field.name, other.name);
    US_CHECK_EQ(Unfolded(field.value), Unfolded(other.value));
  }
  US_CHECK_EQ(at + 1, b.headers().size());  // and Content-Length
}

void CheckSame(const Message& a, const Message& b) {
  US_CHECK_EQ(a.is_request(), b.is_request());
  US_CHECK(a.method() == b.method());
  US_CHECK_EQ(a.method_text(), b.method_text());
  US_CHECK_EQ(a.request_uri_text(), b.request_uri_text());
  US_CHECK_EQ(a.status(), b.status());
  US_CHECK_EQ(Unfolded(a.reason()), Unfolded(b.reason()));
  US_CHECK_EQ(a.top_via().branch, b.top_via().branch);
  US_CHECK_EQ(a.top_via().host, b.top_via().host);
  US_CHECK_EQ(a.top_via().port, b.top_via().port);
  US_CHECK_EQ(a.from().uri, b.from().uri);
  US_CHECK_EQ(a.from_tag(), b.from_tag());
  US_CHECK_EQ(a.to().uri, b.to().uri);
  US_CHECK_EQ(a.to_tag(), b.to_tag());
  US_CHECK_EQ(a.call_id(), b.call_id());
  US_CHECK_EQ(a.cseq().number, b.cseq().number);
  US_CHECK_EQ(a.cseq().method_text, b.cseq().method_text);
  US_CHECK(a.max_forwards() == b.max_forwards());
  US_CHECK_EQ(a.body(), b.body());
  CheckSameHeaders(a, b);
}

void CheckRoundTrip(const Message& message) {
  ParseLimits limits;  // long names instead of compact ones may make lines and message longer
  limits.line_octets *= 2;
  limits.message_octets *= 4;
  const std::string octets = Written(message);
  Message again;
  ParseError error;
  US_CHECK(ParseMessage(octets, limits, &again, &error));
  CheckSame(message, again);
  US_CHECK_EQ(Written(again), octets);
}

void CheckTarget(const Dialog& dialog) {
  const RequestTarget target = TargetOf(dialog);
  US_CHECK_EQ(target.routes.size(), dialog.route_set.size());
  Uri uri;
  US_CHECK(ParseUri(target.request_uri, &uri));
  US_CHECK(uri.headers.empty());
  US_CHECK(!uri.is_sip || !uri.Param("method"));
}

void MakeKeysAndDialogs(const Message& message) {
  const DialogKey dialog_key = DialogKeyOf(kKey, message);
  if (message.is_request()) {
    ServerTransactionKey(kKey, message);
    CancelledTransactionKey(kKey, message);
    MergedRequestKey(kKey, message);
    const absl::StatusOr<Dialog> dialog = BeginUasDialog(message, message.to_tag(), true);
    if (!dialog.ok()) return;
    US_CHECK(DialogKeyOf(kKey, *dialog) == dialog_key);
    CheckTarget(*dialog);
    return;
  }
  ClientTransactionKey(kKey, message);
  Dialog dialog = BeginUacDialog({message.call_id(), message.from_tag(), message.from().uri, message.to().uri,
                                  "sip:a@192.0.2.1", message.cseq().number, false});
  if (!Establish(message, &dialog).ok()) return;
  US_CHECK(DialogKeyOf(kKey, dialog) == dialog_key);
  CheckTarget(dialog);
}

void FuzzMessage(absl::string_view bytes) {
  Message message;
  ParseError error;
  const bool parsed = ParseMessage(bytes, &message, &error);
  US_CHECK_EQ(parsed, error.what == ParseErrorKind::kNone);
  ReadHeaders(message, bytes);
  CheckWithin(message.body(), bytes);
  if (!parsed) {
    US_CHECK(!ParseErrorName(error.what).empty());
    US_CHECK_LE(error.offset, bytes.size());
    US_CHECK(error.answer_status == 0 || message.is_request());
    return;
  }
  CheckRoundTrip(message);
  MakeKeysAndDialogs(message);
  Sdp sdp;
  SdpError sdp_error;
  if (ParseSdp(message.body(), &sdp, &sdp_error)) IsHold(sdp);
}

}  // namespace
}  // namespace understudy::sip

extern "C" int LLVMFuzzerTestOneInput(const uint8_t* data, size_t size) {
  understudy::sip::FuzzMessage(absl::string_view(reinterpret_cast<const char*>(data), size));
  return 0;
}
