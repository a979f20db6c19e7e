#include "engine/cti/call_uuid.h"

#include <cstddef>
#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "engine/carried_headers.h"
#include "engine/levels/call_uuid.h"

namespace understudy::engine {
namespace {

constexpr absl::string_view kBase36 = "0123456789ABCDEFGHIJKLMNOPQRSTUVWXYZ";

void AppendBase36(uint64_t value, size_t digits, std::string* out) {
  const size_t begin = out->size();
  out->append(digits, '0');
  for (size_t i = digits; i > 0 && value > 0; --i, value /= 36) (*out)[begin + i - 1] = kBase36[value % 36];
}

}  // namespace

// 32 characters: two unpredictable numbers, and behind them the call's own, so that calls that follow each other are
// seen to do so.
void NameCall(Context& context, Call& call) {
  if (!call.facts.call_uuid.empty()) return;
  const uint64_t first = NextMac(context);
  const uint64_t second = NextMac(context);
  AppendBase36(first, 13, &call.facts.call_uuid);
  AppendBase36(second, 13, &call.facts.call_uuid);
  AppendBase36(call.id.value(), 6, &call.facts.call_uuid);
}

void WriteCallUuid(Context& context, Call& call, sip::MessageWriter* writer) {
  if (!CarriesCallUuid(context.state.feature_level)) return;
  NameCall(context, call);
  writer->Header(kCallUuidHeader, call.facts.call_uuid);
}

}  // namespace understudy::engine
