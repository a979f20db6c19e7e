// What clients ask for, and who does it.
#ifndef UNDERSTUDY_ENGINE_CTI_REQUESTS_H_
#define UNDERSTUDY_ENGINE_CTI_REQUESTS_H_

#include "engine/context.h"
#include "engine/cti/request_cause.h"
#include "engine/input.h"
#include "tlib/message.h"

namespace understudy::engine {

// Takes the numbers in order, each once.
void OnClientRequested(Context& context, const ClientRequested& input);

// Each request has one outcome towards `session`: the event that its reference names, or EventError.
void OnRequest(Context& context, SessionId session, const tlib::Message& request, const RequestCause& cause);

// ---- registrations.cc: what a session hears.
void OnRegisterAddress(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnUnregisterAddress(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnRegisterAll(Context& context, const RequestCause& cause);
void OnUnregisterAll(Context& context, const RequestCause& cause);
void OnSetInputMask(Context& context, const tlib::Message& request, const RequestCause& cause);
void OnStartCallMonitoring(Context& context, const RequestCause& cause);
void OnStopCallMonitoring(Context& context, const RequestCause& cause);
tlib::AddressType AddressTypeOf(const Dn& dn);

// ---- queries.cc
void OnQueryServer(Context& context, const RequestCause& cause);

// ---- call_requests.cc: all the others, about calls and DNs (call_requests.h).
void OnCallRequest(Context& context, const tlib::Message& request, const RequestCause& cause);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_REQUESTS_H_
