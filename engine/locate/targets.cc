#include "engine/locate/targets.h"

#include <algorithm>
#include <utility>

namespace understudy::engine {
namespace {

constexpr size_t kMostTargets = 64;  // an answer may name 2,000, and each call looks at all

void Add(Transport transport, const Endpoint& remote, std::vector<Target>* targets) {
  if (targets->size() == kMostTargets) return;
  const Target target{transport, remote};
  if (std::find(targets->begin(), targets->end(), target) == targets->end()) targets->push_back(target);
}

void AddHost(const LocateAnswer& answer, absl::string_view host, Transport transport, uint16_t port,
             std::vector<Target>* targets) {
  for (const AddressRecord& record : answer.addresses) {
    if (record.host == host) Add(transport, record.address.WithPort(port), targets);
  }
}

std::vector<SrvRecord> RecordsOf(const LocateAnswer& answer, absl::string_view owner, Transport transport) {
  std::vector<SrvRecord> records;
  for (const SrvRecord& record : answer.srv) {
    const bool is_its = record.owner == owner && record.transport == transport && !record.target.empty();
    if (is_its) records.push_back(record);
  }
  return records;
}

void AddService(const LocateAnswer& answer, absl::string_view owner, Transport transport,
                absl::FunctionRef<uint64_t()> draw, std::vector<Target>* targets) {
  for (const SrvRecord& record : OrderByWeight(RecordsOf(answer, owner, transport), draw)) {
    AddHost(answer, record.target, transport, record.port, targets);
  }
}

bool Takes(const LocateQuery& query, Transport transport) {
  if (query.secure && !IsSecure(transport)) return false;
  return query.transport_open || transport == query.transport;
}

// Of the lowest order that has one we can use, all, by preference (RFC 3403 4.1).
std::vector<NaptrRecord> ServicesOf(const LocateQuery& query, const LocateAnswer& answer,
                                    absl::FunctionRef<bool(Transport)> has) {
  std::vector<NaptrRecord> records;
  for (const NaptrRecord& record : answer.naptr) {
    if (Takes(query, record.transport) && has(record.transport)) records.push_back(record);
  }
  const auto place = [](const NaptrRecord& record) { return std::pair(record.order, record.preference); };
  std::stable_sort(records.begin(), records.end(),
                   [&](const NaptrRecord& a, const NaptrRecord& b) { return place(a) < place(b); });
  const auto other = std::find_if(records.begin(), records.end(),
                                  [&](const NaptrRecord& record) { return record.order != records.front().order; });
  records.erase(other, records.end());
  return records;
}

// The services that were asked for without NAPTR, each once, in the order in which they came.
std::vector<std::pair<std::string, Transport>> OwnersOf(const LocateQuery& query, const LocateAnswer& answer,
                                                        absl::FunctionRef<bool(Transport)> has) {
  std::vector<std::pair<std::string, Transport>> owners;
  for (const SrvRecord& record : answer.srv) {
    const std::pair<std::string, Transport> owner(record.owner, record.transport);
    const bool is_new = std::find(owners.begin(), owners.end(), owner) == owners.end();
    if (is_new && Takes(query, record.transport) && has(record.transport)) owners.push_back(owner);
  }
  return owners;
}

// Where the next one of records[first, end) is: RFC 2782 has those of weight 0 first, and lets them be drawn, too.
size_t Drawn(const std::vector<SrvRecord>& records, size_t first, size_t end, absl::FunctionRef<uint64_t()> draw) {
  uint64_t sum = 0;
  for (size_t i = first; i < end; ++i) sum += records[i].weight;
  if (sum == 0 || end - first == 1) return first;
  const uint64_t drawn = draw() % (sum + 1);
  uint64_t running = 0;
  for (size_t i = first; i < end; ++i) {
    running += records[i].weight;
    if (running >= drawn) return i;
  }
  return first;
}

}  // namespace

std::vector<SrvRecord> OrderByWeight(std::vector<SrvRecord> records, absl::FunctionRef<uint64_t()> draw) {
  const auto place = [](const SrvRecord& record) { return std::pair(record.priority, record.weight != 0); };
  std::stable_sort(records.begin(), records.end(),
                   [&](const SrvRecord& a, const SrvRecord& b) { return place(a) < place(b); });
  for (size_t first = 0; first < records.size(); ++first) {
    size_t end = first;
    while (end < records.size() && records[end].priority == records[first].priority) ++end;
    const size_t drawn = Drawn(records, first, end, draw);
    const auto at = records.begin() + static_cast<ptrdiff_t>(first);
    std::rotate(at, records.begin() + static_cast<ptrdiff_t>(drawn),
                records.begin() + static_cast<ptrdiff_t>(drawn) + 1);
  }
  return records;
}

std::vector<Target> TargetsOf(const LocateQuery& query, const LocateAnswer& answer,
                              absl::FunctionRef<bool(Transport)> has, absl::FunctionRef<uint64_t()> draw) {
  std::vector<Target> targets;
  const std::vector<NaptrRecord> services = ServicesOf(query, answer, has);
  for (const NaptrRecord& service : services) {
    AddService(answer, service.replacement, service.transport, draw, &targets);
  }
  if (services.empty()) {
    for (const auto& [owner, transport] : OwnersOf(query, answer, has)) {
      AddService(answer, owner, transport, draw, &targets);
    }
  }
  const bool named = answer.srv.empty();  // else the service is where its records say, or nowhere
  const uint16_t port = query.port == 0 ? DefaultPort(query.transport) : query.port;
  if (named) AddHost(answer, query.host, query.transport, port, &targets);
  return targets;
}

}  // namespace understudy::engine
