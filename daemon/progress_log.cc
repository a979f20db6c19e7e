#include "daemon/progress_log.h"

#include <iterator>
#include <string>
#include <variant>

#include "absl/strings/string_view.h"
#include "daemon/events.h"
#include "tlib/attribute.h"

namespace understudy::daemon {
namespace {

absl::string_view StepName(engine::CallProgress::Step step) {
  switch (step) {
    case engine::CallProgress::Step::kStarted:
      return "started";
    case engine::CallProgress::Step::kAlerting:
      return "alerting";
    case engine::CallProgress::Step::kAnswered:
      return "answered";
    case engine::CallProgress::Step::kReleased:
      return "released";
    case engine::CallProgress::Step::kFailed:
      return "failed";
  }
  return "?";
}

absl::string_view StepName(engine::RegistrationProgress::Step step) {
  switch (step) {
    case engine::RegistrationProgress::Step::kRegistered:
      return "registered";
    case engine::RegistrationProgress::Step::kUnregistered:
      return "unregistered";
    case engine::RegistrationProgress::Step::kExpired:
      return "expired";
  }
  return "?";
}

absl::string_view StepName(engine::SessionProgress::Step step) {
  switch (step) {
    case engine::SessionProgress::Step::kOpened:
      return "opened";
    case engine::SessionProgress::Step::kResumed:
      return "resumed";
    case engine::SessionProgress::Step::kLinkLost:
      return "link-lost";
    case engine::SessionProgress::Step::kSlow:
      return "slow";
    case engine::SessionProgress::Step::kEnded:
      return "ended";
  }
  return "?";
}

absl::string_view StepName(engine::DeviceProgress::Step step) {
  switch (step) {
    case engine::DeviceProgress::Step::kOutOfService:
      return "out-of-service";
    case engine::DeviceProgress::Step::kBackInService:
      return "back-in-service";
    case engine::DeviceProgress::Step::kResting:
      return "resting";
    case engine::DeviceProgress::Step::kRested:
      return "rested";
    case engine::DeviceProgress::Step::kOverflowed:
      return "overflowed";
  }
  return "?";
}

}  // namespace

void ProgressLog::AddMetrics(http::MetricsRegistry* metrics) {
  for (size_t i = 0; i < std::size(calls_); ++i) {
    calls_[i] = metrics->AddCounter("understudy_calls_total", "Steps in the life of calls.",
                                    {{"step", std::string(StepName(static_cast<engine::CallProgress::Step>(i)))}});
  }
  for (size_t i = 0; i < std::size(sessions_); ++i) {
    const absl::string_view step = StepName(static_cast<engine::SessionProgress::Step>(i));
    sessions_[i] = metrics->AddCounter("understudy_client_sessions_total", "Steps in the life of clients' sessions.",
                                       {{"step", std::string(step)}});
  }
  for (size_t i = 0; i < std::size(devices_); ++i) {
    const absl::string_view step = StepName(static_cast<engine::DeviceProgress::Step>(i));
    devices_[i] = metrics->AddCounter("understudy_devices_total", "What was found of Trunks and other devices.",
                                      {{"step", std::string(step)}});
  }
}

void ProgressLog::Write(Lsn lsn, const engine::Effect& effect) {
  std::visit([&](const auto& e) { Say(lsn, e); }, effect);
}

void ProgressLog::Say(Lsn lsn, const engine::CallProgress& progress) {
  calls_[static_cast<size_t>(progress.step)]->Add();
  const bool failed = progress.step == engine::CallProgress::Step::kFailed;
  const log::LogEvent& event = failed ? kCallFailed : kCallStep;
  if (!log_->IsOn(event.level)) return;
  log_->Write(event, {{"step", StepName(progress.step)},
                      {"call", progress.call.value()},
                      {"from", progress.from},
                      {"to", progress.to},
                      {"status", progress.status},
                      {"lsn", lsn.value()}});
}

void ProgressLog::Say(Lsn lsn, const engine::RegistrationProgress& progress) {
  log_->Write(kRegistrationStep, {{"step", StepName(progress.step)},
                                  {"number", progress.number},
                                  {"contact", progress.contact},
                                  {"lsn", lsn.value()}});
}

void ProgressLog::Say(Lsn lsn, const engine::SessionProgress& progress) {
  sessions_[static_cast<size_t>(progress.step)]->Add();
  const bool is_slow = progress.step == engine::SessionProgress::Step::kSlow;
  log_->Write(is_slow ? kSessionSlow : kSessionStep,
              {{"step", StepName(progress.step)},
               {"session", progress.session.value()},
               {"application", progress.application},
               {"address", progress.address},
               {"code", tlib::EnumName(tlib::Attribute::kErrorCode, static_cast<int64_t>(progress.code))},
               {"lsn", lsn.value()}});
}

void ProgressLog::Say(Lsn lsn, const engine::DeviceProgress& progress) {
  devices_[static_cast<size_t>(progress.step)]->Add();
  const bool is_out = progress.step == engine::DeviceProgress::Step::kOutOfService;
  log_->Write(is_out ? kDeviceOut : kDeviceStep, {{"step", StepName(progress.step)},
                                                  {"number", progress.number},
                                                  {"status", progress.status},
                                                  {"lsn", lsn.value()}});
}

}  // namespace understudy::daemon
