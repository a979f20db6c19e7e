// One look-up of the servers of a name: which questions are asked, in which order, and the answer they add up to (RFC
// 3263 section 4). Without sockets and clocks.
//
//   Lookup lookup(query);
//   for (const Question& question : lookup.Begin()) Ask(question);
//   ... for each reply:   for (const Question& next : lookup.Take(question, reply)) Ask(next);
//   if (lookup.done()) Tell(lookup.TakeAnswer());
#ifndef UNDERSTUDY_DAEMON_DNS_LOOKUP_H_
#define UNDERSTUDY_DAEMON_DNS_LOOKUP_H_

#include <cstddef>
#include <string>
#include <utility>
#include <vector>

#include "base/transport.h"
#include "daemon/dns/dns_reply.h"
#include "engine/locate/answer.h"
#include "engine/locate/query.h"

namespace understudy::dns {

struct Question {
  DnsType type = DnsType::kA;
  std::string name;
  Transport transport = Transport::kUdp;  // of SRV

  friend bool operator==(const Question&, const Question&) = default;
};

class Lookup {
 public:
  explicit Lookup(engine::LocateQuery query) : query_(std::move(query)) {}

  // The first questions. Each must be replied to once.
  std::vector<Question> Begin();
  // The questions that follow from the reply; none while others are still open.
  std::vector<Question> Take(const Question& question, const DnsReply& reply);

  bool done() const { return begun_ && open_ == 0; }
  // What has not been replied to is taken as silence: it is done.
  void GiveUp();
  // When it is done, once.
  engine::LocateAnswer TakeAnswer();

 private:
  std::vector<Question> Open(std::vector<Question> questions);
  void Note(const Question& question, const DnsReply& reply);
  void NoteNaptr(const DnsReply& reply);
  void NoteSrv(const Question& question, const DnsReply& reply);
  void NoteAddresses(const Question& question, const DnsReply& reply);
  std::vector<Question> Services() const;
  std::vector<Question> Addresses() const;

  engine::LocateQuery query_;
  engine::LocateAnswer answer_;
  bool begun_ = false;
  size_t open_ = 0;
  DnsType stage_ = DnsType::kNaptr;
  uint32_t ttl_ = 0xffffffff;
  bool silence_ = false;  // somebody has not answered
  bool failure_ = false;  // or could not
  bool exists_ = false;   // somebody knows the name
};

}  // namespace understudy::dns

#endif  // UNDERSTUDY_DAEMON_DNS_LOOKUP_H_
