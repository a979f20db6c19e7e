#include "daemon/core/test_phones.h"

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_split.h"

namespace understudy::daemon {
namespace {

// The value of the first header field of that name.
std::string ValueOf(const std::string& bytes, absl::string_view name) {
  for (absl::string_view line : absl::StrSplit(bytes, "\r\n")) {
    if (absl::StartsWith(line, absl::StrCat(name, ": "))) return std::string(line.substr(name.size() + 2));
  }
  return {};
}

// "c7" of a Call-ID "c7@caller" and of a number "9c7".
std::string CallOf(absl::string_view text) {
  return std::string(text.substr(0, text.find('@')));
}

std::string DialledIn(const std::string& request) {
  const size_t begin = request.find("sip:9") + 5;
  return request.substr(begin, request.find('@', begin) - begin);
}

std::string Echo(const std::string& request, absl::string_view status, absl::string_view contact) {
  std::string to = ValueOf(request, "To");
  if (!absl::StrContains(to, ";tag=")) to += ";tag=callee";
  return absl::StrCat("SIP/2.0 ", status, "\r\nVia: ", ValueOf(request, "Via"), "\r\nFrom: ", ValueOf(request, "From"),
                      "\r\nTo: ", to, "\r\nCall-ID: ", ValueOf(request, "Call-ID"),
                      "\r\nCSeq: ", ValueOf(request, "CSeq"), "\r\n", contact, "Content-Length: 0\r\n\r\n");
}

std::string InDialog(absl::string_view method, int cseq, absl::string_view call, absl::string_view target,
                     absl::string_view to, absl::string_view branch) {
  return absl::StrCat(method, " ", target, " SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bK", branch, call,
                      "\r\nMax-Forwards: 70\r\nFrom: <sip:caller@10.0.0.1>;tag=", call, "\r\nTo: ", to,
                      "\r\nCall-ID: ", call, "@caller\r\nCSeq: ", cseq, " ", method, "\r\nContent-Length: 0\r\n\r\n");
}

}  // namespace

engine::Configuration TestPhones::Configuration() {
  engine::ConfigurationChange change;
  change.options = engine::OptionSections{{"TServer", {{"sip-address", "10.0.0.9"}, {"sip-port", "5060"}}}};
  engine::Dn caller;
  caller.number = "caller";
  caller.type = engine::DnType::kTrunk;
  caller.options["TServer"]["contact"] = Caller().ToText();
  engine::Dn callee = caller;
  callee.number = "callee";
  callee.options["TServer"] = {{"contact", Callee().ToText()}, {"prefix", "9"}};
  change.upserts = {caller, callee};
  engine::Configuration configuration;
  configuration.Apply(change);
  return configuration;
}

void TestPhones::Call() {
  const std::string call = absl::StrCat("c", ++calls_);
  Say(Caller(),
      absl::StrCat("INVITE sip:9", call, "@10.0.0.9 SIP/2.0\r\nVia: SIP/2.0/UDP 10.0.0.1:5060;branch=z9hG4bKi", call,
                   "\r\nMax-Forwards: 70\r\nFrom: <sip:caller@10.0.0.1>;tag=", call, "\r\nTo: <sip:9", call,
                   "@10.0.0.9>\r\nCall-ID: ", call,
                   "@caller\r\nCSeq: 1 INVITE\r\nContact: <sip:caller@10.0.0.1>\r\nContent-Length: 0\r\n\r\n"));
}

void TestPhones::HangUp() {
  if (established_.empty()) return;
  const std::string call = *established_.begin();
  established_.erase(established_.begin());
  const Dialog& dialog = dialogs_[call];
  Say(Caller(), InDialog("BYE", 2, call, dialog.target, dialog.to, "b"));
}

void TestPhones::Receive(const engine::SendSip& send) {
  const std::string bytes(send.bytes.view());
  if (send.remote == Caller()) return OnCallerResponse(bytes);
  OnCalleeRequest(bytes);
}

void TestPhones::OnCallerResponse(const std::string& bytes) {
  if (!absl::StartsWith(bytes, "SIP/2.0 200") || !absl::StrContains(ValueOf(bytes, "CSeq"), "INVITE")) return;
  const std::string call = CallOf(ValueOf(bytes, "Call-ID"));
  std::string target = ValueOf(bytes, "Contact");
  target = target.substr(1, target.size() - 2);
  dialogs_[call] = Dialog{ValueOf(bytes, "To"), target};
  answered_.insert(call);
  Say(Caller(), InDialog("ACK", 1, call, target, ValueOf(bytes, "To"), "a"));
}

void TestPhones::OnCalleeRequest(const std::string& bytes) {
  if (absl::StartsWith(bytes, "INVITE ")) {
    const std::string contact = absl::StrCat("Contact: <sip:9", DialledIn(bytes), "@10.0.0.2>\r\n");
    Say(Callee(), Echo(bytes, "180 Ringing", contact));
    Say(Callee(), Echo(bytes, "200 OK", contact));
  } else if (absl::StartsWith(bytes, "ACK ")) {
    const std::string call = DialledIn(bytes);
    if (acknowledged_.insert(call).second && answered_.contains(call)) established_.insert(call);
  } else if (absl::StartsWith(bytes, "BYE ")) {
    Say(Callee(), Echo(bytes, "200 OK", {}));
  }
}

}  // namespace understudy::daemon
