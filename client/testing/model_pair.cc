#include "client/testing/model_pair.h"

#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "client/testing/model_link.h"
#include "tlib/message_codec.h"

namespace understudy::client {

namespace asio = boost::asio;
using tlib::Attribute;
using tlib::ErrorCode;
using tlib::Message;
using tlib::MessageType;

void ModelSession::Say(const Message& event, absl::optional<int64_t> reference_id) {
  tlib::EventFrame frame;
  frame.number = events.size() + 1;
  frame.reference_id = reference_id;
  frame.message = tlib::EncodeMessage(event);
  events.push_back(frame);
  if (const auto to = link.lock()) to->Send(frame);
}

void ModelSession::Answer(const Message& request, const Message& event) {
  Say(event, request.Number(Attribute::kReferenceID));
}

void ModelSession::Refuse(const Message& request, ErrorCode code, absl::string_view text) {
  Message error(MessageType::kEventError);
  if (request.Has(Attribute::kThisDN)) error.Set(Attribute::kThisDN, request.Text(Attribute::kThisDN));
  Answer(request, error.Set(Attribute::kErrorCode, code).Set(Attribute::kErrorMessage, text));
}

ModelPair::ModelPair(asio::io_context& io, std::shared_ptr<asio::ssl::context> tls) : io_(io), tls_(std::move(tls)) {
  on_request = [](ModelSession& session, const Message& request) {
    session.Refuse(request, ErrorCode::kUnsupportedOperation, "the test does not say");
  };
  const asio::ip::tcp::endpoint any(asio::ip::address_v4::loopback(), 0);
  for (int node : {0, 1}) {
    auto& acceptor = acceptors_[static_cast<size_t>(node)];
    acceptor = std::make_unique<asio::ip::tcp::acceptor>(io_, any);
    names_[static_cast<size_t>(node)] = absl::StrCat("127.0.0.1:", acceptor->local_endpoint().port());
    Accept(node);
  }
}

ModelPair::~ModelPair() {
  for (const auto& link : links_) link->Cut();
}

std::vector<std::string> ModelPair::servers() const {
  return {names_[0], names_[1]};
}

void ModelPair::Accept(int node) {
  auto& acceptor = acceptors_[static_cast<size_t>(node)];
  acceptor->async_accept([this, node](const boost::system::error_code& error, asio::ip::tcp::socket socket) {
    if (error) return;
    auto take = [this](const std::shared_ptr<ModelLink>& link, const tlib::Frame& frame) { Take(link, frame); };
    links_.push_back(std::make_shared<ModelLink>(node, std::move(socket), tls_, take));
    links_.back()->Start();
    Accept(node);
  });
}

ModelSession* ModelPair::Find(const ModelLink& link) {
  const auto found = sessions_.find(link.session);
  if (link.session == 0 || found == sessions_.end() || found->second.link.lock().get() != &link) return nullptr;
  return &found->second;
}

void ModelPair::Take(const std::shared_ptr<ModelLink>& link, const tlib::Frame& frame) {
  if (const auto* hello = std::get_if<tlib::Hello>(&frame)) return Greet(*link, *hello);
  if (const auto* attach = std::get_if<tlib::Attach>(&frame)) return Attach(link, *attach);
  if (const auto* request = std::get_if<tlib::RequestFrame>(&frame)) return Apply(*link, *request);
  if (std::holds_alternative<tlib::Ping>(frame)) return link->Send(tlib::Pong{});
  ModelSession* session = Find(*link);
  if (const auto* acknowledge = std::get_if<tlib::Acknowledge>(&frame); acknowledge != nullptr && session != nullptr) {
    session->acknowledged = acknowledge->number;
  }
  if (!std::holds_alternative<tlib::Goodbye>(frame)) return;
  ++goodbyes_;
  if (session != nullptr) sessions_.erase(session->id);
  link->Close();
}

void ModelPair::Greet(ModelLink& link, const tlib::Hello& hello) {
  applications_.push_back(hello.application);
  if (hello.password != password) {
    link.Send(tlib::Goodbye{ErrorCode::kInvalidPassword, "wrong password"});
    return link.Close();
  }
  tlib::Welcome welcome;
  welcome.server = absl::StrCat("node-", link.node);
  welcome.program = "model";
  const bool is_primary = has_primary && link.node == primary_;
  welcome.role = is_primary ? tlib::ServerRole::kPrimary : tlib::ServerRole::kBackup;
  link.greeted = true;
  link.Send(welcome);
}

void ModelPair::Attach(const std::shared_ptr<ModelLink>& link, const tlib::Attach& attach) {
  ++attaches_;
  if (attach_refusal != ErrorCode::kNone) {
    link->Send(tlib::Goodbye{attach_refusal, "not now"});
    return link->Close();
  }
  const uint64_t id = attach.session == 0 ? ++last_session_ : attach.session;
  if (attach.session == 0) sessions_[id].id = id;
  const auto found = sessions_.find(id);
  if (found == sessions_.end()) {
    link->Send(tlib::Goodbye{ErrorCode::kUnknownSession, "no such session"});
    return link->Close();
  }
  ModelSession& session = found->second;
  session.link = link;
  link->session = session.id;
  link->Send(tlib::Attached{session.id, 1, session.last_request});
  for (size_t i = attach.seen_event; i < session.events.size(); ++i) link->Send(session.events[i]);
}

void ModelPair::Apply(ModelLink& link, const tlib::RequestFrame& request) {
  if (request.number == 0) return AnswerQuery(link, request.message);
  ModelSession* session = Find(link);
  if (session == nullptr || link.node != primary_ || request.number != session->last_request + 1) return;
  session->last_request = request.number;
  on_request(*session, request.message);
}

void ModelPair::AnswerQuery(ModelLink& link, const Message& request) {
  if (!answers_queries) return;
  Message info(MessageType::kEventServerInfo);
  info.Set(Attribute::kServerName, absl::StrCat("node-", link.node));
  link.Send(tlib::EventFrame{0, request.Number(Attribute::kReferenceID), tlib::EncodeMessage(info)});
}

void ModelPair::FailOver() {
  primary_ = 1 - primary_;
  for (auto& [id, session] : sessions_) session.link.reset();
  for (const auto& link : links_) {
    if (!link->greeted) continue;
    link->Send(tlib::Role{link->node == primary_ ? tlib::ServerRole::kPrimary : tlib::ServerRole::kBackup});
  }
}

void ModelPair::Cut(int node) {
  for (const auto& link : links_) {
    if (link->node == node) link->Cut();
  }
}

void ModelPair::Stop(int node) {
  boost::system::error_code ignored;
  acceptors_[static_cast<size_t>(node)]->close(ignored);
  Cut(node);
}

void ModelPair::EndSessions(ErrorCode code) {
  for (auto& [id, session] : sessions_) {
    const auto link = session.link.lock();
    if (link == nullptr) continue;
    link->Send(tlib::Goodbye{code, "ended"});
    link->Close();
  }
  sessions_.clear();
}

}  // namespace understudy::client
