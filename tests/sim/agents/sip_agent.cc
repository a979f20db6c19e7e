#include "tests/sim/agents/sip_agent.h"

#include <algorithm>
#include <utility>

#include "absl/strings/match.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/strip.h"

namespace understudy::sim {
namespace {

using sip::Method;

constexpr Duration kT1 = Duration::Milliseconds(500);
constexpr Duration kT2 = Duration::Seconds(4);
constexpr Duration kReconnectAfter = Duration::Milliseconds(300);
constexpr absl::string_view kBranchStart = "z9hG4bK";

absl::string_view ReasonOf(int status) {
  return status < 200 ? "Progress" : status < 300 ? "OK" : "Refused";
}

}  // namespace

SipAgent::SipAgent(std::string name, std::string number, Endpoint address, Endpoint service, Transport transport,
                   EventQueue* events, AgentPort* port, CallBook* book)
    : Agent(std::move(name), address, transport, events, port, book), number_(std::move(number)), service_(service) {
  const absl::string_view tcp = reliable() ? ";transport=tcp" : "";
  contact_uri_ = absl::StrCat("sip:", number_, "@", this->address().ToText(), tcp);
  service_text_ = service_.ToText();
  via_ = absl::StrCat("Via: SIP/2.0/", TransportName(transport), " ", this->address().ToText(), ";branch=");
}

std::string SipAgent::NewTag() {
  return absl::StrCat(name(), ".", life(), ".", ++tags_);
}

std::string SipAgent::BranchOf(uint32_t client) const {
  return absl::StrCat(kBranchStart, name(), ".", life(), ".", client);
}

bool SipAgent::RowOf(absl::string_view branch, uint32_t* row) const {
  uint32_t its_life = 0;
  if (!absl::ConsumePrefix(&branch, kBranchStart) || !absl::ConsumePrefix(&branch, name())) return false;
  if (!absl::ConsumePrefix(&branch, ".")) return false;
  const size_t dot = branch.find('.');
  if (dot == absl::string_view::npos || !ReadNumber(branch.substr(0, dot), &its_life) || its_life != life())
    return false;
  return ReadNumber(branch.substr(dot + 1), row) && *row < clients_.size();
}

bool SipAgent::IsOfAnotherLife(absl::string_view branch) const {
  for (uint32_t life_before = 0; life_before < life(); ++life_before) {
    if (absl::StartsWith(branch, absl::StrCat(kBranchStart, name(), ".", life_before, "."))) return true;
  }
  return false;
}

void SipAgent::AppendContact(std::string* out) const {
  absl::StrAppend(out, "Contact: <", contact_uri_, ">\r\n");
}

void SipAgent::WriteRequest(const Ask& ask, absl::string_view branch, std::string* out) const {
  const absl::string_view method = sip::MethodName(ask.method);
  absl::StrAppend(out, method, " ", ask.uri, " SIP/2.0\r\n", via_, branch);
  absl::StrAppend(out, ";rport\r\nMax-Forwards: 70\r\nFrom: <", ask.from, ">;tag=", ask.from_tag);
  absl::StrAppend(out, "\r\nTo: <", ask.to, ask.to_tag.empty() ? ">" : ">;tag=", ask.to_tag);
  absl::StrAppend(out, "\r\nCall-ID: ", ask.call_id, "\r\nCSeq: ", ask.cseq, " ", method);
  absl::StrAppend(out, "\r\n", ask.headers);
  if (ask.step != 0) {
    absl::StrAppend(out, "X-Sim: ", ask.call, ".", static_cast<int>(ask.side), ".", ask.step, "\r\n");
  }
  if (!ask.body.empty()) absl::StrAppend(out, "Content-Type: ", ask.content_type, "\r\n");
  absl::StrAppend(out, "Content-Length: ", ask.body.size(), "\r\n\r\n", ask.body);
}

uint32_t SipAgent::Request(const Ask& ask) {
  const auto index = static_cast<uint32_t>(clients_.size());
  clients_.emplace_back();
  ClientTransaction& row = clients_.back();
  row.method = ask.method;
  row.party = ask.party;
  row.call = ask.call;
  row.side = ask.side;
  row.step = ask.step;
  row.cseq = ask.cseq;
  row.call_id = std::string(ask.call_id);
  row.from_tag = std::string(ask.from_tag);
  row.bytes.reserve(800);
  WriteRequest(ask, BranchOf(index), &row.bytes);
  row.begun = now();
  row.interval = kT1;
  if (!reliable()) row.repeat = After(row.interval, kClientRepeat, index);
  row.give_up = After(kGiveUpAfter, kClientGiveUp, index);
  SayRequest(row);
  return index;
}

void SipAgent::SendCancel(uint32_t invite) {
  const ClientTransaction& of = clients_[invite];
  if (of.cancel != kNoRow) return;
  const absl::string_view line = absl::string_view(of.bytes).substr(0, of.bytes.find("\r\n"));
  absl::string_view rest = absl::string_view(of.bytes).substr(line.size());
  rest = rest.substr(0, rest.find("CSeq: "));
  ClientTransaction row;
  row.method = Method::kCancel;
  row.party = of.party;
  row.call = of.call;
  row.side = of.side;
  row.cseq = of.cseq;
  row.call_id = of.call_id;
  row.from_tag = of.from_tag;
  row.of_invite = invite;
  row.bytes = absl::StrCat("CANCEL", line.substr(line.find(' ')), rest, "CSeq: ", of.cseq,
                           " CANCEL\r\nContent-Length: 0\r\n\r\n");
  row.begun = now();
  row.interval = kT1;
  const auto index = static_cast<uint32_t>(clients_.size());
  clients_[invite].cancel = index;
  // 9.1: without a final answer 32 s later the INVITE is given up.
  Cancel(&clients_[invite].give_up);
  clients_[invite].give_up = After(kGiveUpAfter, kClientGiveUp, invite);
  if (!reliable()) row.repeat = After(row.interval, kClientRepeat, index);
  row.give_up = After(kGiveUpAfter, kClientGiveUp, index);
  clients_.push_back(std::move(row));
  SayRequest(clients_[index]);
}

void SipAgent::SendAck(uint32_t invite, const Ask& ask) {
  ClientTransaction& row = clients_[invite];
  row.ack.clear();
  WriteRequest(ask, absl::StrCat(BranchOf(invite), ".ack"), &row.ack);
  Say(row.ack, 0, row.call, row.side, &row.losses);
}

// 17.1.1.3.
void SipAgent::AcknowledgeFailure(ClientTransaction& row, const SipView& answer) {
  const absl::string_view bytes = row.bytes;
  const absl::string_view line = bytes.substr(0, bytes.find("\r\n"));
  const absl::string_view vias = bytes.substr(line.size(), bytes.find("\r\nFrom: ") - line.size());
  row.ack = absl::StrCat("ACK", line.substr(line.find(' ')), vias, "\r\nFrom: ", answer.from, "\r\nTo: ", answer.to,
                         "\r\nCall-ID: ", answer.call_id, "\r\nCSeq: ", row.cseq, " ACK\r\nContent-Length: 0\r\n\r\n");
  Say(row.ack, 0, row.call, row.side, &row.losses);
}

void SipAgent::Answer(uint32_t server, int status, absl::string_view headers, absl::string_view content_type,
                      absl::string_view body) {
  ServerTransaction& row = servers_[server];
  StopRepeating(server);
  row.status = status;
  row.answer.clear();
  absl::StrAppend(&row.answer, "SIP/2.0 ", status, " ", ReasonOf(status), "\r\n", row.head);
  if (!row.tag.empty() && status > 100) absl::StrAppend(&row.answer, ";tag=", row.tag);
  absl::StrAppend(&row.answer, row.tail, headers);
  if (row.mark.call != 0 && row.call != 0) {
    absl::StrAppend(&row.answer, "X-Sim: ", row.call, ".", static_cast<int>(row.side), ".", row.mark.step, "\r\n");
  }
  if (!body.empty()) absl::StrAppend(&row.answer, "Content-Type: ", content_type, "\r\n");
  absl::StrAppend(&row.answer, "Content-Length: ", body.size(), "\r\n\r\n", body);
  SayAnswer(row, row.answer);
  if (row.method != Method::kInvite || status < 200) return;
  row.interval = kT1;
  if (status < 300 || !reliable()) row.repeat = After(row.interval, kServerRepeat, server);
  row.give_up = After(kGiveUpAfter, kServerGiveUp, server);
}

void SipAgent::AnswerReliably(uint32_t server, int status, uint32_t rseq, absl::string_view headers,
                              absl::string_view content_type, absl::string_view body) {
  const std::string all = absl::StrCat("Require: 100rel\r\nRSeq: ", rseq, "\r\n", headers);
  Answer(server, status, all, content_type, body);
  ServerTransaction& row = servers_[server];
  row.rseq = rseq;
  row.interval = kT1;
  row.repeat = After(row.interval, kServerRepeat, server);
  row.give_up = After(kGiveUpAfter, kServerGiveUp, server);
}

void SipAgent::StopRepeating(uint32_t server) {
  ServerTransaction& row = servers_[server];
  Cancel(&row.repeat);
  Cancel(&row.give_up);
  row.rseq = 0;
}

void SipAgent::Acknowledged(uint32_t server) {
  servers_[server].acknowledged = true;
  StopRepeating(server);
}

uint32_t SipAgent::ForkOf(uint32_t server) {
  ServerTransaction row = servers_[server];
  row.tag = NewTag();
  row.answer.clear();
  row.status = 0;
  row.repeat = row.give_up = 0;
  servers_.push_back(std::move(row));
  return static_cast<uint32_t>(servers_.size() - 1);
}

std::string SipAgent::Waiting() const {
  for (const ClientTransaction& row : clients_) {
    if (row.state < ClientTransaction::State::kAnswered) return absl::StrCat("the answer to\n", row.bytes);
  }
  for (const ServerTransaction& row : servers_) {
    if (row.give_up != 0) return absl::StrCat("the ACK or PRACK to\n", row.answer);
  }
  return {};
}

void SipAgent::Say(absl::string_view bytes, uint64_t flow, uint32_t call, uint8_t side, uint32_t* losses) {
  if (!reliable()) {
    if (SendDatagram(bytes) || off()) return;
    ++losses_;
    if (losses != nullptr) ++*losses;
    if (call != 0) ++book().Find(call)->side[side].losses;
    return;
  }
  const bool by_theirs = std::find(accepted_.begin(), accepted_.end(), flow) != accepted_.end();
  if (by_theirs || flow_ != 0) SendStream(by_theirs ? flow : flow_, bytes);
}

void SipAgent::SayRequest(ClientTransaction& row) {
  Say(row.bytes, 0, row.call, row.side, &row.losses);
}

void SipAgent::SayAnswer(ServerTransaction& row, absl::string_view bytes) {
  Say(bytes, row.flow, row.call, row.side, nullptr);
}

void SipAgent::StopTimers(ClientTransaction& row) {
  Cancel(&row.repeat);
  Cancel(&row.give_up);
}

void SipAgent::Abandon(uint32_t client) {
  ClientTransaction& row = clients_[client];
  if (row.state == ClientTransaction::State::kAnswered) return;
  StopTimers(row);
  row.state = ClientTransaction::State::kOver;
}

void SipAgent::RepeatClient(uint32_t index) {
  ClientTransaction& row = clients_[index];
  row.repeat = 0;
  if (row.method == Method::kInvite) {
    row.interval = row.interval * 2;  // timer A
  } else {
    const bool trying = row.state == ClientTransaction::State::kTrying;
    row.interval = trying ? std::min(row.interval * 2, kT2) : kT2;  // timer E
  }
  row.repeat = After(row.interval, kClientRepeat, index);
  ++book().counts().resent;
  SayRequest(row);
}

bool SipAgent::MayGiveUp(const ClientTransaction& row) const {
  if (row.call == 0) {
    return book().IsFatal(book().Trouble(index(), row.begun) + book().tolerance().a_loss * row.losses);
  }
  // Whose answer it is has died, or the call ended while nobody could say so.
  const CallSide& other = book().Find(row.call)->side[1 - row.side];
  return other.gone || book().IsFatal(book().TroubleOf(row.call, row.begun));
}

void SipAgent::GiveUpClient(uint32_t index) {
  ClientTransaction& row = clients_[index];
  row.give_up = 0;
  StopTimers(row);
  row.state = ClientTransaction::State::kOver;
  if (!off() && !MayGiveUp(row)) {
    Violated(row.call, absl::StrCat("no final answer in ", kGiveUpAfter.seconds(), " s"), row.bytes);
  }
  OnGivenUp(index);
}

void SipAgent::RepeatServer(uint32_t index) {
  ServerTransaction& row = servers_[index];
  row.interval = row.rseq != 0 ? row.interval * 2 : std::min(row.interval * 2, kT2);
  row.repeat = After(row.interval, kServerRepeat, index);
  ++book().counts().resent;
  SayAnswer(row, row.answer);
}

void SipAgent::OnTimer(uint32_t kind, uint32_t row) {
  if (kind >= kFirstUserTimer) return OnUserTimer(kind, row);
  switch (static_cast<Timer>(kind)) {
    case kClientRepeat:
      return RepeatClient(row);
    case kClientGiveUp:
      return GiveUpClient(row);
    case kServerRepeat:
      return RepeatServer(row);
    case kServerGiveUp:
      servers_[row].give_up = 0;
      StopRepeating(row);
      return OnUnacknowledged(row);
    case kReconnect:
      return Connect();
  }
}

void SipAgent::OnOff(bool forgets) {
  if (reliable()) {
    if (flow_ != 0) port().Disconnect(*this, flow_);
    if (dialled_ != 0) port().Disconnect(*this, dialled_);
    for (uint64_t flow : accepted_) port().Disconnect(*this, flow);
    flow_ = dialled_ = 0;
    accepted_.clear();
  }
  if (!forgets) return;
  clients_.clear();
  servers_.clear();
  server_of_.clear();
}

void SipAgent::OnBackOn(bool) {
  if (reliable()) Connect();
}

void SipAgent::Connect() {
  if (off() || flow_ != 0 || dialled_ != 0) return;
  dialled_ = port().Connect(*this);
}

void SipAgent::OnFlowOpened(uint64_t flow, bool accepted) {
  if (accepted) return accepted_.push_back(flow);
  if (flow != dialled_) return;
  flow_ = std::exchange(dialled_, 0);
  book().ConnectionBack(index());
  SayAgainOverConnection();
  OnConnected();
}

void SipAgent::OnFlowClosed(uint64_t flow) {
  const auto end = std::remove(accepted_.begin(), accepted_.end(), flow);
  if (end != accepted_.end()) book().NoteOff(index(), now(), now() + kReconnectAfter);
  accepted_.erase(end, accepted_.end());
  if (flow != flow_ && flow != dialled_) return;
  flow_ = dialled_ = 0;
  book().ConnectionLost(index());
  After(kReconnectAfter, kReconnect, 0);
}

// What nobody has answered. A request that must not be done twice is given up: its answer may be what was lost.
void SipAgent::SayAgainOverConnection() {
  for (uint32_t index = 0; index < clients_.size(); ++index) {
    if (clients_[index].state >= ClientTransaction::State::kAnswered) continue;
    const Method method = clients_[index].method;
    const bool fresh =
        clients_[index].begun + kGiveUpAfter - kReconnectAfter > now();  // the server knows it for so long
    if ((method == Method::kInvite && fresh) || method == Method::kBye || method == Method::kCancel) {
      clients_[index].said_anew = method != Method::kInvite;
      SayRequest(clients_[index]);
      continue;
    }
    StopTimers(clients_[index]);
    clients_[index].state = ClientTransaction::State::kOver;
    OnGivenUp(index);
  }
  for (ServerTransaction& row : servers_) {
    if (row.give_up != 0) SayAnswer(row, row.answer);
  }
}

}  // namespace understudy::sim
