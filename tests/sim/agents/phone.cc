#include "tests/sim/agents/phone.h"

#include <string>

#include "absl/strings/str_cat.h"

namespace understudy::sim {
namespace {

constexpr int64_t kShortest = 20;  // seconds
constexpr int64_t kLongest = 60;
constexpr Duration kAgainAfter = Duration::Seconds(1);

// Seconds in ";expires=" of a contact; 0 without.
uint32_t ExpiresIn(absl::string_view contact) {
  constexpr absl::string_view kParam = ";expires=";
  const size_t at = contact.find(kParam);  // of the first, where several stand in a line
  uint32_t seconds = 0;
  if (at == absl::string_view::npos || !ReadNumber(contact.substr(at + kParam.size()), &seconds)) return 0;
  return seconds;
}

}  // namespace

void Phone::Start() {
  if (expires_ == 0) expires_ = static_cast<uint32_t>(chance().Between(kShortest, kLongest));
  if (reliable()) return Connect();
  RegisterAfter(chance().Between(Duration(), Duration::Milliseconds(800)));
}

void Phone::OnConnected() {
  Register();
}

void Phone::RegisterAfter(Duration pause) {
  Cancel(&refresh_);
  refresh_ = UserAfter(pause, kRefresh, 0);
}

void Phone::OnOwnTimer(uint32_t, uint32_t) {
  refresh_ = 0;
  Register();
}

void Phone::Register() {
  if (asked_ != kNoRow || stopped() || !connected()) return;
  Cancel(&refresh_);
  const std::string uri = absl::StrCat("sip:", service_text());
  const std::string own = absl::StrCat("sip:", number(), "@", service_text());
  const std::string tag = NewTag();
  const std::string call_id = absl::StrCat("r-", life(), "@", address().HostText());
  std::string headers;
  AppendContact(&headers);
  absl::StrAppend(&headers, "Expires: ", expires_, "\r\n");
  Ask ask;
  ask.method = sip::Method::kRegister;
  ask.uri = uri;
  ask.from = ask.to = own;
  ask.from_tag = tag;
  ask.call_id = call_id;
  ask.cseq = ++cseq_;
  ask.headers = headers;
  asked_ = Request(ask);
}

void Phone::OnOwnFinal(uint32_t client_row, const SipView& answer) {
  if (client_row != asked_) return;
  asked_ = kNoRow;
  if (answer.status == 200) return OnRegistered(client_row, answer);
  if (book().Trouble(index(), client(client_row).begun) == Duration()) {
    Violated(0, absl::StrCat("REGISTER is refused with ", answer.status, " for no reason"), answer.bytes);
  }
  RegisterAfter(kAgainAfter);
}

void Phone::OnRegistered(uint32_t client_row, const SipView& answer) {
  ++book().counts().registrations;
  const std::string own = absl::StrCat("<", contact_uri(), ">");
  const size_t at = answer.bytes.find(own);
  const bool listed = at != absl::string_view::npos && (shared_ || answer.contact_count == 1);
  const uint32_t seconds = listed ? ExpiresIn(answer.bytes.substr(at, answer.bytes.find('\r', at) - at)) : 0;
  if (!listed || seconds == 0 || seconds > expires_) {
    Violated(0, "registered, and the bindings are not this phone's", answer.bytes);
  }
  if (since_ == CallBook::FarFuture() || until_ <= now()) since_ = now();
  until_ = client(client_row).begun + Duration::Seconds(seconds);
  book().NoteRegistered(index(), since_, until_);
  const int64_t half = seconds * 500;
  RegisterAfter(Duration::Milliseconds(chance().Between(half * 6 / 10, half * 14 / 10)));
}

void Phone::OnOwnGivenUp(uint32_t client_row) {
  if (client_row != asked_) return;
  asked_ = kNoRow;
  RegisterAfter(kAgainAfter);
}

std::vector<RegistrationBelief> Phone::Registrations() const {
  if (since_ == CallBook::FarFuture() || until_ <= now()) return {};
  return {{number(), contact_uri(), since_, until_}};
}

void Phone::OnOff(bool forgets) {
  UserAgent::OnOff(forgets);
  if (!forgets) return;
  asked_ = kNoRow;
  refresh_ = 0;
  cseq_ = 0;
  since_ = CallBook::FarFuture();
  until_ = Duration();
  book().NoteRegistered(index(), since_, until_);
}

void Phone::OnBackOn(bool forgot) {
  UserAgent::OnBackOn(forgot);
  if (forgot) Start();
}

}  // namespace understudy::sim
