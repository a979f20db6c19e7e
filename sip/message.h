// One SIP message as a view: every field is a slice of the one buffer it was parsed from, which the caller
// owns and keeps. The parser (sip/parse.h) fills the start line, the list of header fields and the core
// headers that every layer needs; everything else is parsed when asked for (sip/header_values.h and the
// headers' own files). Copying a Message copies slices, never octets. RFC 3261 section 7.
#ifndef UNDERSTUDY_SIP_MESSAGE_H_
#define UNDERSTUDY_SIP_MESSAGE_H_

#include <cstddef>
#include <cstdint>

#include "absl/container/inlined_vector.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "sip/cseq.h"
#include "sip/header_name.h"
#include "sip/method.h"
#include "sip/name_addr.h"
#include "sip/uri.h"
#include "sip/via.h"

namespace understudy::sip {

struct HeaderField {
  HeaderName id = HeaderName::kUnknown;
  absl::string_view name;   // as received, compact or long
  absl::string_view value;  // trimmed; may hold folds (line end + white space), see Unfold in sip/fold.h
};

class Message {
 public:
  using Headers = absl::InlinedVector<HeaderField, 24>;

  bool is_request() const { return is_request_; }

  // Requests. The method of a response is cseq().method.
  Method method() const { return method_; }
  absl::string_view method_text() const { return method_text_; }
  absl::string_view request_uri_text() const { return request_uri_.text; }
  const Uri& request_uri() const { return request_uri_; }

  // Responses. 100 to 699; 0 in a request.
  int status() const { return status_; }
  absl::string_view reason() const { return reason_; }

  // In the order received, compact names resolved.
  const Headers& headers() const { return headers_; }

  // The first field of that name, or nullptr.
  const HeaderField* Find(HeaderName name) const;
  // The first field whose name has that text, known or not, case-insensitive; or nullptr.
  const HeaderField* FindText(absl::string_view name) const;
  bool Has(HeaderName name) const { return Find(name) != nullptr; }
  // The value of the first field of that name; empty without one.
  absl::string_view ValueOf(HeaderName name) const;

  // The core. After a successful parse all of them are there but the optional ones; after a failed one,
  // those that could be read (an empty text where not).
  const Via& top_via() const { return top_via_; }
  const NameAddr& from() const { return from_; }
  const NameAddr& to() const { return to_; }
  absl::string_view from_tag() const { return from_.tag; }
  absl::string_view to_tag() const { return to_.tag; }
  absl::string_view call_id() const { return call_id_; }
  const CSeq& cseq() const { return cseq_; }
  absl::optional<uint8_t> max_forwards() const { return max_forwards_; }
  absl::optional<uint32_t> content_length() const { return content_length_; }

  absl::string_view body() const { return body_; }

  // From the start line to the end of the body: without leading line ends and octets beyond Content-Length.
  absl::string_view raw() const { return raw_; }

  void Clear();

 private:
  friend class MessageParser;

  bool is_request_ = false;
  Method method_ = Method::kUnknown;
  uint16_t status_ = 0;
  absl::optional<uint8_t> max_forwards_;
  absl::optional<uint32_t> content_length_;
  absl::string_view method_text_;
  absl::string_view reason_;
  absl::string_view call_id_;
  absl::string_view body_;
  absl::string_view raw_;
  uint64_t present_[2] = {0, 0};  // a bit for each HeaderName in headers_
  Uri request_uri_;
  Via top_via_;
  NameAddr from_;
  NameAddr to_;
  CSeq cseq_;
  Headers headers_;
};

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_MESSAGE_H_
