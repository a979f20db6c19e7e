// A pair of servers on real loopback sockets, as far as a client can tell: sessions that outlive links and primaries,
// numbers, Goodbye. What requests do is for the test to say. For tests only.
//
//   ModelPair pair(io);
//   pair.on_request = [&](ModelSession& session, const tlib::Message& request) { session.Answer(...); };
//   options.servers = pair.servers();
//   pair.FailOver();
#ifndef UNDERSTUDY_CLIENT_TESTING_MODEL_PAIR_H_
#define UNDERSTUDY_CLIENT_TESTING_MODEL_PAIR_H_

#include <array>
#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <string>
#include <vector>

#include "absl/types/optional.h"
#include "boost/asio/io_context.hpp"
#include "boost/asio/ip/tcp.hpp"
#include "boost/asio/ssl/context.hpp"
#include "tlib/frame.h"
#include "tlib/message.h"

namespace understudy::client {

class ModelLink;

// What the pair has committed of a session.
class ModelSession {
 public:
  // An event of the session; of the request at hand with `reference_id`.
  void Say(const tlib::Message& event, absl::optional<int64_t> reference_id = absl::nullopt);
  // The outcome of `request`.
  void Answer(const tlib::Message& request, const tlib::Message& event);
  void Refuse(const tlib::Message& request, tlib::ErrorCode code, absl::string_view text);

  uint64_t id = 0;
  uint64_t last_request = 0;
  uint64_t acknowledged = 0;
  std::vector<tlib::EventFrame> events;  // all, from number 1 on
  std::weak_ptr<ModelLink> link;
};

class ModelPair {
 public:
  // `tls`: links are TLS. Listens at once.
  explicit ModelPair(boost::asio::io_context& io, std::shared_ptr<boost::asio::ssl::context> tls = nullptr);
  ~ModelPair();

  std::function<void(ModelSession& session, const tlib::Message& request)> on_request;
  std::string password;                                     // that Hello must have; empty: none
  bool has_primary = true;                                  // false: both say that they are backups
  bool answers_queries = true;                              // outside a session
  tlib::ErrorCode attach_refusal = tlib::ErrorCode::kNone;  // Goodbye to each Attach

  // "127.0.0.1:port" of each node.
  std::vector<std::string> servers() const;

  // The other node is the primary; links stay.
  void FailOver();
  // Links to that node end, without a word.
  void Cut(int node);
  // It listens no more.
  void Stop(int node);
  // All sessions are forgotten, and their links end.
  void EndSessions(tlib::ErrorCode code);

  const std::map<uint64_t, ModelSession>& sessions() const { return sessions_; }
  ModelSession& last_session() { return sessions_.rbegin()->second; }
  int primary() const { return primary_; }
  const std::vector<std::string>& applications() const { return applications_; }  // of each Hello
  int goodbyes() const { return goodbyes_; }                                      // of clients
  int attaches() const { return attaches_; }                                      // that clients asked for

 private:
  friend class ModelLink;
  void Accept(int node);
  void Take(const std::shared_ptr<ModelLink>& link, const tlib::Frame& frame);
  void Greet(ModelLink& link, const tlib::Hello& hello);
  void Attach(const std::shared_ptr<ModelLink>& link, const tlib::Attach& attach);
  void Apply(ModelLink& link, const tlib::RequestFrame& request);
  void AnswerQuery(ModelLink& link, const tlib::Message& request);
  ModelSession* Find(const ModelLink& link);

  boost::asio::io_context& io_;
  const std::shared_ptr<boost::asio::ssl::context> tls_;
  std::array<std::unique_ptr<boost::asio::ip::tcp::acceptor>, 2> acceptors_;
  std::array<std::string, 2> names_;
  std::vector<std::shared_ptr<ModelLink>> links_;
  std::map<uint64_t, ModelSession> sessions_;
  std::vector<std::string> applications_;
  uint64_t last_session_ = 0;
  int primary_ = 0;
  int goodbyes_ = 0;
  int attaches_ = 0;
};

}  // namespace understudy::client

#endif  // UNDERSTUDY_CLIENT_TESTING_MODEL_PAIR_H_
