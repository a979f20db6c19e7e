#include "sip/dialog.h"

#include <algorithm>
#include <array>
#include <utility>

#include "absl/strings/match.h"
#include "base/check.h"
#include "sip/header_name.h"
#include "sip/header_values.h"
#include "sip/name_addr.h"
#include "sip/uri.h"

namespace understudy::sip {
namespace {

constexpr uint32_t kSequenceEnd = 1u << 31;  // 8.1.1.5

// The URI without headers and method parameter, which neither a Request-URI nor a Route carries (19.1.1,
// table 1). `uri` is a well-formed SIP URI.
std::string WithoutMethodAndHeaders(const Uri& uri) {
  const absl::string_view last = uri.port_text.empty() ? uri.host : uri.port_text;
  std::string out(uri.text.data(), last.data() + last.size());
  absl::string_view params = uri.params;
  while (!params.empty()) {
    const absl::string_view param = params.substr(0, params.find(';'));
    params.remove_prefix(std::min(params.size(), param.size() + 1));
    if (param.empty() || absl::EqualsIgnoreCase(param.substr(0, param.find('=')), "method")) continue;
    out.push_back(';');
    out.append(param.data(), param.size());
  }
  return out;
}

// The URIs of Record-Route from top to bottom.
absl::Status ReadRecordRoute(const Message& message, std::vector<std::string>* routes) {
  for (absl::string_view value : HeaderValues(message, HeaderName::kRecordRoute)) {
    NameAddr hop;
    Uri uri;
    if (routes->size() == kMaxRoutes) return absl::InvalidArgumentError("Record-Route is too long");
    if (!ParseNameAddr(value, &hop) || !hop.has_brackets) return absl::InvalidArgumentError("malformed Record-Route");
    if (!ParseUri(hop.uri, &uri) || !uri.is_sip) return absl::InvalidArgumentError("Record-Route is not a SIP URI");
    routes->push_back(WithoutMethodAndHeaders(uri));
  }
  routes->shrink_to_fit();
  return absl::OkStatus();
}

absl::Status CheckEstablishes(const Message& response, const Dialog& dialog) {
  if (response.status() < 101 || response.status() > 299) return absl::InvalidArgumentError("establishes no dialog");
  if (response.status() < 200 && response.to_tag().empty()) {
    return absl::InvalidArgumentError("provisional response without To tag");
  }
  if (dialog.remote_tag.empty() || absl::EqualsIgnoreCase(dialog.remote_tag, response.to_tag())) {
    return absl::OkStatus();
  }
  return absl::InvalidArgumentError("To tag of another dialog");
}

std::string Text(absl::string_view text) {
  return std::string(text.data(), text.size());
}

}  // namespace

Dialog BeginUacDialog(const DialogRequest& request) {
  Dialog dialog;
  Uri uri;
  const bool parsed = ParseUri(request.request_uri, &uri);
  dialog.secure = request.over_tls && uri.is_sips;
  dialog.call_id = Text(request.call_id);
  dialog.local_tag = Text(request.local_tag);
  dialog.local_uri = Text(request.local_uri);
  dialog.remote_uri = Text(request.remote_uri);
  dialog.remote_target = parsed && uri.is_sip ? WithoutMethodAndHeaders(uri) : Text(request.request_uri);
  dialog.local_sequence = request.sequence;
  return dialog;
}

absl::Status Establish(const Message& response, Dialog* dialog) {
  const absl::Status status = CheckEstablishes(response, *dialog);
  if (!status.ok()) return status;
  if (dialog->state == DialogState::kEarly) {
    std::vector<std::string> routes;
    const absl::Status read = ReadRecordRoute(response, &routes);
    if (!read.ok()) return read;
    std::reverse(routes.begin(), routes.end());
    dialog->route_set = std::move(routes);
    dialog->remote_tag = Text(response.to_tag());
    if (response.status() >= 200) dialog->state = DialogState::kConfirmed;
  }
  RefreshTarget(response, dialog);
  return absl::OkStatus();
}

absl::StatusOr<Dialog> BeginUasDialog(const Message& request, absl::string_view local_tag, bool over_tls) {
  Dialog dialog;
  if (!RefreshTarget(request, &dialog)) return absl::InvalidArgumentError("no usable Contact");
  const absl::Status read = ReadRecordRoute(request, &dialog.route_set);
  if (!read.ok()) return read;
  dialog.secure = over_tls && request.request_uri().is_sips;
  dialog.call_id = Text(request.call_id());
  dialog.local_tag = Text(local_tag);
  dialog.remote_tag = Text(request.from_tag());
  dialog.local_uri = Text(request.to().uri);
  dialog.remote_uri = Text(request.from().uri);
  dialog.remote_sequence = request.cseq().number;
  return dialog;
}

std::string RemoteTargetOf(const Message& message) {
  NameAddr contact;
  Uri uri;
  if (!ParseContact(FirstValue(message, HeaderName::kContact), &contact) || contact.star) return std::string();
  if (!ParseUri(contact.uri, &uri) || !uri.is_sip) return std::string();
  return WithoutMethodAndHeaders(uri);
}

bool RefreshTarget(const Message& message, Dialog* dialog) {
  std::string target = RemoteTargetOf(message);
  if (target.empty()) return false;
  dialog->remote_target = std::move(target);
  return true;
}

bool AcceptRemoteSequence(uint32_t sequence, Dialog* dialog) {
  if (dialog->remote_sequence != kNoSequence && sequence < dialog->remote_sequence) return false;
  dialog->remote_sequence = sequence;
  return true;
}

uint32_t NextLocalSequence(Dialog* dialog) {
  dialog->local_sequence = dialog->local_sequence == kNoSequence ? 1 : dialog->local_sequence + 1;
  US_CHECK_LT(dialog->local_sequence, kSequenceEnd);
  return dialog->local_sequence;
}

RequestTarget TargetOf(const Dialog& dialog) {
  RequestTarget target{dialog.remote_target, dialog.remote_target, {}};
  if (dialog.route_set.empty()) return target;
  target.routes.assign(dialog.route_set.begin(), dialog.route_set.end());
  target.next_hop = target.routes.front();
  Uri first;
  ParseUri(target.routes.front(), &first);
  if (first.Param("lr")) return target;
  target.request_uri = target.routes.front();
  target.routes.erase(target.routes.begin());
  target.routes.push_back(dialog.remote_target);
  return target;
}

absl::string_view DialogStateName(DialogState state) {
  static constexpr std::array<absl::string_view, 3> kNames = {"early", "confirmed", "terminated"};
  const size_t index = static_cast<size_t>(state);
  US_CHECK_LT(index, kNames.size());
  return kNames[index];
}

}  // namespace understudy::sip
