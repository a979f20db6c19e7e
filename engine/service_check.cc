#include "engine/service_check.h"

#include <algorithm>

#include "base/check.h"
#include "base/siphash.h"
#include "engine/begin_leg.h"
#include "engine/client_transactions.h"
#include "engine/cti/dn_service.h"
#include "engine/dial_plan.h"
#include "engine/leg_message.h"
#include "engine/locating.h"
#include "engine/sip_ids.h"
#include "sip/header_values.h"
#include "sip/timer_values.h"

namespace understudy::engine {
namespace {

using sip::HeaderName;
using Step = DeviceProgress::Step;

constexpr uint32_t kLongestRest = 3600;  // seconds, whatever a Retry-After says
constexpr Duration kSoon = Duration::Seconds(1);

Device& DeviceOf(Context& context, const Timer& timer) {
  Device* device = context.state.devices.Find(DeviceId(timer.row));
  US_CHECK(device != nullptr);
  return *device;
}

void Report(Context& context, const Device& device, Step step, int status) {
  context.effects.list.push_back(DeviceProgress{device.number, step, status});
}

absl::string_view ContactOption(const Dn& dn) {
  return OptionValue(dn.options, "TServer", "contact");
}

// 0: it is not checked. What is behind a softswitch is as well as that is.
Duration IntervalOf(const State& state, absl::string_view number) {
  const Dn* dn = state.configuration.FindDn(number);
  return dn == nullptr || !dn->profile.trunk.softswitches.empty() ? Duration() : dn->profile.trunk.check;
}

void ScheduleCheck(Context& context, Device& device, Duration after) {
  context.state.timers.Cancel(&device.check);
  device.check = StartTimer(context, after, TimerKind::kServiceCheck, device.id.value());
}

void StopChecking(Context& context, Device& device) {
  context.state.timers.Cancel(&device.check);
  context.state.timers.Cancel(&device.force);
  context.state.devices.EndQuestions(device);
}

// Its clients are the caller's matter.
void TakeForWell(Context& context, Device& device) {
  if (device.out) Report(context, device, Step::kBackInService, 0);
  device.out = false;
}

void SendOptions(Context& context, Device& device, const Destination& there) {
  Leg leg;
  leg.hop = there.hop;
  leg.dialog = BeginDialogOf(context, there, {}, MakeTag(LegId(), NextMac(context)));
  ClientTransaction& row = BeginClient(context, sip::Method::kOptions, there.hop, Purpose::kServiceCheck);
  row.cseq = leg.dialog.local_sequence;
  context.state.devices.AddQuestion(device, row.id);
  NameDevice(context, row, device.number);
  sip::MessageWriter writer =
      BeginLegRequest(context, leg, row.hop, "OPTIONS", MakeBranch(row.id, row.branch_mac), row.cseq, kMaxForwards);
  WriteContact(context, leg, &writer);
  writer.Header(HeaderName::kAccept, "application/sdp");
  writer.NoBody();
  SendRequest(context, row);
}

// Who has no contact is not asked, and will be as good as new when it has one.
void Check(Context& context, Device& device) {
  context.state.timers.Cancel(&device.check);
  context.state.devices.EndQuestions(device);
  device.answered = false;
  const Dn* dn = context.state.configuration.FindDn(device.number);
  US_CHECK(dn != nullptr);
  const std::vector<Destination> contacts = FindDevices(context.state, *dn);
  if (contacts.empty()) {
    TakeForWell(context, device);
    return ScheduleCheck(context, device, dn->profile.trunk.check);
  }
  const Duration force = dn->profile.trunk.force;
  if (!device.out && force > Duration() && device.force == TimerHandle()) {
    device.force = StartTimer(context, force, TimerKind::kServiceForce, device.id.value());
  }
  for (const Destination& there : contacts) SendOptions(context, device, there);
}

void CheckNow(Context& context, absl::string_view number) {
  Device* device = context.state.devices.FindByDn(number);
  if (device == nullptr || device->check == TimerHandle()) return;  // asked already, or not to be asked
  Check(context, *device);
}

void SetOut(Context& context, Device& device, bool out, int status) {
  context.state.timers.Cancel(&device.force);
  if (device.out == out) return;
  const ServiceStates before(context.state, NumbersBehind(context.state, device.number));
  device.out = out;
  if (out) ++device.outages;
  Report(context, device, out ? Step::kOutOfService : Step::kBackInService, status);
  before.TellChanges(context);
}

// The next OPTIONS wait for those of its contacts that are silent, so that these do not pile up.
void OnAnswer(Context& context, Device& device, int status) {
  const Duration interval = IntervalOf(context.state, device.number);
  device.answered = true;
  ScheduleCheck(context, device, device.questions.empty() ? interval : std::max(interval, sip::kGiveUp));
  SetOut(context, device, false, status);
}

void EndRest(Context& context, Device& device) {
  context.state.timers.Cancel(&device.rest);
  Report(context, device, Step::kRested, 0);
}

// Nobody has answered. Of other failures that are our own word, the device knows nothing: a caller who has hung up
// before the INVITE was sent, a session interval that is none of the caller's.
bool IsSilence(int status, const SipReceived* response) {
  return response == nullptr && (status == 408 || status == 503);
}

// How long a device that has failed gets no calls; 0: it may have the next one.
Duration RestAfter(const Dn& device, int status, const SipReceived* response) {
  const Duration usual = device.profile.trunk.recovery_timeout;
  const bool failed = status == 503 || IsSilence(status, response);
  if (usual <= Duration() || !failed) return Duration();
  uint32_t seconds = 0;
  if (response == nullptr) return usual;
  const absl::string_view retry = response->message.ValueOf(HeaderName::kRetryAfter);
  const absl::string_view number = retry.substr(0, retry.find_first_not_of("0123456789"));
  if (!sip::ParseNumber(number, 0xFFFFFFFF, &seconds) || seconds == 0) return usual;
  return Duration::Seconds(std::min(seconds, kLongestRest));
}

void Rest(Context& context, const Dn& dn, Duration span, int status) {
  Device* known = context.state.devices.FindByDn(dn.number);
  Device& device = known == nullptr ? context.state.devices.Add(dn.number) : *known;
  if (device.rest == TimerHandle()) Report(context, device, Step::kResting, status);
  context.state.timers.Cancel(&device.rest);
  device.rest = StartTimer(context, span, TimerKind::kRest, device.id.value());
}

// Where in a time like that its question is due, so that many are not asked at once.
Duration PlaceIn(const State& state, Duration span, absl::string_view number) {
  const uint64_t place = SipHash64(state.lookup_key(), number) % static_cast<uint64_t>(span.nanoseconds());
  return Duration::Nanoseconds(1 + static_cast<int64_t>(place));
}

void Forget(Context& context, Device& device) {
  StopChecking(context, device);
  context.state.timers.Cancel(&device.rest);
  context.state.devices.Remove(device.id);
}

}  // namespace

void FollowConfiguration(Context& context, const std::vector<std::string>& numbers) {
  for (const std::string& number : numbers) {
    const Duration interval = IntervalOf(context.state, number);
    Device* device = context.state.devices.FindByDn(number);
    if (device != nullptr && context.state.configuration.FindDn(number) == nullptr) {
      Forget(context, *device);
    } else if (interval > Duration()) {
      Device& checked = device == nullptr ? context.state.devices.Add(number) : *device;
      context.state.timers.Cancel(&checked.force);
      context.state.devices.EndQuestions(checked);
      ScheduleCheck(context, checked, PlaceIn(context.state, interval, number));
    } else if (device != nullptr) {
      StopChecking(context, *device);
      TakeForWell(context, *device);
      if (device->rest == TimerHandle()) context.state.devices.Remove(device->id);
    }
  }
}

std::vector<std::string> FailedAndMoved(const State& state, const ConfigurationChange& change) {
  std::vector<std::string> moved;
  for (const Dn& dn : change.upserts) {
    const Device* device = state.devices.FindByDn(dn.number);
    const Dn* before = state.configuration.FindDn(dn.number);
    if (device == nullptr || before == nullptr) continue;
    const bool failed = device->out || device->rest != TimerHandle();
    if (failed && ContactOption(*before) != ContactOption(dn)) moved.push_back(dn.number);
  }
  return moved;
}

void BeginAnew(Context& context, const std::vector<std::string>& moved) {
  for (const std::string& number : moved) {
    Device* device = context.state.devices.FindByDn(number);
    if (device == nullptr) continue;
    TakeForWell(context, *device);
    if (device->rest != TimerHandle()) EndRest(context, *device);
    if (device->check == TimerHandle()) {
      context.state.devices.Remove(device->id);
    } else {
      ScheduleCheck(context, *device, PlaceIn(context.state, kSoon, number));
    }
  }
}

void NoteFailure(Context& context, const Leg& leg, const ClientTransaction& ended, int status,
                 const SipReceived* response) {
  if (ended.purpose != Purpose::kInvite || ended.cancelled || status < 300 || status == 513) return;
  const std::string number = leg.trunk_use.has_value() ? (*leg.trunk_use)->device : leg.number;
  const Dn* dn = context.state.configuration.FindDn(number);
  if (dn == nullptr) return;
  const Duration rest = leg.trunk_use.has_value() ? RestAfter(*dn, status, response) : Duration();
  if (rest > Duration()) Rest(context, *dn, rest, status);
  if (IsSilence(status, response)) CheckNow(context, number);
}

void NoteRegistered(Context& context, absl::string_view number) {
  Device* device = context.state.devices.FindByDn(number);
  if (device != nullptr && device->out) Check(context, *device);
}

void OnServiceCheckFinal(Context& context, const ClientTransaction& ended, int status, const SipReceived* response) {
  Device* device = context.state.devices.FindByQuestion(ended.id);
  if (device == nullptr) return;  // it is not checked any more, or otherwise
  context.state.devices.EndQuestion(*device, ended.id);
  if (response != nullptr && status != 408 && status != 503) return OnAnswer(context, *device, status);
  if (!device->questions.empty()) return;  // to its other contacts
  ScheduleCheck(context, *device, IntervalOf(context.state, device->number));
  const bool silent = response == nullptr && status == 408;
  if (device->answered || (silent && device->force != TimerHandle())) return;
  SetOut(context, *device, true, status);
}

void OnServiceCheckTimer(Context& context, const Timer& timer) {
  Device& device = DeviceOf(context, timer);
  device.check = TimerHandle();
  Check(context, device);
}

void OnServiceForceTimer(Context& context, const Timer& timer) {
  Device& device = DeviceOf(context, timer);
  device.force = TimerHandle();
  SetOut(context, device, true, 408);
}

void OnRestTimer(Context& context, const Timer& timer) {
  Device& device = DeviceOf(context, timer);
  EndRest(context, device);
  if (IntervalOf(context.state, device.number) <= Duration()) context.state.devices.Remove(device.id);
}

}  // namespace understudy::engine
