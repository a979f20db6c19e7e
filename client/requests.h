// The requests that applications make most, as messages: each function sets what its request must have.
//
//   client.Request(MakeCall("1001", "1002"));
//   client.Request(HoldCall("1001", conn_id).Set(Attribute::kReasons, reasons));
//
// `dn` is ThisDN, the party on whose behalf it is asked. docs/t_library.md says what each does and which event answers.
#ifndef UNDERSTUDY_CLIENT_REQUESTS_H_
#define UNDERSTUDY_CLIENT_REQUESTS_H_

#include <cstdint>

#include "absl/strings/string_view.h"
#include "tlib/key_value_list.h"
#include "tlib/message.h"

namespace understudy::client {

// Of a call: Attribute::kConnID of its events.
using ConnID = int64_t;

// ---- registrations
tlib::Message RegisterAddress(absl::string_view dn);
tlib::Message UnregisterAddress(absl::string_view dn);
tlib::Message StartCallMonitoring();
tlib::Message StopCallMonitoring();

// ---- a call
tlib::Message MakeCall(absl::string_view dn, absl::string_view destination);
tlib::Message AnswerCall(absl::string_view dn, ConnID call);
tlib::Message ReleaseCall(absl::string_view dn, ConnID call);
tlib::Message HoldCall(absl::string_view dn, ConnID call);
tlib::Message RetrieveCall(absl::string_view dn, ConnID call);
tlib::Message RedirectCall(absl::string_view dn, ConnID call, absl::string_view destination);
tlib::Message ClearCall(absl::string_view dn, ConnID call);
tlib::Message SendDTMF(absl::string_view dn, ConnID call, absl::string_view digits);

// ---- two calls: `held` is held, `current` is talked in
tlib::Message AlternateCall(absl::string_view dn, ConnID current, ConnID held);
tlib::Message ReconnectCall(absl::string_view dn, ConnID current, ConnID held);

// ---- transfer and conference
tlib::Message InitiateTransfer(absl::string_view dn, ConnID call, absl::string_view destination);
tlib::Message CompleteTransfer(absl::string_view dn, ConnID consult, ConnID held);
tlib::Message MuteTransfer(absl::string_view dn, ConnID call, absl::string_view destination);
tlib::Message SingleStepTransfer(absl::string_view dn, ConnID call, absl::string_view destination);
tlib::Message InitiateConference(absl::string_view dn, ConnID call, absl::string_view destination);
tlib::Message CompleteConference(absl::string_view dn, ConnID consult, ConnID held);
tlib::Message DeleteFromConference(absl::string_view dn, ConnID call, absl::string_view member);

// ---- user data
tlib::Message AttachUserData(absl::string_view dn, ConnID call, tlib::KeyValueList data);
tlib::Message UpdateUserData(absl::string_view dn, ConnID call, tlib::KeyValueList data);
tlib::Message DeleteUserData(absl::string_view dn, ConnID call);
tlib::Message DeletePair(absl::string_view dn, ConnID call, absl::string_view key);

// ---- a DN
tlib::Message SetDNDOn(absl::string_view dn);
tlib::Message SetDNDOff(absl::string_view dn);
tlib::Message CallForwardSet(absl::string_view dn, absl::string_view destination);
tlib::Message CallForwardCancel(absl::string_view dn);
tlib::Message DistributeUserEvent(absl::string_view dn, tlib::KeyValueList data);

// ---- queries
tlib::Message QueryAddress(absl::string_view dn);
tlib::Message QueryCall(absl::string_view dn, ConnID call);
tlib::Message QueryServer();

}  // namespace understudy::client

#endif  // UNDERSTUDY_CLIENT_REQUESTS_H_
