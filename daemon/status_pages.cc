#include "daemon/status_pages.h"

#include <utility>
#include <vector>

#include "absl/strings/match.h"
#include "absl/strings/numbers.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "boost/json.hpp"
#include "daemon/device_page.h"

namespace understudy::daemon {
namespace {

using FactList = std::vector<std::pair<absl::string_view, std::string>>;

absl::string_view PeerName(const NodeStatus& status) {
  if (status.pair == nullptr) return "none";
  return status.pair->peer() ? absl::string_view(status.pair->peer()->name) : "not connected";
}

absl::string_view Yes(bool yes) {
  return yes ? "1" : "0";
}

// Taking this node away ends nothing: it is backup, and follows a primary that serves at this moment.
bool ReadyForUpgrade(const NodeStatus& status) {
  if (status.pair == nullptr || !status.pair->peer()) return false;
  return status.pair->pair().role() == replication::Role::kBackup && status.pair->pair().connected();
}

absl::string_view WitnessWord(const replication::Pair& pair) {
  if (pair.witness_stale()) return "restored from an older copy";
  if (pair.witness_blank()) return "blank";
  return pair.witness_lost() ? "lost" : "answers";
}

// What a node of a pair knows beyond itself.
void AddPairFacts(const PairDriver& driver, FactList* facts) {
  const replication::Pair& pair = driver.pair();
  facts->emplace_back("peerFeatureLevel", driver.peer() ? absl::StrCat(driver.peer()->feature_level) : "unknown");
  const bool primary = pair.role() == replication::Role::kPrimary;
  facts->emplace_back("inSync", std::string(Yes(primary ? pair.in_sync() : pair.ready())));
  facts->emplace_back("unprotected", Yes(pair.alone()));
  facts->emplace_back("peerLag", absl::StrCat(driver.peer_lag()));
  facts->emplace_back("peerAckedLsn", absl::StrCat(pair.peer_ack().durable.value()));
  facts->emplace_back("register", pair.view() ? ToText(*pair.view()) : "not known");
  facts->emplace_back("incarnation", ToText(pair.me()));
  facts->emplace_back("witness", std::string(WitnessWord(pair)));
  facts->emplace_back("sameConfiguration", Yes(!driver.peer() || driver.peer()->same_configuration));
}

// Name and value, as text, in the order in which people read them.
FactList Facts(const NodeStatus& status) {
  const Core& core = *status.core;
  const engine::State& state = core.state();
  FactList facts = {
      {"name", status.name},
      {"role", std::string(status.pair == nullptr ? "primary" : RoleName(status.pair->pair().role()))},
      {"peer", std::string(PeerName(status))},
      {"readyForSwitchover", std::string(Yes(status.pair != nullptr && status.pair->pair().ready()))},
      {"readyForUpgrade", std::string(Yes(ReadyForUpgrade(status)))},
      {"serviceAddress", status.service_address.ToText()},
      {"epoch", absl::StrCat(state.epoch.value())},
      {"featureLevel", absl::StrCat(core.feature_level())},
      {"lsn", absl::StrCat(state.lsn.value())},
      {"durableLsn", absl::StrCat(core.durable().value())},
      {"releasedLsn", absl::StrCat(core.outbox().released().value())},
      {"newestSnapshot", absl::StrCat(core.newest_snapshot().value())},
      {"calls", absl::StrCat(state.calls.size())},
      {"registrations", absl::StrCat(state.registrar.bindings().size())},
      {"liveTransactions", absl::StrCat(state.transactions.live())},
      {"finishedTransactions", absl::StrCat(state.transactions.finished())},
      {"heldEffects", absl::StrCat(core.outbox().held())},
      {"overloaded", status.ingress->overloaded() ? "1" : "0"},
      {"sipSilent", status.health.sip_silent ? "1" : "0"},
      {"acceptedPercent", absl::StrCat(status.ingress->overload().share_percent())},
      {"diskLow", core.disk_low() ? "1" : "0"},
  };
  if (status.pair != nullptr) AddPairFacts(*status.pair, &facts);
  return facts;
}

std::string Html(const NodeStatus& status) {
  std::string page = absl::StrCat("<!DOCTYPE html>\n<html><head><title>", status.name,
                                  "</title></head><body>\n<h1>Understudy ", status.name, "</h1>\n<table>\n");
  for (const auto& [name, value] : Facts(status)) {
    absl::StrAppend(&page, "<tr><td>", name, "</td><td>", value, "</td></tr>\n");
  }
  return page + "</table>\n</body></html>\n";
}

}  // namespace

boost::json::object StatusObject(const NodeStatus& status) {
  boost::json::object object;
  for (const auto& [name, value] : Facts(status)) {
    const boost::json::string_view key(name.data(), name.size());
    int64_t number = 0;
    if (absl::SimpleAtoi(value, &number)) {
      object[key] = number;
    } else {
      object[key] = value;
    }
  }
  return object;
}

http::HttpResponse HealthAnswer(const std::vector<std::string>& reasons, bool json) {
  const int status = reasons.empty() ? 200 : 503;
  if (!json) {
    return {status, "text/plain; charset=utf-8", reasons.empty() ? "ok\n" : absl::StrJoin(reasons, "\n") + "\n"};
  }
  boost::json::array why;
  for (const std::string& reason : reasons) why.emplace_back(reason);
  const boost::json::object answer = {{"ok", reasons.empty()}, {"why", std::move(why)}};
  return {status, "application/json", boost::json::serialize(answer) + "\n"};
}

namespace {

void CollectTraffic(const net::TrafficCounters& traffic, http::MetricsWriter* out) {
  const std::pair<absl::string_view, uint64_t> rows[] = {
      {"udp_datagrams_in", traffic.udp_datagrams_in},
      {"udp_datagrams_out", traffic.udp_datagrams_out},
      {"udp_bytes_in", traffic.udp_bytes_in},
      {"udp_bytes_out", traffic.udp_bytes_out},
      {"udp_receive_calls", traffic.udp_receive_calls},
      {"udp_send_calls", traffic.udp_send_calls},
      {"udp_icmp_errors", traffic.udp_icmp_errors},
      {"udp_kernel_drops", traffic.udp_kernel_drops},
      {"udp_too_old", traffic.udp_too_old},
      {"stun_answered", traffic.stun_answered},
      {"stun_dropped", traffic.stun_dropped},
      {"keepalives", traffic.keepalives},
      {"stream_messages_in", traffic.stream_messages_in},
      {"stream_messages_out", traffic.stream_messages_out},
      {"stream_bytes_in", traffic.stream_bytes_in},
      {"stream_bytes_out", traffic.stream_bytes_out},
      {"flows_accepted", traffic.flows_accepted},
      {"flows_connected", traffic.flows_connected},
      {"flows_refused", traffic.flows_refused},
      {"tls_handshakes", traffic.tls_handshakes},
      {"tls_handshakes_refused", traffic.tls_handshakes_refused},
  };
  for (const auto& [name, value] : rows) {
    out->Counter(absl::StrCat("understudy_net_", name, "_total"), "Traffic of the SIP transports.", value);
  }
  for (int i = 0; i < net::kFlowEndCount; ++i) {
    out->Counter("understudy_net_flows_ended_total", "Connections ended, by reason.", traffic.flows_ended[i],
                 {{"reason", std::string(net::FlowEndName(static_cast<net::FlowEnd>(i)))}});
  }
  for (int i = 0; i < net::kSendFailureCount; ++i) {
    out->Counter("understudy_net_sends_failed_total", "Messages that could not be sent, by reason.",
                 traffic.sends_failed[i],
                 {{"reason", std::string(net::SendFailureName(static_cast<net::SendFailure>(i)))}});
  }
  out->Gauge("understudy_net_flows_open", "Connections open.", static_cast<int64_t>(traffic.flows_open));
  out->Gauge("understudy_net_flows_connecting", "Connections begun, or in a handshake.",
             static_cast<int64_t>(traffic.flows_connecting));
}

void CollectNode(const NodeStatus& status, http::MetricsWriter* out) {
  const Core& core = *status.core;
  out->Counter("understudy_snapshot_failures_total", "Snapshots and retention that went wrong.",
               core.snapshot_failures());
  out->Gauge("understudy_journal_waiting_bytes", "Submitted to the journal and not yet durable.",
             static_cast<int64_t>(core.waiting_bytes()));
  out->Gauge("understudy_journal_waiting_batches", "Submitted to the journal and not yet durable.",
             static_cast<int64_t>(core.waiting_batches()));
  out->Gauge("understudy_journal_waiting_milliseconds", "Since something waits and nothing has become durable.",
             status.health.disk_waits.milliseconds());
  out->Gauge("understudy_pair_waiting_milliseconds", "Since effects wait for the pair's rule and none has left.",
             status.health.pair_waits.milliseconds());
  out->Gauge("understudy_ready", "Whether /readyz says so.", WhyNotReady(status.health).empty() ? 1 : 0);
  out->Counter("understudy_log_lines_suppressed_total", "Lines left out of the log because there were too many.",
               status.log->suppressed());
  out->Counter("understudy_log_write_errors_total", "Lines that the log's disk did not take.",
               status.log->write_errors());
  out->Counter("understudy_http_requests_total", "HTTP requests.", status.http.requests);
  out->Counter("understudy_http_requests_bad_total", "HTTP requests that were malformed, too large or too slow.",
               status.http.bad_requests);
  out->Counter("understudy_http_connections_refused_total", "HTTP connections over the limit.",
               status.http.refused_connections);
  out->Gauge("understudy_http_connections", "HTTP connections open.", status.http.connections);
  out->Counter("understudy_transactions_unreachable_total", "Transactions given up because of an ICMP report.",
               status.unreachable_transactions);
  out->Counter("understudy_requests_lost_total",
               "Requests whose connection ended before an answer; sent once more where that may help.",
               status.requests_lost);
}

void CollectTransfers(const PairDriver& driver, http::MetricsWriter* out) {
  const StateSender& sender = driver.sender();
  out->Counter("understudy_resyncs_proven_total", "Resyncs after which both nodes compared their states as equal.",
               driver.proven());
  out->Counter("understudy_state_transfers_total", "Transfers of the whole state to the peer, begun.",
               sender.transfers());
  out->Gauge("understudy_state_transfer_active", "The state is on its way to the peer.", sender.active() ? 1 : 0);
  out->Gauge("understudy_state_transfer_calls", "Calls sent by the transfer at hand, or the last one.",
             static_cast<int64_t>(sender.calls_sent()));
  out->Gauge("understudy_state_transfer_bytes", "Bytes sent by the transfer at hand, or the last one.",
             static_cast<int64_t>(sender.bytes_sent()));
}

// A link begins at 0 each time.
void CollectLink(const link::LinkCounters& link, http::MetricsWriter* out) {
  const std::pair<absl::string_view, uint64_t> rows[] = {
      {"frames_in", link.frames_in}, {"frames_out", link.frames_out}, {"bytes_in", link.bytes_in},
      {"bytes_out", link.bytes_out}, {"reads", link.reads},           {"writes", link.writes},
  };
  for (const auto& [name, value] : rows) {
    out->Counter(absl::StrCat("understudy_peer_link_", name, "_total"), "Of the present link to the peer.", value);
  }
}

void CollectPair(const PairDriver& driver, http::MetricsWriter* out) {
  const replication::Pair& pair = driver.pair();
  out->Gauge("understudy_role", "0 joining, 1 backup, 2 primary.", static_cast<int64_t>(pair.role()));
  out->Gauge("understudy_ready_for_switchover", "Killing the primary now would lose nothing.", pair.ready() ? 1 : 0);
  out->Gauge("understudy_unprotected", "Primary without a backup in sync.", pair.alone() ? 1 : 0);
  out->Gauge("understudy_peer_connected", "The link to the peer is up.", driver.peer() ? 1 : 0);
  out->Gauge("understudy_peer_lag_entries", "Entries that the backup has not acknowledged.",
             static_cast<int64_t>(driver.peer_lag()));
  out->Gauge("understudy_witness_lost", "The witness does not answer.", pair.witness_lost() ? 1 : 0);
  out->Counter("understudy_replicated_bytes_total", "Bytes of batches sent to the peer.", driver.feed().sent_bytes());
  out->Counter("understudy_replicated_batches_total", "Batches sent to the peer.", driver.feed().sent_batches());
  CollectTransfers(driver, out);
  CollectLink(driver.link_counters(), out);
}

void CollectClients(const ClientCounters& clients, http::MetricsWriter* out) {
  out->Gauge("understudy_client_links", "Links of T-Library clients.", static_cast<int64_t>(clients.links));
  out->Gauge("understudy_client_links_attached", "Of these, with a session.", static_cast<int64_t>(clients.attached));
  out->Gauge("understudy_client_queued_octets", "That wait for clients to read.",
             static_cast<int64_t>(clients.queued_octets));
  const std::pair<absl::string_view, uint64_t> rows[] = {
      {"links_accepted", clients.accepted},
      {"links_welcomed", clients.welcomed},
      {"requests", clients.requests},
      {"requests_quarantined", clients.quarantined_requests},
      {"requests_overload", clients.overload_requests},
      {"queries", clients.queries},
      {"events", clients.events},
      {"acknowledgement_entries", clients.acknowledgements},
      {"late_frames", clients.late_frames},
      {"stalls", clients.stalls},
  };
  for (const auto& [name, value] : rows) {
    out->Counter(absl::StrCat("understudy_client_", name, "_total"), "Of T-Library clients: docs/t_library.md.", value);
  }
  for (int i = 0; i < kLinkEnds; ++i) {
    out->Counter("understudy_client_links_ended_total", "Links that this node ended, by reason.",
                 clients.ends[static_cast<size_t>(i)], {{"reason", std::string(LinkEndName(static_cast<LinkEnd>(i)))}});
  }
}

uint64_t DevicesOut(const engine::State& state) {
  uint64_t out = 0;
  for (const auto& [id, device] : state.devices.rows()) out += device.out ? 1 : 0;
  return out;
}

void CollectState(const NodeStatus& status, http::MetricsWriter* out) {
  const Core& core = *status.core;
  const engine::State& state = core.state();
  const std::pair<absl::string_view, uint64_t> rows[] = {
      {"calls", state.calls.size()},
      {"registrations", state.registrar.bindings().size()},
      {"subscriptions", state.subscriptions.size()},
      {"client_sessions", state.sessions.size()},
      {"transactions_live", state.transactions.live()},
      {"transactions_finished", state.transactions.finished()},
      {"timers", state.timers.size()},
      {"effects_held", core.outbox().held()},
      {"lsn", state.lsn.value()},
      {"durable_lsn", core.durable().value()},
      {"released_lsn", core.outbox().released().value()},
      {"epoch", state.epoch.value()},
      {"overloaded", status.ingress->overloaded() ? 1u : 0u},
      {"sip_silent", status.health.sip_silent ? 1u : 0u},
      {"devices_out_of_service", DevicesOut(state)},
      {"disk_low", core.disk_low() ? 1u : 0u},
      {"backlogged", core.backlogged() ? 1u : 0u},
  };
  for (const auto& [name, value] : rows) {
    out->Gauge(absl::StrCat("understudy_", name), "State of the engine and its journal.", static_cast<int64_t>(value));
  }
  if (status.pair != nullptr) CollectPair(*status.pair, out);
  out->Counter("understudy_entries_total", "Entries appended by this process since it opened its journal.",
               core.appended());
  out->Counter("understudy_effects_released_total", "Effects released by this process since it opened its journal.",
               core.outbox().released_count());
  out->Counter("understudy_effects_too_old_total", "Effects not sent because they were older than release-age.",
               core.outbox().too_old());
  out->Counter("understudy_service_gaps_total", "Times that nobody served.", core.service_gaps().count);
  out->Counter("understudy_sip_messages_total", "SIP messages received.", status.ingress->messages());
  for (int i = 0; i < engine::kKeptCount; ++i) {
    const engine::Kept reason = static_cast<engine::Kept>(i);
    out->Counter("understudy_ingress_kept_total", "Messages that did not become an entry, by reason.",
                 status.ingress->kept(reason), {{"reason", std::string(engine::KeptName(reason))}});
  }
}

void CollectOverload(const OverloadControl& overload, http::MetricsWriter* out) {
  out->Gauge("understudy_overload_accepted_percent", "Of what begins something; the rest is refused.",
             overload.share_percent());
  out->Gauge("understudy_overload_late_milliseconds", "How long a queue has stood, as of the last look.",
             overload.late_by().milliseconds());
  out->Counter("understudy_overload_episodes_total", "Times that an overload began.", overload.episodes());
  for (size_t i = 0; i < kWorks; ++i) {
    const auto work = static_cast<Work>(i);
    out->Counter("understudy_overload_refused_total", "What was refused for overload, by what it was.",
                 overload.refused(work), {{"kind", std::string(WorkName(work))}});
  }
}

void CollectSignatures(const Ingress& ingress, http::MetricsWriter* out) {
  out->Gauge("understudy_sources_banned", "Sources that are shut out.", static_cast<int64_t>(ingress.bans().size()));
  out->Counter("understudy_bans_total", "Times that a source was shut out.", ingress.bans().total());
  if (ingress.authenticator() == nullptr) return;
  for (size_t i = 0; i < auth::kOutcomes; ++i) {
    const auto outcome = static_cast<auth::Outcome>(i);
    out->Counter("understudy_signatures_total", "Requests that must be signed, by what came of it.",
                 ingress.authenticator()->judged(outcome), {{"outcome", std::string(auth::OutcomeName(outcome))}});
  }
}

// What the engine counts is the pair's, since the journal began; the questions are this node's.
void CollectNames(const engine::State& state, const dns::DnsCounters& dns, http::MetricsWriter* out) {
  const engine::LocateCounts& counts = state.names.counts();
  const std::pair<absl::string_view, uint64_t> rows[] = {
      {"asked", counts.asked},          {"answered", counts.answered},   {"failed", counts.failed},
      {"stale", counts.stale},          {"unlocated", counts.unlocated}, {"refused", counts.refused},
      {"next_server", counts.next},     {"avoided", counts.avoided},     {"dns_lookups", dns.lookups},
      {"dns_questions", dns.questions}, {"dns_silent", dns.silent},      {"dns_failures", dns.failures},
      {"dns_refused", dns.refused},     {"dns_given_up", dns.given_up},
  };
  for (const auto& [name, value] : rows) {
    out->Counter(absl::StrCat("understudy_locate_", name, "_total"), "Of host names: docs/architecture.md.", value);
  }
  out->Gauge("understudy_locate_names", "Host names that are known or asked for.",
             static_cast<int64_t>(state.names.size()));
  out->Gauge("understudy_locate_servers_avoided", "Servers that have failed lately and come last.",
             static_cast<int64_t>(state.avoided_targets.size()));
}

}  // namespace

std::string ServerPage(const NodeStatus& status, bool json) {
  return json ? boost::json::serialize(StatusObject(status)) + "\n" : Html(status);
}

http::HttpResponse ServerAnswer(const NodeStatus& status, const http::HttpRequest& request) {
  if (request.query == "sipTrunkStatistics") return {200, "application/json", TrunksPage(status.core->state())};
  if (request.query == "sipDevices") return {200, "application/json", DevicesPage(status.core->state())};
  if (!absl::StartsWith(request.query, "sipServer")) {
    return {404, "text/plain",
            "ask for /server?sipServer, /server?sipServer&format=json, /server?sipTrunkStatistics or "
            "/server?sipDevices\n"};
  }
  const bool json = absl::StrContains(request.query, "json");
  return {200, json ? "application/json" : "text/html; charset=utf-8", ServerPage(status, json)};
}

void CollectMetrics(const NodeStatus& status, const net::TrafficCounters& traffic, http::MetricsWriter* out) {
  CollectState(status, out);
  CollectNode(status, out);
  CollectSignatures(*status.ingress, out);
  CollectOverload(status.ingress->overload(), out);
  CollectNames(status.core->state(), status.dns, out);
  if (status.clients != nullptr) CollectClients(*status.clients, out);
  out->Counter("understudy_client_websockets_refused_total", "WebSocket handshakes that came to nothing.",
               status.refused_websockets);
  CollectTraffic(traffic, out);
}

}  // namespace understudy::daemon
