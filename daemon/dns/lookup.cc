#include "daemon/dns/lookup.h"

#include <algorithm>

#include "absl/strings/str_cat.h"
#include "absl/types/optional.h"

namespace understudy::dns {
namespace {

using engine::LocateFailure;
using Outcome = DnsReply::Outcome;

// RFC 3263 4.1, RFC 3403; WebSockets are for those who come to us.
struct Service {
  absl::string_view naptr;
  absl::string_view srv;
  Transport transport;
};

constexpr Service kServices[] = {
    {"sip+d2u", "_sip._udp.", Transport::kUdp},
    {"sip+d2t", "_sip._tcp.", Transport::kTcp},
    {"sips+d2t", "_sips._tcp.", Transport::kTls},
};

absl::optional<Transport> TransportOf(const DnsNaptr& record) {
  for (const Service& service : kServices) {
    if (record.flags == "s" && record.service == service.naptr && !record.replacement.empty()) {
      return service.transport;
    }
  }
  return absl::nullopt;
}

bool Takes(const engine::LocateQuery& query, Transport transport) {
  if (query.secure && !IsSecure(transport)) return false;
  return query.transport_open || transport == query.transport;
}

template <class T>
bool AddOnce(const T& value, std::vector<T>* values) {
  if (std::find(values->begin(), values->end(), value) != values->end()) return false;
  values->push_back(value);
  return true;
}

}  // namespace

std::vector<Question> Lookup::Begin() {
  begun_ = true;
  if (query_.AsksNaptr()) return Open({{DnsType::kNaptr, query_.host, Transport::kUdp}});
  stage_ = query_.AsksSrv() ? DnsType::kSrv : DnsType::kA;
  return Open(query_.AsksSrv() ? Services() : Addresses());
}

std::vector<Question> Lookup::Take(const Question& question, const DnsReply& reply) {
  Note(question, reply);
  --open_;
  if (open_ != 0 || stage_ == DnsType::kA) return {};
  const bool to_services = stage_ == DnsType::kNaptr;
  stage_ = to_services ? DnsType::kSrv : DnsType::kA;
  return Open(to_services ? Services() : Addresses());
}

std::vector<Question> Lookup::Open(std::vector<Question> questions) {
  open_ = questions.size();
  return questions;
}

void Lookup::Note(const Question& question, const DnsReply& reply) {
  silence_ |= reply.outcome == Outcome::kSilence;
  failure_ |= reply.outcome == Outcome::kFailure && question.type != DnsType::kNaptr;  // some servers know no NAPTR
  exists_ |= reply.outcome == Outcome::kRecords;
  const bool any = !reply.addresses.empty() || !reply.srv.empty() || !reply.naptr.empty();
  if (any) ttl_ = std::min(ttl_, reply.ttl);
  switch (question.type) {
    case DnsType::kNaptr:
      return NoteNaptr(reply);
    case DnsType::kSrv:
      return NoteSrv(question, reply);
    case DnsType::kA:
    case DnsType::kAaaa:
      return NoteAddresses(question, reply);
  }
}

void Lookup::NoteNaptr(const DnsReply& reply) {
  for (const DnsNaptr& record : reply.naptr) {
    const absl::optional<Transport> transport = TransportOf(record);
    if (!transport || !Takes(query_, *transport) || answer_.naptr.size() >= engine::kMostNaptrRecords) continue;
    answer_.naptr.push_back({record.order, record.preference, *transport, record.replacement});
  }
}

void Lookup::NoteSrv(const Question& question, const DnsReply& reply) {
  for (const DnsSrv& record : reply.srv) {
    if (answer_.srv.size() >= engine::kMostSrvRecords) return;
    answer_.srv.push_back(
        {question.transport, question.name, record.priority, record.weight, record.port, record.target});
  }
}

void Lookup::NoteAddresses(const Question& question, const DnsReply& reply) {
  for (const Endpoint& address : reply.addresses) {
    if (answer_.addresses.size() >= engine::kMostAddressRecords) return;
    answer_.addresses.push_back({question.name, address});
  }
}

// Those that NAPTR has named; without any, those of all transports that may be.
std::vector<Question> Lookup::Services() const {
  std::vector<Question> questions;
  for (const engine::NaptrRecord& record : answer_.naptr) {
    AddOnce(Question{DnsType::kSrv, record.replacement, record.transport}, &questions);
  }
  if (!questions.empty()) return questions;
  for (const Service& service : kServices) {
    if (!Takes(query_, service.transport)) continue;
    questions.push_back({DnsType::kSrv, absl::StrCat(service.srv, query_.host), service.transport});
  }
  return questions;
}

std::vector<Question> Lookup::Addresses() const {
  std::vector<std::string> hosts;
  for (const engine::SrvRecord& record : answer_.srv) {
    if (!record.target.empty()) AddOnce(record.target, &hosts);
  }
  if (answer_.srv.empty()) hosts.push_back(query_.host);
  std::vector<Question> questions;
  for (const std::string& host : hosts) {
    questions.push_back({DnsType::kA, host, Transport::kUdp});
    questions.push_back({DnsType::kAaaa, host, Transport::kUdp});
  }
  return questions;
}

void Lookup::GiveUp() {
  silence_ = true;
  begun_ = true;
  open_ = 0;
}

engine::LocateAnswer Lookup::TakeAnswer() {
  // A service that could not be asked for is not one that is not there: the host's own address would be a guess.
  const bool guess = answer_.srv.empty() && query_.AsksSrv() && (silence_ || failure_);
  if (!answer_.addresses.empty() && !guess) {
    answer_.ttl = ttl_;
    return std::move(answer_);
  }
  engine::LocateAnswer nothing;
  nothing.failure = silence_   ? LocateFailure::kSilence
                    : failure_ ? LocateFailure::kServerFailure
                    : exists_  ? LocateFailure::kNoAddress
                               : LocateFailure::kNoSuchName;
  return nothing;
}

}  // namespace understudy::dns
