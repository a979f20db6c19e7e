// User data of a call: what clients have attached. The server carries it and does not look into it. Every DN of the
// call hears what it has become, and who changed it.
#include "absl/strings/str_cat.h"
#include "engine/cti/call_changes.h"
#include "engine/cti/call_event.h"
#include "engine/cti/call_requests.h"
#include "engine/cti/sessions.h"

namespace understudy::engine {
namespace {

using tlib::Attribute;
using tlib::KeyValueList;
using tlib::KeyValuePair;

// The copy for ThisDN is the outcome; the others say the same. Where the call has not come yet nobody knows it.
void TellDataChanged(Context& context, const Call& call, const Party& by, const tlib::Message& request,
                     const RequestCause& cause) {
  for (const Party& party : call.facts.parties) {
    if (!party.begun()) continue;
    CallEvent event(tlib::MessageType::kEventAttachedDataChanged, call, party);
    event.ThirdParty(by.number, by.role).Reasons(request);
    if (party.id == by.id) event.For(cause, request);
    event.Tell(context);
  }
}

// The party of a call that has come to ThisDN.
absl::optional<CallPlace> FindBegunPlace(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindPlace(context, request, cause);
  if (!place || place->party->begun()) return place;
  Refuse(context, cause, request, tlib::ErrorCode::kWrongState, "the call has not come to ThisDN yet");
  return absl::nullopt;
}

void Replace(Context& context, const CallPlace& place, const KeyValueList& data, const tlib::Message& request,
             const RequestCause& cause) {
  if (!ChangeUserData(context, *place.call, data)) {
    return Refuse(context, cause, request, tlib::ErrorCode::kUserDataTooLarge,
                  absl::StrCat("the user data of a call may have ", tlib::MostOctets(Attribute::kUserData), " octets"));
  }
  TellDataChanged(context, *place.call, *place.party, request, cause);
}

}  // namespace

// Behind what is there: a key may stand there more than once.
void OnAttachUserData(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindBegunPlace(context, request, cause);
  if (!place) return;
  KeyValueList data = UserDataOf(place->call->facts);
  for (const KeyValuePair& pair : request.List(Attribute::kUserData).pairs()) data.Append(pair);
  Replace(context, *place, data, request, cause);
}

void OnUpdateUserData(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindBegunPlace(context, request, cause);
  if (!place) return;
  KeyValueList data = UserDataOf(place->call->facts);
  for (const KeyValuePair& pair : request.List(Attribute::kUserData).pairs()) data.Update(pair);
  Replace(context, *place, data, request, cause);
}

void OnDeleteUserData(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindBegunPlace(context, request, cause);
  if (place) Replace(context, *place, {}, request, cause);
}

// The keys of the request's list; its values say nothing.
void OnDeletePair(Context& context, const tlib::Message& request, const RequestCause& cause) {
  const absl::optional<CallPlace> place = FindBegunPlace(context, request, cause);
  if (!place) return;
  KeyValueList data = UserDataOf(place->call->facts);
  for (const KeyValuePair& pair : request.List(Attribute::kUserData).pairs()) data.Erase(pair.key);
  Replace(context, *place, data, request, cause);
}

}  // namespace understudy::engine
