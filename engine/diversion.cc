#include "engine/diversion.h"

#include <string>
#include <vector>

#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/strings/string_view.h"
#include "engine/leg_message.h"
#include "sip/header_values.h"

namespace understudy::engine {
namespace {

constexpr size_t kMostDiversions = 10;
constexpr size_t kMostOctets = 2048;
constexpr size_t kLongest = 512;  // of one

std::string DiversionBy(const State& state, absl::string_view number, absl::string_view reason) {
  return absl::StrCat("<", UriHere(state, number), ">;reason=", reason);
}

void AddValues(absl::string_view line, std::vector<absl::string_view>* values) {
  for (absl::string_view value; sip::NextValue(&line, &value);) {
    if (value.size() <= kLongest) values->push_back(value);
  }
}

// What a request of ours says of them.
void AddDiversionsOf(absl::string_view request, std::vector<absl::string_view>* values) {
  constexpr absl::string_view kLine = "\r\nDiversion: ";
  const absl::string_view head = request.substr(0, request.find("\r\n\r\n"));
  for (size_t at = head.find(kLine); at != absl::string_view::npos; at = head.find(kLine, at + kLine.size())) {
    const size_t begin = at + kLine.size();
    AddValues(head.substr(begin, head.find("\r\n", begin) - begin), values);
  }
}

// The newest of them that fit beside the oldest.
std::vector<absl::string_view> Bounded(const std::vector<absl::string_view>& values) {
  std::vector<absl::string_view> kept;
  size_t octets = values.back().size();
  for (size_t i = 0; i + 1 < values.size() && kept.size() + 1 < kMostDiversions; ++i) {
    octets += values[i].size() + 2;
    if (octets > kMostOctets) break;
    kept.push_back(values[i]);
  }
  kept.push_back(values.back());
  return kept;
}

}  // namespace

void NoteForwards(const State& state, const Destination& destination, Leg* leg) {
  std::vector<std::string> diversions;
  for (const std::string& number : destination.forwarded_by) {
    diversions.push_back(DiversionBy(state, number, "unconditional"));
  }
  leg->diversion = SharedBytes(absl::StrJoin(diversions, ", "));
}

void NoteDeflection(const State& state, const Leg& alerting, Leg* leg) {
  const std::string deflection = DiversionBy(state, alerting.number, "deflection");
  const ClientTransaction* invite = state.transactions.FindClient(alerting.client_invite);
  std::vector<absl::string_view> values;
  AddValues(leg->diversion.view(), &values);
  values.push_back(deflection);
  if (invite != nullptr) AddDiversionsOf(invite->request.view(), &values);
  leg->diversion = SharedBytes(absl::StrJoin(Bounded(values), ", "));
}

void WriteDiversion(Leg& leg, sip::MessageWriter* writer) {
  if (!leg.diversion.empty()) writer->Header(sip::HeaderName::kDiversion, leg.diversion.view());
  leg.diversion = SharedBytes();
}

}  // namespace understudy::engine
