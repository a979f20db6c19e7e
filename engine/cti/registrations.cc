// What a session hears: DNs one by one or all, calls, and which events of them not.
//
// A registration is for a DN that is configured. It stays when the DN goes from the configuration: a call that is up
// there is heard to its end. RegisterAll counts for DNs to come, too. To ask for what is so already is no mistake: a
// client that registers again gets the snapshot again.
#include <algorithm>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/str_cat.h"
#include "engine/cti/call_facts.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/requests.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::ErrorCode;
using tlib::MessageType;

constexpr size_t kMostRegistrations = 1000;  // of one session

Session& SessionOf(Context& context, const RequestCause& cause) {
  return *context.state.sessions.Find(cause.session);
}

}  // namespace

tlib::AddressType AddressTypeOf(const Dn& dn) {
  switch (dn.type) {
    case DnType::kExtension:
      return tlib::AddressType::kDN;
    case DnType::kTrunk:
      return tlib::AddressType::kTrunk;
    case DnType::kOther:
      return tlib::AddressType::kUnknown;
  }
  return tlib::AddressType::kUnknown;
}

void OnRegisterAddress(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::string_view number = request.Text(Attribute::kThisDN);
  const Dn* dn = context.state.configuration.FindDn(number);
  if (dn == nullptr) {
    return Refuse(context, cause, request, ErrorCode::kUnknownDN, "this DN is not configured");
  }
  Session& session = SessionOf(context, cause);
  const bool is_new = !std::binary_search(session.dns.begin(), session.dns.end(), number);
  if (is_new && session.dns.size() >= kMostRegistrations) {
    return Refuse(
        context, cause, request, ErrorCode::kTooManyRegistrations,
        absl::StrCat("a session may register for ", kMostRegistrations, " DNs; RequestRegisterAll is for all of them"));
  }
  context.state.sessions.Register(session, number);
  tlib::Message event(MessageType::kEventRegistered);
  event.Set(Attribute::kThisDN, number);
  event.Set(Attribute::kAddressType, static_cast<int64_t>(AddressTypeOf(*dn)));
  tlib::KeyValueList calls = CallsOfDn(context.state, number);
  if (!calls.empty()) event.Set(Attribute::kCalls, std::move(calls));
  SetStateOfDn(context.state, number, &event);
  Reply(context, cause, std::move(event));
}

void OnUnregisterAddress(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::string_view number = request.Text(Attribute::kThisDN);
  if (!context.state.sessions.Unregister(SessionOf(context, cause), number)) {
    return Refuse(context, cause, request, ErrorCode::kDNNotRegistered, "this session is not registered for that DN");
  }
  tlib::Message event(MessageType::kEventUnregistered);
  event.Set(Attribute::kThisDN, number);
  Reply(context, cause, std::move(event));
}

void OnRegisterAll(Context& context, const RequestCause& cause) {
  context.state.sessions.SetAllDns(SessionOf(context, cause), true);
  Reply(context, cause, tlib::Message(MessageType::kEventRegisteredAll));
}

void OnUnregisterAll(Context& context, const RequestCause& cause) {
  Session& session = SessionOf(context, cause);
  context.state.sessions.UnregisterEach(session);
  context.state.sessions.SetAllDns(session, false);
  Reply(context, cause, tlib::Message(MessageType::kEventUnregisteredAll));
}

// Keys are names of events, 0 for what is not wanted; what is not named is. The list replaces the one before.
void OnSetInputMask(Context& context, const tlib::Message& request, const RequestCause& cause) {
  std::vector<uint16_t> masked;
  for (const tlib::KeyValuePair& pair : request.List(Attribute::kInputMask).pairs()) {
    const absl::optional<MessageType> type = tlib::FindMessageType(pair.key);
    const int64_t* wanted = std::get_if<int64_t>(&pair.value);
    if (!type || !tlib::IsEvent(*type) || wanted == nullptr) {
      return Refuse(context, cause, request, ErrorCode::kInvalidAttribute,
                    "InputMask: a key is the name of an event, its value 0 (not wanted) or 1");
    }
    if (*wanted == 0) masked.push_back(static_cast<uint16_t>(*type));
  }
  std::sort(masked.begin(), masked.end());
  masked.erase(std::unique(masked.begin(), masked.end()), masked.end());
  SessionOf(context, cause).masked = std::move(masked);
  Reply(context, cause, tlib::Message(MessageType::kEventACK));
}

void OnStartCallMonitoring(Context& context, const RequestCause& cause) {
  context.state.sessions.SetMonitorsCalls(SessionOf(context, cause), true);
  Reply(context, cause, tlib::Message(MessageType::kEventACK));
}

void OnStopCallMonitoring(Context& context, const RequestCause& cause) {
  context.state.sessions.SetMonitorsCalls(SessionOf(context, cause), false);
  Reply(context, cause, tlib::Message(MessageType::kEventACK));
}

}  // namespace understudy::engine
