// RequestMakeCall by REFER: what its client hears. The phone calls by itself, so from its INVITE on the call is that of
// a phone; the first event of it is the request's outcome.
#include <utility>

#include "absl/status/statusor.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/refer_notices.h"
#include "engine/cti/sessions.h"
#include "tlib/message_codec.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::ErrorCode;

tlib::Message RequestOf(const PendingRequest& pending) {
  absl::StatusOr<tlib::Message> request = tlib::DecodeMessage(pending.request.view());
  US_CHECK(request.ok());
  return *std::move(request);
}

ErrorCode CodeOf(ReferFailure failure, int status) {
  if (status == 408) return ErrorCode::kTimeout;
  if (failure != ReferFailure::kRefused) return ErrorCode::kDestinationFailed;
  if (status == 486 || status == 600) return ErrorCode::kDNBusy;
  return status == 405 || status == 501 ? ErrorCode::kNotControllable : ErrorCode::kDestinationFailed;
}

std::string TextOf(ReferFailure failure, int status) {
  switch (failure) {
    case ReferFailure::kRefused:
      return absl::StrCat("the phone of ThisDN did not take the REFER: ", status);
    case ReferFailure::kNotified:
      return absl::StrCat("the phone of ThisDN took the REFER, and its call failed: ", status);
    case ReferFailure::kSilence:
      return "the phone of ThisDN took the REFER, and does not call";
  }
  return "";
}

}  // namespace

void BeginReferredCall(Context& context, Call& call, const Leg& leg, PendingRequest pending) {
  const tlib::Message request = RequestOf(pending);
  const Leg* destination = context.state.PeerOf(leg);
  US_CHECK(destination != nullptr);
  BeginFacts(context, call, CallTypeOf(context.state, leg.number, destination->number));
  call.facts.ani = leg.number;
  call.facts.dnis = DialledBy(pending);
  const tlib::KeyValueList& data = request.List(Attribute::kUserData);
  if (!data.empty()) US_CHECK(ChangeUserData(context, call, data));
  AddParty(context, call, leg, {}, tlib::DNRole::kOrigination).pending = std::move(pending);
}

void ReferFailed(Context& context, const PendingRequest& pending, ReferFailure failure, int status) {
  Refuse(context, pending.cause, RequestOf(pending), CodeOf(failure, status), TextOf(failure, status));
}

std::string DialledBy(const PendingRequest& pending) {
  return std::string(RequestOf(pending).Text(Attribute::kOtherDN));
}

}  // namespace understudy::engine
