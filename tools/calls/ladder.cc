#include "tools/calls/ladder.h"

#include <algorithm>
#include <cstddef>

#include "absl/strings/ascii.h"
#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_format.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "sip/header_name.h"
#include "sip/header_values.h"
#include "sip/name_addr.h"
#include "sip/sdp.h"
#include "sip/uri.h"
#include "tools/safe_text.h"
#include "tools/utc_time.h"

namespace understudy::tools {
namespace {

using Way = LadderStep::Way;

// Between two of the vertical lines.
constexpr size_t kMinWidth = 30;
constexpr size_t kMaxWidth = 56;
constexpr absl::string_view kUs = "understudy";

bool HasSdp(const sip::Message& message) {
  const absl::string_view type = sip::WithoutParams(message.ValueOf(sip::HeaderName::kContentType));
  return !message.body().empty() && absl::EqualsIgnoreCase(absl::StripAsciiWhitespace(type), "application/sdp");
}

// One direction when all streams agree, otherwise each stream's.
std::string Directions(const sip::Sdp& sdp) {
  if (sdp.media.empty()) return "no media";
  const sip::SdpDirection first = sdp.media[0].direction;
  const bool agree = std::all_of(sdp.media.begin(), sdp.media.end(),
                                 [first](const sip::SdpMedia& m) { return m.direction == first && m.port != 0; });
  if (agree) return std::string(sip::SdpDirectionName(first));
  std::string text;
  for (const sip::SdpMedia& m : sdp.media) {
    absl::StrAppend(&text, text.empty() ? "" : ", ", PrintableLine(m.media), " ",
                    m.port == 0 ? "off" : sip::SdpDirectionName(m.direction));
  }
  return text;
}

std::string SdpText(const sip::Message& message) {
  sip::Sdp sdp;
  sip::SdpError error;
  if (!sip::ParseSdp(message.body(), &sdp, &error)) return " (malformed SDP)";
  const bool zero_address = sip::IsHold(sdp) && sdp.media[0].direction == sip::SdpDirection::kSendRecv;
  return absl::StrCat(" (", Directions(sdp), zero_address ? ", to 0.0.0.0" : "", ")");
}

size_t Columns(absl::string_view text) {
  return static_cast<size_t>(std::count_if(text.begin(), text.end(), [](char c) { return (c & 0xc0) != 0x80; }));
}

std::string Fill(size_t columns, size_t used, char with) {
  return columns > used ? std::string(columns - used, with) : std::string();
}

std::string Arrow(absl::string_view text, size_t width, bool to_the_right) {
  const std::string dashes = Fill(width, Columns(text) + 7, '-');
  return to_the_right ? absl::StrCat("-- ", text, " --", dashes, ">|") : absl::StrCat("<-- ", text, " --", dashes, "|");
}

std::string Half(absl::string_view text, size_t width) {
  return absl::StrCat(text, Fill(width, Columns(text), ' '), "|");
}

class Drawer {
 public:
  explicit Drawer(const Ladder& ladder) : ladder_(ladder), width_(kMinWidth) {
    for (const LadderStep& step : ladder.steps) {
      if (step.way != Way::kNote) width_ = std::max(width_, std::min(Columns(step.text) + 7, kMaxWidth));
    }
  }

  std::string Draw() {
    std::string out = Head();
    for (const LadderStep& step : ladder_.steps) {
      absl::StrAppendFormat(&out, "%10s %9d  |%s\n", SecondsText(step.since_start), step.lsn.value(), Body(step));
    }
    return out;
  }

 private:
  std::string Head() const {
    const Duration length = ladder_.steps.empty() ? Duration() : ladder_.steps.back().since_start;
    std::string out = absl::StrCat("call ", ladder_.call, ": ", ladder_.parties[0].number, " to ", Called(), ", began ",
                                   UtcText(ladder_.began), ", ", SecondsText(length), " s shown\n\n");
    AppendHeading("time", "lsn", kUs, &LadderParty::number, &out);
    AppendHeading("", "", "", &LadderParty::address, &out);
    return out;
  }

  // The numbers of those who were, each once.
  std::string Called() const {
    std::vector<absl::string_view> numbers;
    for (size_t party = 1; party < ladder_.parties.size(); ++party) {
      const absl::string_view number = ladder_.parties[party].number;
      if (std::find(numbers.begin(), numbers.end(), number) == numbers.end()) numbers.push_back(number);
    }
    return absl::StrJoin(numbers, ", ");
  }

  void AppendHeading(absl::string_view time, absl::string_view lsn, absl::string_view us,
                     std::string LadderParty::*text, std::string* out) const {
    const std::string& first = ladder_.parties[0].*text;
    absl::StrAppendFormat(out, "%10s %9s  ", time, lsn);
    absl::StrAppend(out, first, Fill(width_ + 1, Columns(first), ' '), us, Fill(width_ + 1, Columns(us), ' '));
    for (size_t party = 1; party < Last(); ++party) {
      const std::string& next = ladder_.parties[party].*text;
      absl::StrAppend(out, next, Fill(WidthAfter(party) + 1, Columns(next), ' '));
    }
    absl::StrAppend(out, ladder_.parties[Last()].*text, "\n");
  }

  size_t Last() const { return ladder_.parties.size() - 1; }

  // Between its line and the next one's. Its heading has to stand there.
  size_t WidthAfter(size_t party) const {
    return std::max(Columns(ladder_.parties[party].number), Columns(ladder_.parties[party].address)) + 1;
  }

  // Between our line and its.
  size_t WidthUpTo(size_t party) const {
    size_t width = width_;
    for (size_t before = 1; before < party; ++before) width += WidthAfter(before) + 1;
    return width;
  }

  std::string Lines(size_t after) const {
    std::string lines;
    for (size_t party = after; party < Last(); ++party) lines += Half("", WidthAfter(party));
    return lines;
  }

  std::string Body(const LadderStep& step) const {
    if (step.way == Way::kNote) return Half(" * " + step.text, width_ + 1 + WidthUpTo(Last()));
    const bool sent = step.way == Way::kTo;
    if (step.party == 0) return absl::StrCat(Arrow(step.text, width_, !sent), Half("", width_), Lines(1));
    return absl::StrCat(Half("", width_), Arrow(step.text, WidthUpTo(step.party), sent), Lines(step.party));
  }

  const Ladder& ladder_;
  size_t width_;
};

std::string WhoDiverted(absl::string_view value) {
  sip::NameAddr address;
  sip::Uri uri;
  if (!sip::ParseNameAddr(value, &address) || !sip::ParseUri(address.uri, &uri)) return "?";
  const absl::string_view who = uri.user.empty() ? address.uri : uri.user;
  const absl::optional<absl::string_view> reason = address.Param("reason");
  return reason ? absl::StrCat(who, " (", *reason, ")") : std::string(who);
}

}  // namespace

std::string ArrowText(const sip::Message& message) {
  std::string text = message.is_request()
                         ? std::string(message.method_text())
                         : absl::StrCat(message.status(), " ", message.reason(), " ", message.cseq().method_text);
  if (HasSdp(message)) absl::StrAppend(&text, SdpText(message));
  return PrintableLine(text);
}

std::string DiversionText(const sip::Message& invite) {
  std::string text;
  for (absl::string_view value : sip::HeaderValues(invite, sip::HeaderName::kDiversion)) {
    absl::StrAppend(&text, text.empty() ? "diverted by " : ", ", WhoDiverted(value));
  }
  return PrintableLine(text);
}

std::string DrawLadder(const Ladder& ladder) {
  return Drawer(ladder).Draw();
}

}  // namespace understudy::tools
