#include "daemon/dns/dns_reply.h"

#include <algorithm>

#include "absl/strings/ascii.h"

namespace understudy::dns {
namespace {

constexpr size_t kMostRecords = 64;
constexpr size_t kLongestName = 255;  // RFC 1035 2.3.4
constexpr int kMostJumps = 64;        // of compression, in one name
constexpr uint32_t kLongestTtl = 0x7fffffff;
constexpr uint16_t kAlias = 5;  // CNAME

// Reads octets from the front. Once it has failed it gives nothing but zeros.
class Octets {
 public:
  Octets(absl::string_view whole, size_t at, size_t end) : whole_(whole), at_(at), end_(end) {}

  bool ok() const { return ok_; }
  size_t at() const { return at_; }

  uint8_t Byte() { return Take(1) ? static_cast<uint8_t>(whole_[at_ - 1]) : 0; }
  uint16_t Short() {
    const uint16_t high = Byte();
    return static_cast<uint16_t>(high << 8 | Byte());
  }
  uint32_t Long() {
    const uint32_t high = Short();
    return high << 16 | Short();
  }
  // A length, and as many octets.
  std::string Text() {
    const size_t size = Byte();
    return Take(size) ? std::string(whole_.substr(at_ - size, size)) : std::string();
  }
  bool Skip(size_t size) { return Take(size); }

  // Follows compression through the whole message (4.1.4).
  std::string Name() {
    std::string name;
    size_t at = at_;
    size_t limit = end_;
    for (int jumps = 0; jumps < kMostJumps;) {
      if (at >= limit) break;
      const uint8_t size = static_cast<uint8_t>(whole_[at]);
      if (size >= 0xC0) {
        if (at + 2 > limit) break;
        if (jumps++ == 0) at_ = at + 2;
        at = static_cast<size_t>(size & 0x3F) << 8 | static_cast<uint8_t>(whole_[at + 1]);
        limit = whole_.size();
        continue;
      }
      if (size == 0) {
        if (jumps == 0) at_ = at + 1;
        return absl::AsciiStrToLower(name);
      }
      if (size > 63 || at + 1 + size > limit || name.size() + size + 1 > kLongestName) break;
      if (!name.empty()) name.push_back('.');
      name.append(whole_.data() + at + 1, size);
      at += size + 1u;
    }
    ok_ = false;
    return {};
  }

 private:
  bool Take(size_t size) {
    if (!ok_ || end_ - at_ < size) {
      ok_ = false;
      return false;
    }
    at_ += size;
    return true;
  }

  absl::string_view whole_;
  size_t at_;
  size_t end_;
  bool ok_ = true;
};

void ReadAddress(Octets data, size_t size, DnsReply* reply) {
  Endpoint::Ip ip{};
  if (size == 4) ip[10] = ip[11] = 0xff;
  if (size != 4 && size != ip.size()) return;
  for (size_t i = ip.size() - size; i < ip.size(); ++i) ip[i] = data.Byte();
  reply->addresses.emplace_back(ip, 0);
}

bool ReadSrv(Octets data, DnsReply* reply) {
  DnsSrv record;
  record.priority = data.Short();
  record.weight = data.Short();
  record.port = data.Short();
  record.target = data.Name();
  if (data.ok()) reply->srv.push_back(std::move(record));
  return data.ok();
}

bool ReadNaptr(Octets data, DnsReply* reply) {
  DnsNaptr record;
  record.order = data.Short();
  record.preference = data.Short();
  record.flags = absl::AsciiStrToLower(data.Text());
  record.service = absl::AsciiStrToLower(data.Text());
  data.Text();  // regexp
  record.replacement = data.Name();
  if (data.ok()) reply->naptr.push_back(std::move(record));
  return data.ok();
}

size_t CountOf(const DnsReply& reply) {
  return reply.addresses.size() + reply.srv.size() + reply.naptr.size();
}

bool ReadRecord(absl::string_view whole, uint16_t type, size_t begin, size_t size, DnsReply* reply) {
  const Octets data(whole, begin, begin + size);
  if (CountOf(*reply) >= kMostRecords) return true;
  switch (static_cast<DnsType>(type)) {
    case DnsType::kA:
      if (size != 4) return false;
      ReadAddress(data, size, reply);
      return true;
    case DnsType::kAaaa:
      if (size != 16) return false;
      ReadAddress(data, size, reply);
      return true;
    case DnsType::kSrv:
      return ReadSrv(data, reply);
    case DnsType::kNaptr:
      return ReadNaptr(data, reply);
  }
  return true;
}

bool ReadRecords(absl::string_view whole, Octets octets, uint16_t count, DnsType wanted, DnsReply* reply) {
  uint32_t ttl = kLongestTtl;
  for (uint16_t i = 0; i < count; ++i) {
    octets.Name();
    const uint16_t type = octets.Short();
    octets.Short();  // class
    const uint32_t life = octets.Long();
    const size_t size = octets.Short();
    const size_t begin = octets.at();
    if (!octets.Skip(size)) return false;
    const bool is_wanted = type == static_cast<uint16_t>(wanted);
    if (is_wanted || type == kAlias) ttl = std::min(ttl, life > kLongestTtl ? 0 : life);  // RFC 2181 section 8
    if (is_wanted && !ReadRecord(whole, type, begin, size, reply)) return false;
  }
  reply->ttl = CountOf(*reply) == 0 ? 0 : ttl;
  return true;
}

}  // namespace

DnsReply ReadDnsReply(absl::string_view octets, DnsType type) {
  const DnsReply failure;
  Octets header(octets, 0, octets.size());
  header.Short();  // id
  const uint16_t flags = header.Short();
  const uint16_t questions = header.Short();
  const uint16_t answers = header.Short();
  if (!header.Skip(4) || (flags & 0x8000) == 0) return failure;
  const int code = flags & 0xf;
  DnsReply reply;
  reply.outcome = code == 0 ? DnsReply::Outcome::kRecords : DnsReply::Outcome::kNoSuchName;
  if (code != 0 && code != 3) return failure;
  for (uint16_t i = 0; i < questions && header.ok(); ++i) {
    header.Name();
    header.Skip(4);
  }
  if (!header.ok() || !ReadRecords(octets, header, answers, type, &reply)) return failure;
  return reply;
}

}  // namespace understudy::dns
