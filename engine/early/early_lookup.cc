#include "engine/early/early_lookup.h"

#include "absl/strings/match.h"

namespace understudy::engine {
namespace {

bool HasTags(const sip::Dialog& dialog, absl::string_view our_tag, absl::string_view their_tag) {
  return dialog.local_tag == our_tag && absl::EqualsIgnoreCase(dialog.remote_tag, their_tag);
}

bool IsFull(const Leg& leg) {
  return leg.early.has_value() && (*leg.early)->others.size() + 1 >= kMostEarlyDialogs;
}

}  // namespace

const EarlyDialog* FindOther(const Leg& leg, absl::string_view our_tag, absl::string_view their_tag) {
  if (!leg.early.has_value()) return nullptr;
  for (const EarlyDialog& other : (*leg.early)->others) {
    if (HasTags(other.dialog, our_tag, their_tag)) return &other;
  }
  return nullptr;
}

bool HasDialog(const Leg& leg, absl::string_view our_tag, absl::string_view their_tag) {
  return HasTags(leg.dialog, our_tag, their_tag) || FindOther(leg, our_tag, their_tag) != nullptr;
}

bool IsLost(const Leg& giver, absl::string_view their_tag) {
  const EarlyDialog* other = FindOther(giver, giver.dialog.local_tag, their_tag);
  return other != nullptr && other->lost;
}

bool IsOneTooMany(const Leg& asking, const Leg& giver, absl::string_view their_tag) {
  if (!IsFull(asking) && !IsFull(giver)) return false;
  return !HasDialog(giver, giver.dialog.local_tag, their_tag);
}

uint32_t LastRseq(const Leg& leg, absl::string_view their_tag) {
  if (absl::EqualsIgnoreCase(leg.dialog.remote_tag, their_tag)) return leg.rseq;
  const EarlyDialog* other = FindOther(leg, leg.dialog.local_tag, their_tag);
  return other == nullptr ? 0 : other->rseq;
}

const Leg* CallerOf(const State& state, const Leg& leg) {
  const ClientTransaction* invite = state.transactions.FindClient(leg.client_invite);
  const ServerTransaction* server = invite == nullptr ? nullptr : state.transactions.FindServer(invite->relay);
  return server == nullptr ? nullptr : state.legs.Find(server->leg);
}

const Leg* OtherSideOf(const State& state, const Leg& leg) {
  if (const Leg* giver = state.legs.Find(leg.giver)) return giver;
  return leg.peer.empty() ? CallerOf(state, leg) : state.PeerOf(leg);
}

}  // namespace understudy::engine
