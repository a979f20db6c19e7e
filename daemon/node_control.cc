#include "daemon/node_control.h"

#include <string>

#include "absl/strings/str_cat.h"
#include "boost/json.hpp"

namespace understudy::daemon {
namespace {

namespace json = boost::json;
using control::ControlServer;
using control::Refusal;
using replication::Role;

constexpr char kAlone[] = "this node has no peer";
constexpr char kAddPeer[] = "set node.peer and node.witness in the configuration of both nodes, and restart them";

void Switchover(const NodeControl& node, ControlServer::Reply reply) {
  PairDriver* const pair = node.pair();
  if (pair == nullptr) return reply(Refusal(kAlone, kAddPeer));
  if (pair->pair().role() != Role::kPrimary) {
    return reply(Refusal("this node is not the primary", "ask the other node; status says which is primary"));
  }
  if (!pair->pair().ready()) {
    return reply(Refusal("the backup is not in sync", "wait until status says readyForSwitchover 1 on both nodes"));
  }
  const std::string peer = pair->peer() ? pair->peer()->name : "";
  const Duration began = node.clock->Monotonic();
  pair->Switchover([reply, peer, began, clock = node.clock](const absl::Status& done) {
    if (!done.ok()) return reply(Refusal(std::string(done.message()), "look at the log of both nodes and try again"));
    const Duration pause = clock->Monotonic() - began;
    reply({{"primary", peer}, {"pause_ms", static_cast<double>(pause.nanoseconds() / 1000) / 1000}});
  });
}

void ForcePromote(const NodeControl& node, const json::object& request, ControlServer::Reply reply) {
  PairDriver* const pair = node.pair();
  if (pair == nullptr) return reply(Refusal(kAlone, kAddPeer));
  const json::value* accepted = request.if_contains("accept_loss");
  if (accepted == nullptr || *accepted != true) {
    return reply(Refusal("what is lost was not accepted", "understudyctl force-promote says what that is"));
  }
  if (pair->pair().role() == Role::kPrimary && !pair->pair().witness_blank()) {
    return reply(Refusal("this node is the primary already", "nothing"));
  }
  pair->ForcePromote();
  reply({{"text", "asked the witness; status says when this node is primary"}});
}

void Resync(const NodeControl& node, ControlServer::Reply reply) {
  PairDriver* const pair = node.pair();
  if (pair == nullptr) return reply(Refusal(kAlone, kAddPeer));
  if (pair->pair().role() == Role::kPrimary) {
    return reply(Refusal("this node is the primary", "ask the backup: what the primary has is what counts"));
  }
  pair->Resync();
  reply({{"text", "asked the primary for its whole state; the log says when it is here and equal"}});
}

}  // namespace

void AddCommands(const NodeControl& node, ControlServer* server) {
  server->On("status", [node](const json::object&, ControlServer::Reply reply) { reply(StatusObject(node.status())); });
  server->On("switchover", [node](const json::object&, ControlServer::Reply reply) { Switchover(node, reply); });
  server->On("resync", [node](const json::object&, ControlServer::Reply reply) { Resync(node, reply); });
  server->On("force-promote", [node](const json::object& request, ControlServer::Reply reply) {
    ForcePromote(node, request, reply);
  });
}

}  // namespace understudy::daemon
