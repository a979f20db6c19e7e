// A dialog as a value: what RFC 3261 section 12 says a UA keeps, and the rules that read and change it.
//
//   Dialog dialog = BeginUacDialog(invite);            // our INVITE goes out
//   absl::Status status = Establish(response, &dialog);  // 101-199 or 2xx (12.1.2); copy first when it forks
//   RequestTarget target = TargetOf(dialog);           // Request-URI and Routes of our next request
//
// Pure: no I/O and no time. A Dialog owns its text; it copies, compares and lists its fields for save, load
// and digest. URIs are kept bare, without brackets, and without what a Request-URI may not carry.
#ifndef UNDERSTUDY_SIP_DIALOG_H_
#define UNDERSTUDY_SIP_DIALOG_H_

#include <cstddef>
#include <cstdint>
#include <string>
#include <vector>

#include "absl/container/inlined_vector.h"
#include "absl/status/status.h"
#include "absl/status/statusor.h"
#include "absl/strings/string_view.h"
#include "sip/message.h"

namespace understudy::sip {

// The numbers are stored: they never change their meaning.
enum class DialogState : uint8_t { kEarly = 0, kConfirmed = 1, kTerminated = 2 };

// A sequence number that is still empty (12.1.1, 12.1.2). Real ones are below 2^31.
inline constexpr uint32_t kNoSequence = 0xFFFFFFFF;

// A Record-Route set longer than this is refused.
inline constexpr size_t kMaxRoutes = 32;

struct Dialog {
  DialogState state = DialogState::kEarly;
  bool secure = false;  // made over TLS with a sips: Request-URI
  std::string call_id;
  std::string local_tag;
  std::string remote_tag;  // empty: not known yet, or a peer of RFC 2543
  std::string local_uri;
  std::string remote_uri;
  std::string remote_target;
  std::vector<std::string> route_set;  // in the order in which our requests visit them
  uint32_t local_sequence = kNoSequence;
  uint32_t remote_sequence = kNoSequence;

  friend bool operator==(const Dialog&, const Dialog&) = default;

  // Calls a.Field(number, member) for each member. The numbers are stored: they never change their meaning.
  template <class Archive>
  void Fields(Archive& a) {
    a.Field(1, state);
    a.Field(2, secure);
    a.Field(3, call_id);
    a.Field(4, local_tag);
    a.Field(5, remote_tag);
    a.Field(6, local_uri);
    a.Field(7, remote_uri);
    a.Field(8, remote_target);
    a.Field(9, route_set);
    a.Field(10, local_sequence);
    a.Field(11, remote_sequence);
  }
};

// The request that we send to begin a dialog.
struct DialogRequest {
  absl::string_view call_id;
  absl::string_view local_tag;   // in From
  absl::string_view local_uri;   // of From, bare
  absl::string_view remote_uri;  // of To, bare
  absl::string_view request_uri;
  uint32_t sequence = 1;
  bool over_tls = false;
};

// 12.1.2 before there is a response: early, no remote tag, the Request-URI as the target, no routes.
Dialog BeginUacDialog(const DialogRequest& request);

// 12.1.2, 13.2.2.4: remote tag, route set (Record-Route reversed) and remote target from a response with
// status 101 to 299 to the request that began `dialog`; a 2xx confirms it and computes the route set anew.
// A dialog already confirmed keeps its route set and takes the target only. A response without a usable
// Contact leaves the target as it was. InvalidArgument, and nothing changes: another status, a provisional
// response without To tag, another To tag than the one that `dialog` has (a fork: another dialog), or a
// Record-Route that is malformed or longer than kMaxRoutes.
absl::Status Establish(const Message& response, Dialog* dialog);

// 12.1.1: the early dialog of a received request that begins one; `local_tag` is the To tag of our responses.
// Confirmed by setting `state`. InvalidArgument (answer 400): no usable Contact, or Record-Route malformed or
// longer than kMaxRoutes.
absl::StatusOr<Dialog> BeginUasDialog(const Message& request, absl::string_view local_tag, bool over_tls);

// Takes the Contact of a target refresh request (INVITE, UPDATE) or of its 2xx (12.2.1.2, 12.2.2). False, and
// nothing changes, when there is no usable one.
bool RefreshTarget(const Message& message, Dialog* dialog);

// What RefreshTarget would take; empty when there is no usable Contact.
std::string RemoteTargetOf(const Message& message);

// 12.2.2: false when `sequence` is lower than the remote sequence number (answer 500); else it becomes the
// remote sequence number. Not for ACK and CANCEL, which repeat the number of their INVITE.
bool AcceptRemoteSequence(uint32_t sequence, Dialog* dialog);

// 12.2.1.1: the sequence number of our next request in the dialog, which is not ACK or CANCEL; 1 to 2^31 - 1.
uint32_t NextLocalSequence(Dialog* dialog);

// Where a request in the dialog goes (12.2.1.1). All are slices of the dialog.
struct RequestTarget {
  absl::string_view request_uri;
  absl::string_view next_hop;                        // whose address it is sent to (8.1.2)
  absl::InlinedVector<absl::string_view, 4> routes;  // bare URIs: write each as "<uri>"
};

// With a loose router (lr) first, or no routes: the remote target and the route set. With a strict router
// first: that router's URI, and the rest of the route set followed by the remote target. The next hop is the
// first route, strict or not, and the remote target without routes.
RequestTarget TargetOf(const Dialog& dialog);

// "early", "confirmed", "terminated". The text is static.
absl::string_view DialogStateName(DialogState state);

}  // namespace understudy::sip

#endif  // UNDERSTUDY_SIP_DIALOG_H_
