#include "tests/sim/agents/lamp_phone.h"

#include <algorithm>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"

namespace understudy::sim {
namespace {

using sip::Method;

constexpr uint32_t kExpires = 60;  // seconds; the server takes no less
constexpr Duration kAgainAfter = Duration::Seconds(1);
constexpr Duration kPending = Duration::Seconds(5);  // longer no notice waits for its answer

Duration Ms(int64_t milliseconds) {
  return Duration::Milliseconds(milliseconds);
}

// What stands between the two behind `from`; empty: they do not.
absl::string_view Between(absl::string_view text, absl::string_view begin, absl::string_view end, size_t from = 0) {
  const size_t at = text.find(begin, from);
  if (at == absl::string_view::npos) return {};
  const absl::string_view rest = text.substr(at + begin.size());
  const size_t length = rest.find(end);
  return length == absl::string_view::npos ? absl::string_view() : rest.substr(0, length);
}

}  // namespace

void LampPhone::Watch(const std::vector<std::string>& numbers) {
  for (const std::string& watched : numbers) lamps_.push_back({watched, false, kNoRow, {}});
  lamps_.push_back({number(), true, kNoRow, {}});
}

void LampPhone::Start() {
  Phone::Start();
  for (uint32_t lamp = 0; lamp < lamps_.size(); ++lamp) SubscribeAfter(lamp, chance().Between(Ms(1200), Ms(4000)));
}

void LampPhone::SubscribeAfter(uint32_t lamp, Duration pause) {
  UserAfter(pause, kSubscribes, lamp);
}

void LampPhone::OnOwnTimer(uint32_t kind, uint32_t row) {
  if (kind != kSubscribes) return Phone::OnOwnTimer(kind, row);
  Subscribe(row);
}

// Anew, or within the dialog that there is.
void LampPhone::Subscribe(uint32_t row) {
  Lamp& lamp = lamps_[row];
  if (lamp.subscription == kNoRow) {
    lamp.subscription = static_cast<uint32_t>(subscriptions_.size());
    subscriptions_.emplace_back();
    Subscription& fresh = subscriptions_.back();
    fresh.lamp = row;
    fresh.call_id = absl::StrCat("s-", name(), "-", lamp.subscription, "@", address().HostText());
    fresh.local_tag = NewTag();
    fresh.target = absl::StrCat("sip:", lamp.number, "@", service_text());
  }
  Subscription& subscription = subscriptions_[lamp.subscription];
  if (subscription.asked != kNoRow) return;
  const std::string from = absl::StrCat("sip:", number(), "@", service_text());
  const std::string to = absl::StrCat("sip:", lamp.number, "@", service_text());
  std::string headers =
      absl::StrCat("Event: ", lamp.of_registration ? "reg" : "dialog", "\r\nExpires: ", kExpires, "\r\n");
  AppendContact(&headers);
  Ask ask;
  ask.method = Method::kSubscribe;
  ask.uri = subscription.target;
  ask.from = from;
  ask.from_tag = subscription.local_tag;
  ask.to = to;
  ask.to_tag = subscription.remote_tag;
  ask.call_id = subscription.call_id;
  ask.cseq = ++subscription.cseq;
  ask.headers = headers;
  subscription.asked = Request(ask);
}

uint32_t LampPhone::Find(absl::string_view call_id) const {
  const auto found = std::find_if(subscriptions_.begin(), subscriptions_.end(),
                                  [&](const Subscription& row) { return row.call_id == call_id; });
  return found == subscriptions_.end() ? kNoRow : static_cast<uint32_t>(found - subscriptions_.begin());
}

void LampPhone::OnOwnFinal(uint32_t client_row, const SipView& answer) {
  const uint32_t row = Find(client(client_row).call_id);
  if (row == kNoRow) return Phone::OnOwnFinal(client_row, answer);
  Subscription& subscription = subscriptions_[row];
  Lamp& lamp = lamps_[subscription.lamp];
  subscription.asked = kNoRow;
  if (answer.status == 200) {
    if (!subscription.remote_tag.empty() && subscription.cseq > 1) ++renewed_;
    subscription.remote_tag = std::string(answer.to_tag);
    if (!answer.contact.empty()) subscription.target = std::string(answer.contact);
    return SubscribeAfter(subscription.lamp, chance().Between(Ms(6000), Ms(25000)));
  }
  // Whoever does not answer a NOTIFY is forgotten.
  const Duration trouble = book().Trouble(index(), Duration()) + book().tolerance().a_loss * losses();
  const bool no_room = answer.status == 503 && book().DiskWasLow(client(client_row).begun);
  if (no_room) return SubscribeAfter(subscription.lamp, kAgainAfter);
  if (trouble == Duration() || (answer.status == 481 && !book().IsFatal(trouble))) {
    Violated(0, absl::StrCat("SUBSCRIBE is refused with ", answer.status, " for no reason"), answer.bytes);
  }
  if (answer.status == 481) {
    subscription.over = true;
    lamp.subscription = kNoRow;
  }
  SubscribeAfter(subscription.lamp, kAgainAfter);
}

void LampPhone::OnOwnGivenUp(uint32_t client_row) {
  const uint32_t row = Find(client(client_row).call_id);
  if (row == kNoRow) return Phone::OnOwnGivenUp(client_row);
  Subscription& subscription = subscriptions_[row];
  subscription.asked = kNoRow;
  subscription.over = true;
  lamps_[subscription.lamp].subscription = kNoRow;
  SubscribeAfter(subscription.lamp, kAgainAfter);
}

bool LampPhone::TakesOwn(uint32_t server_row, const SipView& request) {
  const uint32_t row = Find(request.call_id);
  if (row == kNoRow) return false;
  Subscription& subscription = subscriptions_[row];
  const bool known = request.method == Method::kNotify && request.to_tag == subscription.local_tag;
  if (!known) Violated(0, "a request that is of no subscription", request.bytes);
  if (subscription.over || !known) {
    Answer(server_row, 481, {}, {}, {});
    return true;
  }
  Answer(server_row, 200, {}, {}, {});
  OnNotify(subscription, request);
  return true;
}

void LampPhone::OnNotify(Subscription& subscription, const SipView& request) {
  Lamp& lamp = lamps_[subscription.lamp];
  if (!subscription.heard.insert(request.cseq).second) Violated(0, "a CSeq that was used before", request.bytes);
  subscription.remote_tag = std::string(request.from_tag);
  ++notices_;
  uint32_t version = 0;
  const bool full = absl::StrContains(request.body, "state=\"full\"");
  const bool read = ReadNumber(Between(request.body, " version=\"", "\"", request.body.find("xmlns")), &version);
  if (!read || version != subscription.version) {
    Violated(0, absl::StrCat("a notice that is not version ", subscription.version), request.bytes);
  }
  if (version == 0 && !full) Violated(0, "a subscription that begins with a part", request.bytes);
  subscription.version = version + 1;
  // One notice at a time: what changes meanwhile is in the next one, which may be the one that says all.
  const bool told_all = version > 0 && now() > subscription.heard_at + kPending && losses() == subscription.losses &&
                        book().Trouble(index(), subscription.heard_at) == Duration();
  subscription.heard_at = now();
  subscription.losses = losses();
  if (!lamp.of_registration) TakeDialogs(lamp, request.body, full, told_all);
  if (!absl::StrContains(request.bytes, "\r\nSubscription-State: terminated")) return;
  subscription.over = true;
  lamp.subscription = kNoRow;
  SubscribeAfter(subscription.lamp, kAgainAfter);
}

// RFC 4235 4.3: a full one replaces what was known, a part changes it.
void LampPhone::TakeDialogs(Lamp& lamp, absl::string_view body, bool full, bool told_all) {
  const bool was_lit = !lamp.dialogs.empty();
  for (const auto& [id, state] : lamp.dialogs) {
    const bool there = absl::StrContains(body, absl::StrCat("<dialog id=\"", id, "\""));
    if (full && told_all && !there) Violated(0, "a dialog has ended, and nobody has said so", body);
  }
  if (full) lamp.dialogs.clear();
  for (size_t at = body.find("<dialog id="); at != absl::string_view::npos; at = body.find("<dialog id=", at + 1)) {
    const std::string id(Between(body, "id=\"", "\"", at));
    const std::string state(Between(body, "<state>", "</state>", at));
    if (state != "terminated") {
      lamp.dialogs[id] = state;
    } else if (lamp.dialogs.erase(id) == 0) {
      Violated(0, "a dialog ends that was not told of", body);
    }
  }
  lit_ += !was_lit && !lamp.dialogs.empty() ? 1 : 0;
}

std::vector<std::string> LampPhone::LitLamps() const {
  std::vector<std::string> lit;
  for (const Lamp& lamp : lamps_) {
    if (!lamp.dialogs.empty()) lit.push_back(lamp.number);
  }
  return lit;
}

}  // namespace understudy::sim
