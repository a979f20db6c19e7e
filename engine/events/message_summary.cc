#include "engine/events/message_summary.h"

#include "absl/strings/str_cat.h"

namespace understudy::engine {

std::string MessageSummary(const State& state, absl::string_view number) {
  const DnFeatures* features = state.dn_features.Find(number);
  const bool waiting = features != nullptr && features->message_waiting;
  return absl::StrCat("Messages-Waiting: ", waiting ? "yes" : "no", "\r\n",
                      features == nullptr ? "" : features->message_counts);
}

}  // namespace understudy::engine
