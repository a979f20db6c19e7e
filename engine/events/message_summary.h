// The body of package message-summary (RFC 3842 section 5): whether messages wait, as a T-Library
// client or the mailbox has said, and how many, if the mailbox has said that.
#ifndef UNDERSTUDY_ENGINE_EVENTS_MESSAGE_SUMMARY_H_
#define UNDERSTUDY_ENGINE_EVENTS_MESSAGE_SUMMARY_H_

#include <string>

#include "absl/strings/string_view.h"
#include "engine/state.h"

namespace understudy::engine {

std::string MessageSummary(const State& state, absl::string_view number);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_MESSAGE_SUMMARY_H_
