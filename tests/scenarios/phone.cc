#include "tests/scenarios/phone.h"

#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "sip/header_values.h"
#include "sip/name_addr.h"
#include "sip/parse.h"
#include "sip/status.h"

namespace understudy::tests {
namespace {

using sip::HeaderName;

std::string BareUri(absl::string_view element) {
  sip::NameAddr address;
  return sip::ParseNameAddr(element, &address) ? std::string(address.uri) : std::string();
}

bool BeginsDialog(absl::string_view method) {
  return method == "INVITE" || method == "REFER" || method == "SUBSCRIBE";
}

bool HasSession(absl::string_view method) {
  return method == "INVITE" || method == "UPDATE";
}

std::string TransportOf(const Phone& phone) {
  const absl::string_view param = TransportParam(phone.transport());
  return param.empty() ? "" : absl::StrCat(";transport=", param);
}

}  // namespace

std::string Phone::Next(absl::string_view what) {
  ++next_;
  return absl::StrCat(name_, "-", what, "-", next_);
}

PhoneCall& Phone::Call(const std::string& name) {
  return calls_.try_emplace(name, this, name.empty() ? name_ : absl::StrCat(name_, ".", name)).first->second;
}

PhoneCall* Phone::Find(absl::string_view call_id) {
  for (auto& [name, call] : calls_) {
    if (call.Has(call_id)) return &call;
  }
  return nullptr;
}

void PhoneCall::Begin(absl::string_view number) {
  call_id_ = phone_->Next("call");
  local_tag_ = phone_->Next("tag");
  remote_tag_.clear();
  early_.clear();
  routes_.clear();
  local_uri_ = absl::StrCat("sip:", phone_->number(), "@", phone_->server());
  remote_uri_ = absl::StrCat("sip:", number, number.empty() ? "" : "@", phone_->server());
  target_ = remote_uri_;
  remote_cseq_ = 0;
}

PhoneCall::Early& PhoneCall::EarlyOf(absl::string_view remote_tag) {
  for (Early& early : early_) {
    if (early.remote_tag == remote_tag) return early;
  }
  return early_.emplace_back(Early{std::string(remote_tag), {}, invite_cseq_});
}

void PhoneCall::Enter(absl::string_view remote_tag) {
  if (remote_tag == remote_tag_) return;
  if (!remote_tag_.empty()) {
    EarlyOf(remote_tag_).cseq = cseq_;
    cseq_ = EarlyOf(remote_tag).cseq;
  }
  remote_tag_ = std::string(remote_tag);
}

// A request of the server's: in an early dialog that its own INVITE has made, or in the one dialog that there is.
void PhoneCall::EnterOf(absl::string_view remote_tag) {
  for (const Early& early : early_) {
    if (early.remote_tag == remote_tag) return Enter(remote_tag);
  }
  remote_tag_ = std::string(remote_tag);
}

bool PhoneCall::EnterEarly(size_t number) {
  if (number == 0 || number > early_.size()) return false;
  Enter(std::string(early_[number - 1].remote_tag));
  return true;
}

void PhoneCall::AddCore(absl::string_view method, uint32_t cseq, absl::string_view branch, bool to_tag, Draft* draft) {
  draft->Add("Via", absl::StrCat("SIP/2.0/", TransportName(phone_->transport()), " ", phone_->endpoint().ToText(),
                                 ";branch=", branch, ";rport"));
  draft->Add("Max-Forwards", "70");
  for (const std::string& route : routes_) draft->Add("Route", absl::StrCat("<", route, ">"));
  draft->Add("From", absl::StrCat("<", local_uri_, ">;tag=", local_tag_));
  draft->Add("To", absl::StrCat("<", remote_uri_, ">", to_tag ? ";tag=" : "", to_tag ? remote_tag_ : ""));
  draft->Add("Call-ID", call_id_);
  draft->Add("CSeq", absl::StrCat(cseq, " ", method));
}

std::string PhoneCall::AsReplaced() const {
  return absl::StrCat(call_id_, ";to-tag=", remote_tag_, ";from-tag=", local_tag_);
}

Draft PhoneCall::Request(absl::string_view method, absl::string_view number) {
  if (!number.empty() && !(method == "REGISTER" && !call_id_.empty())) Begin(number == "-" ? "" : number);
  ++cseq_;
  Draft draft;
  draft.start = absl::StrCat(method, " ", target_, " SIP/2.0");
  const std::string branch = absl::StrCat(sip::kBranchCookie, phone_->Next("branch"));
  AddCore(method, cseq_, branch, !remote_tag_.empty() && number.empty(), &draft);
  if (method == "REGISTER") {
    draft.start = absl::StrCat("REGISTER sip:", phone_->server(), " SIP/2.0");
    draft.Set("To", absl::StrCat("<", local_uri_, ">"));
    draft.Add("Expires", "3600");
  }
  if (method == "PRACK") draft.Add("RAck", absl::StrCat(EarlyOf(remote_tag_).rseq, " ", invite_cseq_, " INVITE"));
  if (HasSession(method) || method == "REGISTER" || method == "SUBSCRIBE") {
    draft.Add("Contact",
              absl::StrCat("<sip:", phone_->number(), "@", phone_->endpoint().ToText(), TransportOf(*phone_), ">"));
  }
  if (HasSession(method)) {
    draft.body_type = "application/sdp";
    draft.body = SessionOf(phone_->name(), "sendrecv");
  }
  if (method == "INVITE") {
    invite_branch_ = branch;
    invite_target_ = target_;
    invite_cseq_ = cseq_;
    invite_status_ = 0;
  }
  return draft;
}

Draft PhoneCall::Ack() {
  Draft draft;
  const bool accepted = invite_status_ < 300;
  draft.start = absl::StrCat("ACK ", accepted ? target_ : invite_target_, " SIP/2.0");
  const std::string branch = accepted ? absl::StrCat(sip::kBranchCookie, phone_->Next("branch")) : invite_branch_;
  AddCore("ACK", invite_cseq_, branch, accepted, &draft);
  if (!accepted) draft.Set("To", invite_to_);
  return draft;
}

Draft PhoneCall::Cancel() {
  Draft draft;
  draft.start = absl::StrCat("CANCEL ", invite_target_, " SIP/2.0");
  AddCore("CANCEL", invite_cseq_, invite_branch_, false, &draft);
  return draft;
}

bool PhoneCall::CanRespond(absl::string_view method) const {
  return heard_.contains(std::string(method.empty() ? absl::string_view(heard_last_) : method));
}

Draft PhoneCall::Response(int status, absl::string_view method, absl::string_view tag) {
  const std::string key(method.empty() ? absl::string_view(heard_last_) : method);
  US_CHECK(heard_.contains(key));
  const Heard& heard = heard_.at(key);
  Draft draft;
  draft.start = absl::StrCat("SIP/2.0 ", status, " ", sip::ReasonPhrase(status));
  absl::string_view rest = heard.head;
  while (!rest.empty()) {
    const size_t end = rest.find("\r\n");
    const absl::string_view line = rest.substr(0, end);
    const size_t colon = line.find(": ");
    std::string value(line.substr(colon + 2));
    if (line.substr(0, colon) == "To" && !heard.to_tag && status > 100) {
      if (BeginsDialog(key)) {
        if (!tag.empty() || local_tag_.empty()) local_tag_ = tag.empty() ? phone_->Next("tag") : std::string(tag);
        forks_.insert(local_tag_);
        absl::StrAppend(&value, ";tag=", local_tag_);
      } else {
        absl::StrAppend(&value, ";tag=", phone_->Next("tag"));
      }
    }
    draft.Add(line.substr(0, colon), value);
    rest.remove_prefix(end + 2);
  }
  if (HasSession(key) && status > 100 && status < 300) {
    draft.Add("Contact",
              absl::StrCat("<sip:", phone_->number(), "@", phone_->endpoint().ToText(), TransportOf(*phone_), ">"));
    if (status >= 200) {
      draft.body_type = "application/sdp";
      draft.body = SessionOf(phone_->name(), "sendrecv");
    }
  }
  return draft;
}

std::string PhoneCall::Receive(const sip::Message& message) {
  if (message.is_request()) return ReceiveRequest(message);
  ReceiveResponse(message);
  return {};
}

std::string PhoneCall::ReceiveRequest(const sip::Message& message) {
  std::string fault;
  Heard heard;
  heard.method = std::string(message.method_text());
  heard.to_tag = !message.to_tag().empty();
  for (const sip::HeaderField& field : message.headers()) {
    for (HeaderName name : {HeaderName::kVia, HeaderName::kFrom, HeaderName::kTo, HeaderName::kCallId,
                            HeaderName::kCSeq, HeaderName::kRecordRoute}) {
      if (field.id == name) absl::StrAppend(&heard.head, sip::CanonicalName(name), ": ", field.value, "\r\n");
    }
  }
  const bool begins = !heard.to_tag && BeginsDialog(heard.method) && !Has(message.call_id());
  if (begins) {
    call_id_ = std::string(message.call_id());
    local_tag_.clear();
    forks_.clear();
    early_.clear();
    cseq_ = 100;
    routes_.clear();
    for (absl::string_view route : sip::HeaderValues(message, HeaderName::kRecordRoute)) {
      routes_.push_back(BareUri(route));
    }
    local_uri_ = std::string(message.to().uri);
    remote_uri_ = std::string(message.from().uri);
  } else if (Has(message.call_id()) && heard.method != "ACK" && heard.method != "CANCEL") {
    const std::string tag(message.to_tag());
    if (heard.to_tag && tag != local_tag_ && !forks_.contains(tag)) fault = "has a To tag that is not the party's";
    if (heard.to_tag && message.cseq().number < remote_cseq_) fault = "has a CSeq that goes back";
  }
  if (Has(message.call_id())) {
    EnterOf(message.from_tag());
    if (heard.method != "ACK" && heard.method != "CANCEL") remote_cseq_ = message.cseq().number;
    const std::string contact = BareUri(sip::FirstValue(message, HeaderName::kContact));
    if (!contact.empty() && (HasSession(heard.method) || begins)) target_ = contact;
  }
  if (heard.method == "ACK") return fault;
  heard_last_ = heard.method;
  heard_[heard.method] = std::move(heard);
  return fault;
}

void PhoneCall::ReceiveResponse(const sip::Message& message) {
  const bool invite = message.cseq().method == sip::Method::kInvite && message.cseq().number == invite_cseq_;
  if (invite && message.status() >= 200) {
    invite_status_ = message.status();
    invite_to_ = std::string(message.to().text);
  }
  if (!invite || message.status() == 100 || message.status() >= 300 || message.to_tag().empty()) return;
  Enter(message.to_tag());
  if (message.Has(HeaderName::kRSeq)) {
    EarlyOf(remote_tag_).rseq = std::string(message.ValueOf(HeaderName::kRSeq));
  }
  routes_.clear();
  for (absl::string_view route : sip::HeaderValues(message, HeaderName::kRecordRoute)) {
    routes_.insert(routes_.begin(), BareUri(route));
  }
  const std::string contact = BareUri(sip::FirstValue(message, HeaderName::kContact));
  if (!contact.empty()) target_ = contact;
}

void PhoneCall::Sent(absl::string_view kind, std::string text) {
  Learn(text);
  sent_last_ = std::string(kind);
  sent_[sent_last_] = std::move(text);
}

void PhoneCall::Learn(absl::string_view text) {
  sip::Message message;
  sip::ParseError error;
  if (!sip::ParseMessage(text, &message, &error) || !message.is_request()) return;
  if (message.to_tag().empty() && message.method() != sip::Method::kAck) {
    call_id_ = std::string(message.call_id());
    local_tag_ = std::string(message.from_tag());
    local_uri_ = std::string(message.from().uri);
  }
  if (message.method() != sip::Method::kInvite) return;
  cseq_ = message.cseq().number;
  invite_cseq_ = cseq_;
  invite_branch_ = std::string(message.top_via().branch);
  invite_target_ = std::string(message.request_uri_text());
}

std::string PhoneCall::LastSent(absl::string_view kind) const {
  auto it = sent_.find(kind.empty() ? sent_last_ : std::string(kind));
  return it == sent_.end() ? std::string() : it->second;
}

}  // namespace understudy::tests
