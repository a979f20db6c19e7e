#include "engine/cti/session_table.h"

#include <algorithm>
#include <iterator>
#include <utility>

#include "base/check.h"

namespace understudy::engine {
namespace {

void Put(SessionId id, bool is_in, absl::btree_set<SessionId>* set) {
  if (is_in) {
    set->insert(id);
  } else {
    set->erase(id);
  }
}

}  // namespace

Session* SessionTable::Find(SessionId id) {
  auto it = rows_.find(id);
  return it == rows_.end() ? nullptr : &it->second;
}

const Session* SessionTable::Find(SessionId id) const {
  auto it = rows_.find(id);
  return it == rows_.end() ? nullptr : &it->second;
}

Session* SessionTable::FindByLink(LinkId link) {
  auto it = by_link_.find(link);
  return it == by_link_.end() ? nullptr : Find(it->second);
}

Session& SessionTable::Add() {
  last_id_ = last_id_.Next();
  Session& session = rows_[last_id_];
  session.id = last_id_;
  return session;
}

void SessionTable::Remove(SessionId id) {
  Session* session = Find(id);
  US_CHECK(session != nullptr);
  SetLink(*session, LinkId());
  UnregisterEach(*session);
  SetAllDns(*session, false);
  SetMonitorsCalls(*session, false);
  rows_.erase(id);
}

void SessionTable::SetLink(Session& session, LinkId link) {
  if (!session.link.empty()) by_link_.erase(session.link);
  session.link = link;
  if (link.empty()) return;
  const bool is_free = by_link_.emplace(link, session.id).second;
  US_CHECK(is_free);
}

bool SessionTable::Register(Session& session, absl::string_view dn) {
  auto at = std::lower_bound(session.dns.begin(), session.dns.end(), dn);
  if (at != session.dns.end() && *at == dn) return false;
  session.dns.emplace(at, dn);
  by_dn_[std::string(dn)].insert(session.id);
  return true;
}

bool SessionTable::Unregister(Session& session, absl::string_view dn) {
  auto at = std::lower_bound(session.dns.begin(), session.dns.end(), dn);
  if (at == session.dns.end() || *at != dn) return false;
  EraseFromDn(session.id, dn);
  session.dns.erase(at);
  return true;
}

void SessionTable::UnregisterEach(Session& session) {
  for (const std::string& dn : session.dns) EraseFromDn(session.id, dn);
  session.dns.clear();
}

void SessionTable::EraseFromDn(SessionId id, absl::string_view dn) {
  auto it = by_dn_.find(dn);
  US_CHECK(it != by_dn_.end());
  it->second.erase(id);
  if (it->second.empty()) by_dn_.erase(it);
}

void SessionTable::SetAllDns(Session& session, bool all_dns) {
  session.all_dns = all_dns;
  Put(session.id, all_dns, &all_dns_);
}

void SessionTable::SetMonitorsCalls(Session& session, bool monitors) {
  session.monitors_calls = monitors;
  Put(session.id, monitors, &monitors_);
}

std::vector<SessionId> SessionTable::ListenersOf(absl::string_view dn) const {
  std::vector<SessionId> listeners;
  auto it = by_dn_.find(dn);
  if (it == by_dn_.end()) {
    listeners.assign(all_dns_.begin(), all_dns_.end());
  } else {
    std::set_union(it->second.begin(), it->second.end(), all_dns_.begin(), all_dns_.end(),
                   std::back_inserter(listeners));
  }
  return listeners;
}

void SessionTable::Load(Session session) {
  Index(session);
  const SessionId id = session.id;
  rows_.insert_or_assign(id, std::move(session));
}

void SessionTable::Index(const Session& session) {
  if (!session.link.empty()) by_link_[session.link] = session.id;
  for (const std::string& dn : session.dns) by_dn_[dn].insert(session.id);
  if (session.all_dns) all_dns_.insert(session.id);
  if (session.monitors_calls) monitors_.insert(session.id);
}

bool SessionTable::IndexesAgree() const {
  SessionTable again;
  again.last_id_ = last_id_;
  for (const auto& [id, row] : rows_) again.Load(row);
  return again == *this;
}

}  // namespace understudy::engine
