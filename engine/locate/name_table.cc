#include "engine/locate/name_table.h"

#include "base/check.h"
#include "engine/locate/targets.h"

namespace understudy::engine {

LocatedName* NameTable::Find(NameId id) {
  auto it = rows_.find(id);
  return it == rows_.end() ? nullptr : &it->second;
}

const LocatedName* NameTable::Find(NameId id) const {
  return const_cast<NameTable*>(this)->Find(id);
}

LocatedName* NameTable::FindByQuery(const LocateQuery& query) {
  auto it = by_query_.find(query);
  return it == by_query_.end() ? nullptr : Find(it->second);
}

const LocatedName* NameTable::FindByQuery(const LocateQuery& query) const {
  return const_cast<NameTable*>(this)->FindByQuery(query);
}

std::vector<NameId> NameTable::LeadingTo(const Endpoint& remote) const {
  std::vector<NameId> names;
  for (auto it = places_.lower_bound({remote, NameId()}); it != places_.end() && it->first == remote; ++it) {
    names.push_back(it->second);
  }
  return names;
}

LocatedName& NameTable::Add(const LocateQuery& query) {
  last_id_ = last_id_.Next();
  US_CHECK(by_query_.emplace(query, last_id_).second);
  LocatedName& row = rows_[last_id_];
  row.id = last_id_;
  row.query = query;
  return row;
}

void NameTable::Remove(NameId id) {
  LocatedName* row = Find(id);
  US_CHECK(row != nullptr);
  SetAnswer(*row, {});
  by_query_.erase(row->query);
  rows_.erase(id);
}

void NameTable::SetAnswer(LocatedName& name, LocateAnswer answer) {
  Places gone;
  AddPlaces(name, &gone);
  for (const auto& place : gone) places_.erase(place);
  name.answer = std::move(answer);
  AddPlaces(name, &places_);
}

void NameTable::Load(LocatedName row) {
  by_query_.emplace(row.query, row.id);
  AddPlaces(row, &places_);
  const NameId id = row.id;
  rows_.emplace(id, std::move(row));
}

bool NameTable::IndexesAgree() const {
  Places places;
  for (const auto& [id, row] : rows_) {
    auto it = by_query_.find(row.query);
    if (it == by_query_.end() || it->second != id) return false;
    AddPlaces(row, &places);
  }
  return by_query_.size() == rows_.size() && places == places_;
}

// Whatever we may speak: who is at one of these places may call from there.
void NameTable::AddPlaces(const LocatedName& name, Places* places) {
  for (int i = 0; i < kTransportCount; ++i) {
    const auto is_it = [i](Transport transport) { return static_cast<int>(transport) == i; };
    for (const Target& target : TargetsOf(name.query, name.answer, is_it, [] { return uint64_t{0}; })) {
      places->emplace(target.remote, name.id);
    }
  }
}

}  // namespace understudy::engine
