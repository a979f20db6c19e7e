#include "tests/scenarios/transcript.h"

#include <algorithm>
#include <cstdlib>
#include <utility>
#include <vector>

#include "absl/strings/ascii.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_replace.h"
#include "absl/strings/str_split.h"
#include "absl/strings/strip.h"
#include "engine/sip_ids.h"
#include "sip/parse.h"
#include "tlib/message_codec.h"
#include "tlib/message_json.h"

namespace understudy::tests {
namespace {

using sip::HeaderName;

constexpr size_t kLongValue = 200;

bool IsHex(absl::string_view text) {
  for (char c : text) {
    if (!absl::ascii_isdigit(static_cast<unsigned char>(c)) && (c < 'a' || c > 'f')) return false;
  }
  return true;
}

// In every message, and told apart by the line's beginning.
bool IsUsual(const sip::HeaderField& field) {
  switch (field.id) {
    case HeaderName::kVia:
    case HeaderName::kFrom:
    case HeaderName::kTo:
    case HeaderName::kCallId:
    case HeaderName::kCSeq:
    case HeaderName::kContentLength:
    case HeaderName::kContentType:
      return true;
    default:
      return field.id == HeaderName::kMaxForwards && field.value == "70";
  }
}

std::string OnOneLine(absl::string_view text) {
  return absl::StrReplaceAll(text, {{"\r\n", "\\n"}, {"\n", "\\n"}});
}

std::string BodyText(const sip::Message& message) {
  if (message.body().empty()) return {};
  if (message.ValueOf(HeaderName::kContentType) != "application/sdp") {
    return absl::StrCat("; body ", message.ValueOf(HeaderName::kContentType), " \"", OnOneLine(message.body()), "\"");
  }
  std::string party;
  std::string direction;
  for (absl::string_view line : absl::StrSplit(message.body(), "\r\n")) {
    if (absl::ConsumePrefix(&line, "o=")) party = std::string(line.substr(0, line.find(' ')));
    if (absl::ConsumePrefix(&line, "a=")) direction = std::string(line);
  }
  return absl::StrCat("; sdp ", party, " ", direction);
}

absl::string_view StepName(engine::CallProgress::Step step) {
  constexpr absl::string_view kNames[] = {"started", "alerting", "answered", "released", "failed"};
  return kNames[static_cast<size_t>(step)];
}

absl::string_view StepName(engine::RegistrationProgress::Step step) {
  constexpr absl::string_view kNames[] = {"registered", "unregistered", "expired"};
  return kNames[static_cast<size_t>(step)];
}

absl::string_view StepName(engine::SessionProgress::Step step) {
  constexpr absl::string_view kNames[] = {"opened", "resumed", "lost its link", "is slow", "ended"};
  return kNames[static_cast<size_t>(step)];
}

absl::string_view StepName(engine::DeviceProgress::Step step) {
  constexpr absl::string_view kNames[] = {"is out of service", "is back in service", "rests", "has rested",
                                          "sends its call elsewhere"};
  return kNames[static_cast<size_t>(step)];
}

absl::string_view CodeName(tlib::ErrorCode code) {
  return tlib::EnumName(tlib::Attribute::kErrorCode, static_cast<int64_t>(code));
}

// Base 36; its last six digits are the number of its call.
constexpr size_t kCallUuid = 32;
constexpr size_t kCallDigits = 6;

bool IsCallUuid(absl::string_view text) {
  return text.size() == kCallUuid && std::all_of(text.begin(), text.end(), [](unsigned char c) {
           return absl::ascii_isdigit(c) || absl::ascii_isupper(c);
         });
}

uint64_t CallOfUuid(absl::string_view uuid) {
  return std::strtoull(std::string(uuid.substr(kCallUuid - kCallDigits)).c_str(), nullptr, 36);
}

// The fields that say something; of a long value its length, of equal fields in a row their number.
std::string FieldsText(const sip::Message& message) {
  std::string out;
  std::string last;
  int times = 1;
  const auto flush = [&] {
    absl::StrAppend(&out, last, times > 1 ? absl::StrCat(" (", times, " times)") : "");
    times = 1;
  };
  for (const sip::HeaderField& field : message.headers()) {
    if (IsUsual(field)) continue;
    const bool is_long = field.value.size() > kLongValue;
    std::string text =
        absl::StrCat("; ", field.name, " ", is_long ? absl::StrCat("(", field.value.size(), " octets)") : field.value);
    if (text == last) {
      ++times;
      continue;
    }
    flush();
    last = std::move(text);
  }
  flush();
  return out;
}

}  // namespace

std::string IdNames::Shorten(absl::string_view text) {
  std::string out;
  while (!text.empty()) {
    size_t size = 0;
    while (size < text.size() && (absl::ascii_isalnum(static_cast<unsigned char>(text[size])) || text[size] == '.')) {
      ++size;
    }
    const absl::string_view token = text.substr(0, size);
    if (const auto branch = engine::ParseBranch(token)) {
      absl::StrAppend(&out, "b", branch->transaction.value());
    } else if (const auto tag = engine::ParseTag(token)) {
      absl::StrAppend(&out, TagName(tag->leg.value(), tag->mac));
    } else if (const auto refer = engine::ParseReferToken(token)) {
      absl::StrAppend(&out, "r", refer->value());
    } else if (const auto subscription = engine::ParseSubscriptionTag(token)) {
      absl::StrAppend(&out, "s", subscription->value());
    } else if (IsCallUuid(token)) {
      absl::StrAppend(&out, "u", CallOfUuid(token));
    } else if ((token.size() == 16 || token.size() == 32) && IsHex(token)) {
      const int next = static_cast<int>(others_.size()) + 1;
      absl::StrAppend(&out, "x", others_.emplace(std::string(token), next).first->second);
    } else {
      absl::StrAppend(&out, token);
    }
    text.remove_prefix(size);
    if (text.empty()) break;
    out.push_back(text[0]);
    text.remove_prefix(1);
  }
  return out;
}

std::string IdNames::TagName(uint64_t leg, uint64_t mac) {
  if (leg == 0) return "t0";  // of no leg: a request outside dialogs
  std::vector<uint64_t>& of_leg = tags_[leg];
  const auto found = std::find(of_leg.begin(), of_leg.end(), mac);
  const size_t place = static_cast<size_t>(found - of_leg.begin());
  if (found == of_leg.end()) of_leg.push_back(mac);
  return place == 0 ? absl::StrCat("t", leg) : absl::StrCat("t", leg, ".", place + 1);
}

std::string IdNames::Lengthen(absl::string_view text) const {
  std::vector<std::pair<std::string, std::string>> names;
  for (const auto& [id, number] : others_) names.emplace_back(absl::StrCat("$x", number), id);
  return absl::StrReplaceAll(text, names);
}

std::string Transcript::Line(absl::string_view text) {
  return absl::StrCat("| ", names_.Shorten(text), "\n");
}

std::string Transcript::Whole(absl::string_view bytes) {
  std::string out;
  absl::ConsumeSuffix(&bytes, "\r\n");
  for (absl::string_view line : absl::StrSplit(bytes, "\r\n")) {
    absl::StrAppend(&out, absl::StripTrailingAsciiWhitespace(absl::StrCat("|     ", names_.Shorten(line))), "\n");
  }
  return out;
}

std::string Transcript::OneLine(absl::string_view bytes) {
  sip::Message message;
  sip::ParseError error;
  if (!sip::ParseMessage(bytes, &message, &error)) return absl::StrCat("(unparseable) ", OnOneLine(bytes));
  absl::string_view start = bytes.substr(0, bytes.find("\r\n"));
  absl::ConsumeSuffix(&start, " SIP/2.0");
  absl::ConsumePrefix(&start, "SIP/2.0 ");
  std::string out(start);
  absl::StrAppend(&out, " [", message.cseq().number, " ", message.cseq().method_text, " ", message.call_id(), " ",
                  message.from_tag(), ">", message.to_tag(), " ", message.top_via().branch, "]");
  absl::StrAppend(&out, FieldsText(message), BodyText(message));
  return out;
}

std::string Transcript::Message(absl::string_view place, absl::string_view how, absl::string_view bytes) {
  const bool again = !seen_.insert(absl::StrCat(place, " ", bytes)).second;
  std::string head = absl::StrCat("to ", place, how, again ? " again: " : ": ");
  if (!whole_ || again) return Line(absl::StrCat(head, OneLine(bytes)));
  return absl::StrCat("| ", absl::StripTrailingAsciiWhitespace(head), "\n", Whole(bytes));
}

std::string Transcript::Progress(const engine::CallProgress& progress) {
  std::string text = absl::StrCat("call ", progress.call.value(), " ", StepName(progress.step), " ", progress.from,
                                  " -> ", progress.to);
  if (progress.status != 0) absl::StrAppend(&text, " ", progress.status);
  return Line(text);
}

std::string Transcript::Progress(const engine::RegistrationProgress& progress) {
  return Line(absl::StrCat(progress.number, " ", StepName(progress.step), " ", progress.contact));
}

std::string Transcript::Progress(const engine::SessionProgress& progress) {
  std::string text =
      absl::StrCat("session ", progress.session.value(), " of ", progress.application, " ", StepName(progress.step));
  if (progress.code != tlib::ErrorCode::kNone) absl::StrAppend(&text, ": ", CodeName(progress.code));
  return Line(text);
}

std::string Transcript::Progress(const engine::DeviceProgress& progress) {
  std::string text = absl::StrCat(progress.number, " ", StepName(progress.step));
  if (progress.status != 0) absl::StrAppend(&text, ": ", progress.status);
  return Line(text);
}

std::string Transcript::Frame(absl::string_view client, const tlib::Attached& attached) {
  return Line(absl::StrCat("to ", client, ": attached to session ", attached.session, ", last request ",
                           attached.last_request));
}

std::string Transcript::Frame(absl::string_view client, const tlib::EventFrame& event) {
  absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(event.message.view());
  if (!message.ok()) return Line(absl::StrCat("to ", client, ": (undecodable) ", message.status().message()));
  if (!whole_) {
    message->Erase(tlib::Attribute::kEventSequenceNumber);
    message->Erase(tlib::Attribute::kTime);
  }
  const std::string bytes = absl::StrCat(event.number, " ", event.message.view());
  const bool again = !seen_.insert(absl::StrCat(client, " ", bytes)).second;
  std::string head = absl::StrCat("to ", client, ": event ", event.number);
  if (event.reference_id) absl::StrAppend(&head, " for ", *event.reference_id);
  return Line(absl::StrCat(head, again ? " again: " : ": ", tlib::ToJson(*message)));
}

std::string Transcript::Goodbye(absl::string_view client, const tlib::Goodbye& goodbye) {
  return Line(absl::StrCat("to ", client, ": goodbye, ", CodeName(goodbye.code), ": ", goodbye.text));
}

}  // namespace understudy::tests
