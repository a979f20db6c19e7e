#include "daemon/node_control.h"

#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "absl/types/optional.h"
#include "base/feature_level.h"
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
  if (pair->warm()) {
    return reply(Refusal("with warm standby nothing is replicated", "set redundancy-type: hot-standby on both nodes"));
  }
  if (const absl::Status asked = pair->Resync(); !asked.ok()) {
    return reply(Refusal(std::string(asked.message()), "wait until the witness answers; status says so"));
  }
  reply({{"text", "asked the primary for its whole state; the log says when it is here and equal"}});
}

// What the entries of this level mean, both programs must know: there is no way back.
void RaiseFeatureLevel(const NodeControl& node, const json::object& request, ControlServer::Reply reply) {
  const json::value* wanted = request.if_contains("level");
  const int64_t level = wanted != nullptr && wanted->is_int64() ? wanted->as_int64() : 0;
  PairDriver* const pair = node.pair();
  const NodeStatus status = node.status();
  const int64_t present = status.core->feature_level();
  if (!status.core->serving()) return reply(Refusal("this node does not serve", "ask the primary"));
  if (level <= present) {
    return reply(Refusal(absl::StrCat("the level is ", present, " already"), "ask for a higher one"));
  }
  if (level > kFeatureLevel) {
    return reply(Refusal(absl::StrCat("this program knows level ", kFeatureLevel), "install a later one"));
  }
  if (pair != nullptr && (!pair->pair().ready() || pair->peer()->feature_level < level)) {
    return reply(Refusal("the backup is not in sync, or its program does not know that level",
                         "install the later program on both nodes first; status shows what the peer knows"));
  }
  node.raise_feature_level(static_cast<uint32_t>(level));
  reply({{"text", absl::StrCat("the pair runs at feature level ", level)}});
}

std::string BanText(const BanList::Ban& ban) {
  return absl::StrCat(ban.source.HostText(), ban.source.is_v4() ? "" : "/64", " for ", ban.left.seconds() + 1,
                      " s more");
}

void Bans(const NodeControl& node, ControlServer::Reply reply) {
  std::vector<std::string> lines;
  for (const BanList::Ban& ban : node.bans()) lines.push_back(BanText(ban));
  reply({{"text", lines.empty() ? "nobody is shut out" : absl::StrJoin(lines, "\n")}});
}

void LiftBan(const NodeControl& node, const json::object& request, ControlServer::Reply reply) {
  const json::value* said = request.if_contains("source");
  const std::string text = said != nullptr && said->is_string() ? std::string(said->as_string()) : "";
  const absl::optional<Endpoint> source = Endpoint::Parse(text.substr(0, text.find('/')), uint16_t{0});
  if (!source) return reply(Refusal("that is no IP address", "say one as bans shows it"));
  if (!node.lift_ban(*source)) return reply(Refusal(absl::StrCat(text, " is not shut out"), "bans says who is"));
  reply({{"text", absl::StrCat(text, " may come again")}});
}

}  // namespace

void AddCommands(const NodeControl& node, ControlServer* server) {
  server->On("status", [node](const json::object&, ControlServer::Reply reply) { reply(StatusObject(node.status())); });
  server->On("switchover", [node](const json::object&, ControlServer::Reply reply) { Switchover(node, reply); });
  server->On("resync", [node](const json::object&, ControlServer::Reply reply) { Resync(node, reply); });
  server->On("force-promote",
             [node](const json::object& request, ControlServer::Reply reply) { ForcePromote(node, request, reply); });
  server->On("bans", [node](const json::object&, ControlServer::Reply reply) { Bans(node, reply); });
  server->On("lift-ban",
             [node](const json::object& request, ControlServer::Reply reply) { LiftBan(node, request, reply); });
  server->On("raise-feature-level", [node](const json::object& request, ControlServer::Reply reply) {
    RaiseFeatureLevel(node, request, reply);
  });
}

}  // namespace understudy::daemon
