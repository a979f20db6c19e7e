// All clients' sessions, and who hears of what.
#ifndef UNDERSTUDY_ENGINE_CTI_SESSION_TABLE_H_
#define UNDERSTUDY_ENGINE_CTI_SESSION_TABLE_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "engine/cti/session.h"
#include "engine/ids.h"

namespace understudy::engine {

// Pointers to rows are good until the next Add or Remove. What has an index changes by a method of the table only.
class SessionTable {
 public:
  Session* Find(SessionId id);
  const Session* Find(SessionId id) const;
  // nullptr: no session goes over that link.
  Session* FindByLink(LinkId link);

  Session& Add();
  void Remove(SessionId id);

  // No link: the empty one.
  void SetLink(Session& session, LinkId link);
  // False: it was so before.
  bool Register(Session& session, absl::string_view dn);
  bool Unregister(Session& session, absl::string_view dn);
  void UnregisterEach(Session& session);
  void SetAllDns(Session& session, bool all_dns);
  void SetMonitorsCalls(Session& session, bool monitors);

  // Who is registered for that DN, or for all; in order.
  std::vector<SessionId> ListenersOf(absl::string_view dn) const;
  bool HasListener(absl::string_view dn) const { return !all_dns_.empty() || by_dn_.contains(dn); }
  const absl::btree_set<SessionId>& monitors() const { return monitors_; }

  size_t size() const { return rows_.size(); }

  // For the snapshot.
  const absl::btree_map<SessionId, Session>& rows() const { return rows_; }
  void Load(Session session);
  SessionId last_id() const { return last_id_; }
  void set_last_id(SessionId id) { last_id_ = id; }

  // Of a table with the same rows, the same.
  bool IndexesAgree() const;

  friend bool operator==(const SessionTable&, const SessionTable&) = default;

 private:
  void Index(const Session& session);
  void EraseFromDn(SessionId id, absl::string_view dn);

  absl::btree_map<SessionId, Session> rows_;
  SessionId last_id_;

  // Derived.
  absl::btree_map<LinkId, SessionId> by_link_;
  absl::btree_map<std::string, absl::btree_set<SessionId>> by_dn_;
  absl::btree_set<SessionId> all_dns_;
  absl::btree_set<SessionId> monitors_;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_CTI_SESSION_TABLE_H_
