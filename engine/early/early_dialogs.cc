#include "engine/early/early_dialogs.h"

#include <algorithm>
#include <iterator>
#include <string>
#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "engine/call_handlers.h"
#include "engine/early/early_lookup.h"
#include "engine/request.h"
#include "engine/server_transactions.h"
#include "engine/sip_ids.h"
#include "sip/cseq.h"
#include "sip/header_values.h"
#include "sip/status.h"

namespace understudy::engine {
namespace {

bool IsUnanswered(const Leg& leg) {
  return leg.phase == Leg::Phase::kInviting || leg.phase == Leg::Phase::kAlerting;
}

std::vector<EarlyDialog>& OthersOf(Leg& leg) {
  if (!leg.early.has_value()) leg.early.emplace();
  return (*leg.early)->others;
}

EarlyDialog Leave(Leg& leg) {
  EarlyDialog left;
  left.dialog = leg.dialog;
  left.giver = std::exchange(leg.giver, LegId());
  left.rseq = std::exchange(leg.rseq, 0);
  left.sent_rseq = std::exchange(leg.sent_rseq, 0);
  left.awaited_prack = std::exchange(leg.awaited_prack, absl::nullopt);
  left.server_update = std::exchange(leg.server_update, TransactionId());
  left.client_update = std::exchange(leg.client_update, TransactionId());
  left.session = leg.session;
  if (leg.agreement) left.told = std::exchange(leg.agreement->told, SharedBytes());
  return left;
}

// Our sequence numbers go on, so that whoever answers late is told to go by a number that it has not seen (fork.h).
void Enter(EarlyDialog entered, Leg& leg) {
  const uint32_t before = leg.dialog.local_sequence;
  leg.dialog = std::move(entered.dialog);
  uint32_t& sequence = leg.dialog.local_sequence;
  if (before != sip::kNoSequence && (sequence == sip::kNoSequence || sequence < before)) sequence = before;
  leg.giver = entered.giver;
  leg.rseq = entered.rseq;
  leg.sent_rseq = entered.sent_rseq;
  leg.awaited_prack = std::move(entered.awaited_prack);
  leg.server_update = entered.server_update;
  leg.client_update = entered.client_update;
  leg.session = std::move(entered.session);
  if (leg.agreement) leg.agreement->told = std::move(entered.told);
}

EarlyDialog Take(std::vector<EarlyDialog>& others, std::vector<EarlyDialog>::iterator place) {
  EarlyDialog taken = std::move(*place);
  others.erase(place);
  return taken;
}

void PutTag(absl::string_view old, absl::string_view tag, std::string* text) {
  const std::string mark = absl::StrCat(";tag=", old);
  const size_t at = text->find(mark);
  US_CHECK(at != std::string::npos);  // our own, which nobody else can have said before
  text->replace(at, mark.size(), absl::StrCat(";tag=", tag));
}

// Answers to its INVITE are of the dialog that it is in.
void EnterAsking(Context& context, Leg& asking, EarlyDialog entered) {
  const std::string old = asking.dialog.local_tag;
  Enter(std::move(entered), asking);
  ServerTransaction* server = FindUnanswered(context, asking.server_invite);
  if (server != nullptr && old != asking.dialog.local_tag) PutTag(old, asking.dialog.local_tag, &server->head);
}

// One in which nobody has said anything yet.
EarlyDialog NewOfAsking(Context& context, const Leg& asking) {
  EarlyDialog begun;
  begun.dialog = asking.dialog;
  begun.dialog.local_tag = MakeTag(asking.id, NextMac(context));
  begun.dialog.remote_sequence = asking.invite_cseq;
  begun.session = asking.session;
  return begun;
}

EarlyDialog NewOfGiver(const Leg& giver) {
  EarlyDialog begun;
  begun.dialog = giver.dialog;
  begun.dialog.remote_tag.clear();
  begun.dialog.remote_sequence = sip::kNoSequence;
  return begun;
}

std::string TagOf(const State& state, LegId giver) {
  const Leg* leg = state.legs.Find(giver);
  return leg == nullptr ? std::string() : leg->dialog.remote_tag;
}

void SelectOfAsking(Context& context, Leg& asking, const Leg& giver, absl::string_view tag) {
  if (asking.giver.empty()) {
    asking.giver = giver.id;
    return;
  }
  std::string heard = TagOf(context.state, asking.giver);
  if (asking.giver == giver.id && absl::EqualsIgnoreCase(heard, tag)) return;
  std::vector<EarlyDialog>& others = OthersOf(asking);
  const auto found = std::find_if(others.begin(), others.end(), [&](const EarlyDialog& other) {
    return !other.lost && other.giver == giver.id && absl::EqualsIgnoreCase(other.giver_tag, tag);
  });
  EarlyDialog entered = found == others.end() ? NewOfAsking(context, asking) : Take(others, found);
  entered.giver = giver.id;
  others.push_back(Leave(asking));
  others.back().giver_tag = std::move(heard);
  EnterAsking(context, asking, std::move(entered));
}

void SelectOfGiver(Leg& giver, absl::string_view tag) {
  const bool heard = !giver.dialog.remote_tag.empty();
  if (absl::EqualsIgnoreCase(giver.dialog.remote_tag, tag) || (!heard && !giver.early.has_value())) return;
  std::vector<EarlyDialog>& others = OthersOf(giver);
  const auto found = std::find_if(others.begin(), others.end(), [&](const EarlyDialog& other) {
    return absl::EqualsIgnoreCase(other.dialog.remote_tag, tag);
  });
  EarlyDialog entered = found == others.end() ? NewOfGiver(giver) : Take(others, found);
  EarlyDialog left = Leave(giver);
  if (heard) others.push_back(std::move(left));
  Enter(std::move(entered), giver);
}

// Of a leg that is called and has not answered.
Leg* AskingFor(Context& context, const Leg& leg) {
  const Leg* asking = IsUnanswered(leg) ? CallerOf(context.state, leg) : nullptr;
  return asking != nullptr && IsUnanswered(*asking) ? context.state.legs.Find(asking->id) : nullptr;
}

void StopTimers(Context& context, EarlyDialog& other) {
  if (!other.awaited_prack.has_value()) return;
  context.state.timers.Cancel(&other.awaited_prack->retransmit);
  context.state.timers.Cancel(&other.awaited_prack->timeout);
  other.awaited_prack->response = SharedBytes();
}

void MarkLost(Context& context, EarlyDialog& other) {
  StopTimers(context, other);
  other.server_update = TransactionId();
  other.client_update = TransactionId();
  other.lost = true;
}

// `giver` has ended the dialog that it is in: a mark of it stays, and nobody has been heard in the next one yet.
void LeaveMark(Leg& giver) {
  EarlyDialog next = NewOfGiver(giver);
  EarlyDialog mark = Leave(giver);
  mark.session = SharedBytes();
  mark.told = SharedBytes();
  mark.lost = true;
  OthersOf(giver).push_back(std::move(mark));
  Enter(std::move(next), giver);
}

// What is lost and waits for no PRACK.
void Sweep(Leg& leg) {
  if (!leg.early.has_value()) return;
  std::vector<EarlyDialog>& others = (*leg.early)->others;
  others.erase(std::remove_if(others.begin(), others.end(),
                              [](const EarlyDialog& other) { return other.lost && !other.awaited_prack.has_value(); }),
               others.end());
  if (others.empty()) leg.early.reset();
}

bool Waits(const Leg& asking) {
  return IsUnanswered(asking) && !asking.server_invite.empty();
}

void Say199(Context& context, const Leg& asking, absl::string_view tag, int status) {
  const ServerTransaction* server = asking.hears_199 ? FindUnanswered(context, asking.server_invite) : nullptr;
  if (server == nullptr) return;
  const TransactionId id = server->id;
  sip::MessageWriter writer = BeginResponse(context, *server, 199);
  if (tag != asking.dialog.local_tag) PutTag(asking.dialog.local_tag, tag, &context.text);
  if (status != 0) {
    writer.Header(sip::HeaderName::kReason, "SIP;cause=", status, ";text=\"", sip::ReasonPhrase(status), "\"");
  }
  writer.NoBody();
  Respond(context, id, 199);
}

// It goes on in another one, or in one in which nobody has said anything yet.
void LoseItsOwn(Context& context, Leg& asking) {
  std::vector<EarlyDialog>& others = OthersOf(asking);
  const auto next = std::find_if(others.rbegin(), others.rend(), [](const EarlyDialog& other) { return !other.lost; });
  EarlyDialog entered = next == others.rend() ? NewOfAsking(context, asking) : Take(others, std::prev(next.base()));
  EarlyDialog left = Leave(asking);
  MarkLost(context, left);
  others.push_back(std::move(left));
  const std::string tag = entered.giver_tag;
  EnterAsking(context, asking, std::move(entered));
  if (Leg* giver = context.state.legs.Find(asking.giver)) SelectOfGiver(*giver, tag);
  Sweep(asking);
}

}  // namespace

bool Hears199(const sip::Message& invite) {
  return sip::HasToken(invite, sip::HeaderName::kSupported, "199") &&
         !sip::HasToken(invite, sip::HeaderName::kRequire, "100rel");
}

Leg* AskingOf(Context& context, TransactionId relay) {
  const ServerTransaction* server = FindUnanswered(context, relay);
  Leg* asking = server == nullptr ? nullptr : context.state.legs.Find(server->leg);
  return asking != nullptr && IsUnanswered(*asking) ? asking : nullptr;
}

void EnterEarlyDialog(Context& context, Leg& asking, Leg& giver, absl::string_view tag) {
  if (tag.empty()) return;  // a UA of RFC 2543 has one dialog
  SelectOfAsking(context, asking, giver, tag);
  SelectOfGiver(giver, tag);
}

void EnterDialogOf(Context& context, Leg& leg, absl::string_view our_tag, absl::string_view their_tag) {
  if (Leg* asking = AskingFor(context, leg)) return EnterEarlyDialog(context, *asking, leg, their_tag);
  const EarlyDialog* other = FindOther(leg, our_tag, their_tag);
  if (other == nullptr || other->lost) return;
  Leg* giver = context.state.legs.Find(other->giver);
  const std::string tag = giver == nullptr ? other->dialog.remote_tag : other->giver_tag;
  giver == nullptr ? SelectOfGiver(leg, tag) : EnterEarlyDialog(context, leg, *giver, tag);
}

void EnterDialogOf(Context& context, Leg& leg, TransactionId update) {
  if (!leg.early.has_value()) return;
  for (const EarlyDialog& other : (*leg.early)->others) {
    if (other.server_update != update && other.client_update != update) continue;
    const std::string our_tag = other.dialog.local_tag;
    const std::string their_tag = other.dialog.remote_tag;
    return EnterDialogOf(context, leg, our_tag, their_tag);
  }
}

void LoseEarlyDialogs(Context& context, Leg& asking, LegId giver, int status) {
  if (!Waits(asking)) return;
  for (EarlyDialog& other : OthersOf(asking)) {
    if (other.lost || (!giver.empty() && other.giver != giver)) continue;
    Say199(context, asking, other.dialog.local_tag, status);
    MarkLost(context, other);
  }
  Sweep(asking);
  if (asking.giver.empty() || (!giver.empty() && asking.giver != giver)) return;
  Say199(context, asking, asking.dialog.local_tag, status);
  LoseItsOwn(context, asking);
}

void LoseEarlyDialog(Context& context, Leg& asking, Loss loss) {
  if (loss == Loss::kTold) Say199(context, asking, asking.dialog.local_tag, 0);
  if (Leg* giver = context.state.legs.Find(asking.giver)) LeaveMark(*giver);
  LoseItsOwn(context, asking);
}

void LoseOthers(Context& context, Leg& leg) {
  leg.giver = LegId();
  if (!leg.early.has_value()) return;
  for (EarlyDialog& other : (*leg.early)->others) MarkLost(context, other);
  Sweep(leg);
}

void ForgetEarlyDialogs(Context& context, Leg& leg) {
  leg.giver = LegId();
  if (!leg.early.has_value()) return;
  for (EarlyDialog& other : (*leg.early)->others) StopTimers(context, other);
  leg.early.reset();
}

bool HasOthers(const Leg& leg) {
  if (!leg.early.has_value()) return false;
  const std::vector<EarlyDialog>& others = (*leg.early)->others;
  return std::any_of(others.begin(), others.end(), [](const EarlyDialog& other) { return !other.lost; });
}

bool EndsOneEarlyDialog(Context& context, Leg& leg, const SipReceived& bye) {
  Leg* asking = leg.giver.empty() ? AskingFor(context, leg) : &leg;
  if (asking == nullptr || !HasOthers(*asking)) return false;
  Leg* giver = context.state.legs.Find(asking->giver);
  US_CHECK(giver != nullptr);
  if (asking->id == leg.id) SendBye(context, *giver, &bye.message);
  LoseEarlyDialog(context, *asking, asking->id == leg.id ? Loss::kUntold : Loss::kTold);
  return true;
}

bool AnswersForLost(Context& context, Leg& leg, const SipReceived& request) {
  const EarlyDialog* found = FindOther(leg, request.message.to_tag(), request.message.from_tag());
  if (found == nullptr || !found->lost) return false;
  std::vector<EarlyDialog>& others = OthersOf(leg);
  const auto place = others.begin() + (found - others.data());
  sip::RAck rack;
  const bool acknowledges = request.message.method() == sip::Method::kPrack && place->awaited_prack.has_value() &&
                            sip::ParseRAck(request.message.ValueOf(sip::HeaderName::kRAck), &rack) &&
                            rack.rseq == place->awaited_prack->rseq;
  if (!acknowledges) {
    Refuse(context, request, 481);
    return true;
  }
  others.erase(place);
  if (others.empty()) leg.early.reset();
  RespondPlain(context, BeginServer(context, request, {}).id, 200);
  return true;
}

}  // namespace understudy::engine
