// RequestMakeCall: a client lets a DN call.
//
// The DN's phone is called first. When it has answered the destination is, and EventDialing is the request's outcome:
// of a call that its originator does not take nobody hears but who asked. A phone that takes REFER (refer-enabled) is
// told to call instead; consult calls are begun in the first way, for theirs is a dialog beside another.
#include <string>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"
#include "engine/leg_commands.h"
#include "engine/refer_call.h"
#include "tlib/message_codec.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::ErrorCode;
using tlib::PartyState;

struct StatusError {
  int status;
  ErrorCode code;
  absl::string_view text;
};

// What FindCallDestination says, to a client.
constexpr StatusError kStatusErrors[] = {
    {404, ErrorCode::kInvalidDestination, "OtherDN: no DN, and no number of a Trunk"},
    {480, ErrorCode::kDNOutOfService, "OtherDN has no contact"},
    {482, ErrorCode::kInvalidDestination, "OtherDN: the call would come back"},
    {486, ErrorCode::kDNBusy, "OtherDN wants no calls"},
    {503, ErrorCode::kDNOutOfService, "OtherDN: no way there is in service and has a free place"},
};

// A phone talks in one call; in others it may hold.
bool IsBusy(const State& state, absl::string_view dn) {
  for (const CallId id : state.parties.CallsOf(dn)) {
    for (const Party& party : state.calls.Find(id)->facts.parties) {
      if (!party.external() && party.number == dn && party.state != PartyState::kHeld) return true;
    }
  }
  return false;
}

// The data that a consult call begins with: its own, and the main call's when the client says so.
tlib::KeyValueList FirstUserData(const Call* main, const tlib::Message& request) {
  tlib::KeyValueList data = request.List(Attribute::kUserData);
  if (main == nullptr || request.List(Attribute::kExtensions).Text("ConsultUserData") != "inherited") return data;
  tlib::KeyValueList inherited = UserDataOf(main->facts);
  for (const tlib::KeyValuePair& pair : data.pairs()) inherited.Update(pair);
  return inherited;
}

// A further call is made by the phone that is in the first one.
Destination FindCallingPhone(const State& state, const Call* main, absl::string_view dn) {
  Destination originator = FindDestination(state, dn);
  const Party* party = main == nullptr ? nullptr : main->facts.FindParty(dn);
  const Leg* leg = party == nullptr ? nullptr : state.legs.Find(party->leg);
  if (leg != nullptr && originator.status == 0) StayAtPhone(state, *leg, &originator);
  return originator;
}

}  // namespace

absl::optional<Destination> CheckDestination(Context& context, const tlib::Message& request,
                                             const RequestCause& cause) {
  Destination destination = FindCallDestination(context.state, request.Text(Attribute::kOtherDN));
  if (destination.status == 0) return destination;
  for (const StatusError& row : kStatusErrors) {
    if (row.status != destination.status) continue;
    Refuse(context, cause, request, row.code, row.text);
    return absl::nullopt;
  }
  US_CHECK(false);
  return absl::nullopt;
}

bool CheckNewcomer(Context& context, const Call& call, const Destination& destination, const tlib::Message& request,
                   const RequestCause& cause) {
  if (call.facts.FindParty(destination.number) == nullptr) return true;
  Refuse(context, cause, request, ErrorCode::kInvalidDestination, "OtherDN has a part in that call already");
  return false;
}

void BeginClientCall(Context& context, const Call* main, const tlib::Message& request, const RequestCause& cause) {
  const absl::string_view dn = request.Text(Attribute::kThisDN);
  const Destination originator = FindCallingPhone(context.state, main, dn);
  if (originator.status != 0) {
    return Refuse(context, cause, request, ErrorCode::kDNOutOfService, "ThisDN has no contact");
  }
  if (IsBusy(context.state, dn)) return Refuse(context, cause, request, ErrorCode::kDNBusy, "ThisDN is in a call");
  if (IsToldToCall(context.state, dn)) {
    return Refuse(context, cause, request, ErrorCode::kDNBusy, "the phone of ThisDN has been told to call");
  }
  const absl::optional<Destination> destination = CheckDestination(context, request, cause);
  if (!destination) return;
  if (destination->number == dn) {
    return Refuse(context, cause, request, ErrorCode::kInvalidDestination,
                  "OtherDN: the call would come back to ThisDN");
  }
  const tlib::KeyValueList data = FirstUserData(main, request);
  if (data.octets() > tlib::MostOctets(Attribute::kUserData)) {
    return Refuse(context, cause, request, ErrorCode::kUserDataTooLarge, "UserData, with what is inherited");
  }
  if (main == nullptr && context.state.configuration.FindDn(dn)->profile.takes_refer) {
    const PendingRequest pending{request.type(), cause, tlib::EncodeMessage(request)};
    return SendRefer(context, originator, request.Text(Attribute::kOtherDN), pending);
  }
  const Leg& leg = ThirdPartyCall(context, originator, *destination);
  Call& call = context.state.CallOf(leg);
  Touch(context, call.id);
  BeginFacts(context, call,
             main != nullptr ? tlib::CallType::kConsult : CallTypeOf(context.state, dn, destination->number));
  if (main != nullptr) call.facts.main_conn_id = main->facts.conn_id;
  call.facts.ani = std::string(dn);
  call.facts.dnis = std::string(request.Text(Attribute::kOtherDN));
  if (!data.empty()) US_CHECK(ChangeUserData(context, call, data));
  Party& party = AddParty(context, call, leg, {}, tlib::DNRole::kOrigination);
  SetPartyState(context, call, party, PartyState::kInitiated);
  Await(request, cause, &party);
}

void OnMakeCall(Context& context, const tlib::Message& request, const RequestCause& cause) {
  if (!CheckThisDn(context, request, cause)) return;
  if (context.state.configuration.FindDn(request.Text(Attribute::kThisDN))->type != DnType::kExtension) {
    return Refuse(context, cause, request, ErrorCode::kUnsupportedOperation, "ThisDN: only an Extension makes calls");
  }
  BeginClientCall(context, nullptr, request, cause);
}

}  // namespace understudy::engine
