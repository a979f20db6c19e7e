#include "engine/events/dialog_info.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "engine/events/xml_text.h"
#include "engine/leg_message.h"

namespace understudy::engine {
namespace {

bool Lives(const Leg& leg) {
  return leg.phase != Leg::Phase::kNone && leg.phase != Leg::Phase::kReleased;
}

// RFC 4235 3.7.1.
absl::string_view StateName(Leg::Phase phase) {
  switch (phase) {
    case Leg::Phase::kNone:
    case Leg::Phase::kInviting:
      return "trying";
    case Leg::Phase::kAlerting:
      return "early";
    case Leg::Phase::kConfirmed:
      return "confirmed";
    case Leg::Phase::kReleased:
      return "terminated";
  }
  return "terminated";
}

std::string Attribute(absl::string_view name, absl::string_view value) {
  return value.empty() ? std::string() : absl::StrCat(" ", name, "=\"", XmlText(value), "\"");
}

std::string Participant(absl::string_view element, absl::string_view identity, absl::string_view target) {
  std::string text = absl::StrCat("<", element, "><identity>", XmlText(identity), "</identity>");
  if (!target.empty()) absl::StrAppend(&text, "<target uri=\"", XmlText(target), "\"/>");
  return absl::StrCat(text, "</", element, ">");
}

std::string Begin(const State& state, const Subscription& subscription, absl::string_view completeness) {
  const std::string entity = UriHere(state, subscription.number);
  return absl::StrCat("<?xml version=\"1.0\"?>\r\n<dialog-info xmlns=\"urn:ietf:params:xml:ns:dialog-info\" version=\"",
                      subscription.version, "\" state=\"", completeness, "\" entity=\"", XmlText(entity), "\">\r\n");
}

std::string Name(const sip::Dialog& dialog) {
  return absl::StrCat(Attribute("call-id", dialog.call_id), Attribute("local-tag", dialog.remote_tag),
                      Attribute("remote-tag", dialog.local_tag));
}

void AppendDialog(const State& state, const Subscription& subscription, LegId id, std::string* text) {
  const Leg& leg = *state.legs.Find(id);
  const sip::Dialog& dialog = leg.dialog;
  const bool own = subscription.subscriber == subscription.number;
  absl::StrAppend(text, "<dialog id=\"", id.value(), "\"", own ? Name(dialog) : "", " direction=\"",
                  leg.invited ? "recipient" : "initiator", "\"><state>", StateName(leg.phase), "</state>",
                  Participant("local", dialog.remote_uri, dialog.remote_target),
                  Participant("remote", dialog.local_uri, dialog.local_uri), "</dialog>\r\n");
}

}  // namespace

void AppendDialogs(const State& state, const Call& call, absl::string_view number, std::vector<ToldDialog>* dialogs) {
  for (const LegId id : call.legs) {
    const Leg* leg = state.legs.Find(id);
    if (leg == nullptr || leg->number != number || !Lives(*leg)) continue;
    dialogs->push_back({id, call.id, static_cast<uint8_t>(leg->phase)});
  }
}

DialogDifference DifferenceOf(const std::vector<ToldDialog>& told, const std::vector<ToldDialog>& now) {
  DialogDifference difference;
  for (const ToldDialog& dialog : now) {
    const auto same = [&](const ToldDialog& other) { return other.leg == dialog.leg && other.phase == dialog.phase; };
    if (std::none_of(told.begin(), told.end(), same)) difference.changed.push_back(dialog);
  }
  for (const ToldDialog& dialog : told) {
    const auto same = [&](const ToldDialog& other) { return other.leg == dialog.leg; };
    if (std::none_of(now.begin(), now.end(), same)) difference.terminated.push_back(dialog.leg);
  }
  return difference;
}

std::string FullDialogInfo(const State& state, const Subscription& subscription, const std::vector<ToldDialog>& now) {
  std::string text = Begin(state, subscription, "full");
  for (const ToldDialog& dialog : now) AppendDialog(state, subscription, dialog.leg, &text);
  return absl::StrCat(text, "</dialog-info>\r\n");
}

std::string PartialDialogInfo(const State& state, const Subscription& subscription,
                              const DialogDifference& difference) {
  std::string text = Begin(state, subscription, "partial");
  for (const ToldDialog& dialog : difference.changed) AppendDialog(state, subscription, dialog.leg, &text);
  for (const LegId id : difference.terminated) {
    absl::StrAppend(&text, "<dialog id=\"", id.value(), "\"><state>terminated</state></dialog>\r\n");
  }
  return absl::StrCat(text, "</dialog-info>\r\n");
}

}  // namespace understudy::engine
