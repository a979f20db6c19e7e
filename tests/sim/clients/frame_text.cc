#include "tests/sim/clients/frame_text.h"

#include <variant>

#include "absl/strings/str_cat.h"
#include "tlib/message.h"
#include "tlib/message_codec.h"

namespace understudy::sim {
namespace {

using tlib::Attribute;

std::string MessageText(const tlib::Message& message) {
  std::string text(tlib::MessageTypeName(message.type()));
  const auto number = [&](absl::string_view name, Attribute attribute) {
    if (message.Has(attribute)) absl::StrAppend(&text, " ", name, " ", message.Number(attribute));
  };
  number("sequence", Attribute::kEventSequenceNumber);
  if (message.Has(Attribute::kThisDN)) absl::StrAppend(&text, " of ", message.Text(Attribute::kThisDN));
  if (message.Has(Attribute::kOtherDN)) absl::StrAppend(&text, " other ", message.Text(Attribute::kOtherDN));
  if (message.Has(Attribute::kConnID)) {
    absl::StrAppend(&text, " conn ", absl::Hex(message.Number(Attribute::kConnID), absl::kZeroPad16));
  }
  number("state", Attribute::kCallState);
  number("error", Attribute::kErrorCode);
  absl::StrAppend(&text, message.Has(Attribute::kErrorMessage) ? ": " : "", message.Text(Attribute::kErrorMessage));
  return text;
}

std::string ReferenceText(const absl::optional<int64_t>& reference) {
  return reference ? absl::StrCat(" reference ", *reference) : "";
}

struct Writer {
  std::string operator()(const tlib::Hello& f) const { return absl::StrCat("hello ", f.application); }
  std::string operator()(const tlib::Welcome& f) const {
    return absl::StrCat("welcome to ", f.server, " role ", static_cast<int>(f.role));
  }
  std::string operator()(const tlib::Attach& f) const {
    return absl::StrCat("attach session ", f.session, " seen ", f.seen_event);
  }
  std::string operator()(const tlib::Attached& f) const {
    return absl::StrCat("attached session ", f.session, " last request ", f.last_request);
  }
  std::string operator()(const tlib::RequestFrame& f) const {
    absl::optional<int64_t> reference;
    if (f.message.Has(Attribute::kReferenceID)) reference = f.message.Number(Attribute::kReferenceID);
    return absl::StrCat("request ", f.number, ReferenceText(reference), " ", MessageText(f.message));
  }
  std::string operator()(const tlib::EventFrame& f) const {
    const absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(f.message.view());
    return absl::StrCat("event ", f.number, ReferenceText(f.reference_id), " ",
                        message.ok() ? MessageText(*message) : std::string(message.status().message()));
  }
  std::string operator()(const tlib::Acknowledge& f) const { return absl::StrCat("acknowledge ", f.number); }
  std::string operator()(const tlib::Ping&) const { return "ping"; }
  std::string operator()(const tlib::Pong&) const { return "pong"; }
  std::string operator()(const tlib::Role& f) const { return absl::StrCat("role ", static_cast<int>(f.role)); }
  std::string operator()(const tlib::Goodbye& f) const {
    return absl::StrCat("goodbye ", static_cast<int>(f.code), ", ", f.text);
  }
};

}  // namespace

std::string FrameText(const tlib::Frame& frame) {
  return std::visit(Writer(), frame);
}

}  // namespace understudy::sim
