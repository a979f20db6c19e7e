#include "daemon/dns/dns_resolver.h"

#include <ares.h>
#include <sys/time.h>

#include <deque>
#include <map>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "absl/strings/str_join.h"
#include "base/endpoint.h"
#include "daemon/dns/lookup.h"

namespace understudy::dns {
namespace {

constexpr int kInternet = 1;  // class IN

std::string ServersText(const std::vector<Endpoint>& servers) {
  return absl::StrJoin(servers, ",", [](std::string* out, const Endpoint& server) { server.AppendTo(out); });
}

bool IsSilence(int status) {
  return status == ARES_ETIMEOUT || status == ARES_ECONNREFUSED;
}

absl::Status StartError(absl::string_view what, int status) {
  return absl::InternalError(absl::StrCat("DNS: ", what, ": ", ares_strerror(status)));
}

}  // namespace

class DnsResolver::Rep {
 public:
  Rep(net::IoLoop* loop, const DnsOptions& options)
      : loop_(loop), options_(options), alarm_(loop, [this] { OnAlarm(); }), deadline_(loop, [this] { EndLate(); }) {}
  ~Rep() {
    ending_ = true;
    if (channel_ != nullptr) ares_destroy(channel_);
  }

  absl::Status Start() {
    if (int status = ares_library_init(ARES_LIB_INIT_ALL); status != ARES_SUCCESS) return StartError("start", status);
    ares_options options = {};
    options.flags = ARES_FLAG_NOSEARCH | ARES_FLAG_NOALIASES;
    options.timeout = static_cast<int>(options_.timeout.milliseconds());
    options.tries = options_.tries;
    options.sock_state_cb = &Rep::OnSocketState;
    options.sock_state_cb_data = this;
    const int mask = ARES_OPT_FLAGS | ARES_OPT_TIMEOUTMS | ARES_OPT_TRIES | ARES_OPT_SOCK_STATE_CB;
    if (int status = ares_init_options(&channel_, &options, mask); status != ARES_SUCCESS) {
      return StartError("start", status);
    }
    if (options_.servers.empty()) return absl::OkStatus();
    const int status = ares_set_servers_ports_csv(channel_, ServersText(options_.servers).c_str());
    return status == ARES_SUCCESS ? absl::OkStatus() : StartError("servers", status);
  }

  void Resolve(const engine::LocateQuery& query, Done done) {
    const net::MonotonicTime ends = net::MonotonicNow() + options_.patience;
    if (!deadline_.is_set()) deadline_.SetAfter(options_.patience);
    if (running_.size() < options_.most_lookups) return Begin({query, std::move(done), ends});
    if (waiting_.size() < options_.most_waiting) return waiting_.push_back({query, std::move(done), ends});
    ++counters_.refused;
    Fail(std::move(done), engine::LocateFailure::kTooMany);
  }

  const DnsCounters& counters() const { return counters_; }

 private:
  struct Wanted {
    engine::LocateQuery query;
    Done done;
    net::MonotonicTime ends;
  };
  struct Running {
    Lookup lookup;
    Done done;
    net::MonotonicTime ends;
  };
  // What c-ares gives back with the answer to a question.
  struct Asked {
    Rep* rep;
    uint64_t lookup;
    Question question;
  };

  void Begin(Wanted wanted) {
    ++counters_.lookups;
    const uint64_t id = ++last_id_;
    auto it = running_.emplace(id, Running{Lookup(wanted.query), std::move(wanted.done), wanted.ends}).first;
    // Later: c-ares may answer at once, and nobody expects that.
    loop_->Post([this, id, questions = it->second.lookup.Begin(), alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) Ask(id, questions);
    });
  }

  void Ask(uint64_t lookup, const std::vector<Question>& questions) {
    if (!running_.contains(lookup)) return;
    for (const Question& question : questions) {
      ++counters_.questions;
      auto* asked = new Asked{this, lookup, question};
      ares_query(channel_, question.name.c_str(), kInternet, static_cast<int>(question.type), &Rep::OnReply, asked);
    }
    SetAlarm();
  }

  static void OnReply(void* arg, int status, int, unsigned char* octets, int size) {
    const std::unique_ptr<Asked> asked(static_cast<Asked*>(arg));
    if (asked->rep->ending_) return;
    asked->rep->Take(*asked, status, {reinterpret_cast<const char*>(octets), static_cast<size_t>(size)});
  }

  // c-ares gives the octets of failures, too, where a server has sent some.
  void Take(const Asked& asked, int status, absl::string_view octets) {
    DnsReply reply;
    if (octets.data() != nullptr) reply = ReadDnsReply(octets, asked.question.type);
    if (IsSilence(status)) reply.outcome = DnsReply::Outcome::kSilence;
    if (status == ARES_ENOTFOUND) reply.outcome = DnsReply::Outcome::kNoSuchName;
    counters_.silent += reply.outcome == DnsReply::Outcome::kSilence ? 1 : 0;
    counters_.failures += reply.outcome == DnsReply::Outcome::kFailure ? 1 : 0;
    auto it = running_.find(asked.lookup);
    if (it == running_.end()) return;
    const std::vector<Question> next = it->second.lookup.Take(asked.question, reply);
    if (!next.empty()) {
      loop_->Post([this, id = asked.lookup, next, alive = std::weak_ptr<int>(alive_)] {
        if (!alive.expired()) Ask(id, next);
      });
    }
    if (it->second.lookup.done()) Finish(it);
  }

  void Finish(std::map<uint64_t, Running>::iterator it) {
    loop_->Post([done = std::move(it->second.done), answer = it->second.lookup.TakeAnswer(),
                 alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) done(answer);
    });
    running_.erase(it);
    if (waiting_.empty()) return;
    Wanted next = std::move(waiting_.front());
    waiting_.pop_front();
    Begin(std::move(next));
  }

  void Fail(Done done, engine::LocateFailure why) {
    engine::LocateAnswer failed;
    failed.failure = why;
    loop_->Post([done = std::move(done), failed, alive = std::weak_ptr<int>(alive_)] {
      if (!alive.expired()) done(failed);
    });
  }

  // Both are in the order in which they were wanted, and so of their ends.
  void EndLate() {
    const net::MonotonicTime now = net::MonotonicNow();
    for (; !waiting_.empty() && waiting_.front().ends <= now; waiting_.pop_front()) {
      ++counters_.given_up;
      Fail(std::move(waiting_.front().done), engine::LocateFailure::kSilence);
    }
    while (!running_.empty() && running_.begin()->second.ends <= now) {
      ++counters_.given_up;
      running_.begin()->second.lookup.GiveUp();
      Finish(running_.begin());
    }
    if (!running_.empty()) deadline_.SetAfter(running_.begin()->second.ends - now);
  }

  // ---- Sockets of c-ares

  static void OnSocketState(void* data, ares_socket_t fd, int readable, int writable) {
    static_cast<Rep*>(data)->Watch(fd, readable != 0, writable != 0);
  }

  void Watch(int fd, bool readable, bool writable) {
    if (!readable && !writable) {
      watches_.erase(fd);
      return;
    }
    std::unique_ptr<net::FdWatch>& watch = watches_[fd];
    if (watch == nullptr) {
      watch = std::make_unique<net::FdWatch>(loop_, fd);
      watch->WatchReadable([this, fd] { Process(fd, ARES_SOCKET_BAD); });
    }
    if (writable) watch->AwaitWritable([this, fd] { Process(ARES_SOCKET_BAD, fd); });
  }

  void Process(ares_socket_t readable, ares_socket_t writable) {
    ares_process_fd(channel_, readable, writable);
    SetAlarm();
  }

  void OnAlarm() { Process(ARES_SOCKET_BAD, ARES_SOCKET_BAD); }

  void SetAlarm() {
    timeval next = {};
    if (ares_timeout(channel_, nullptr, &next) == nullptr) return alarm_.Clear();
    alarm_.SetAfter(Duration::Milliseconds(next.tv_sec * 1000 + next.tv_usec / 1000 + 1));
  }

  net::IoLoop* const loop_;
  const DnsOptions options_;
  ares_channel channel_ = nullptr;
  net::Alarm alarm_;
  net::Alarm deadline_;  // of the oldest lookup
  std::map<int, std::unique_ptr<net::FdWatch>> watches_;
  std::map<uint64_t, Running> running_;
  std::deque<Wanted> waiting_;
  uint64_t last_id_ = 0;
  DnsCounters counters_;
  bool ending_ = false;
  std::shared_ptr<int> alive_ = std::make_shared<int>(0);
};

absl::StatusOr<std::unique_ptr<DnsResolver>> DnsResolver::Create(net::IoLoop* loop, const DnsOptions& options) {
  auto rep = std::make_unique<Rep>(loop, options);
  if (absl::Status s = rep->Start(); !s.ok()) return s;
  return std::unique_ptr<DnsResolver>(new DnsResolver(std::move(rep)));
}

DnsResolver::DnsResolver(std::unique_ptr<Rep> rep) : rep_(std::move(rep)) {}
DnsResolver::~DnsResolver() = default;

void DnsResolver::Resolve(const engine::LocateQuery& query, Done done) {
  rep_->Resolve(query, std::move(done));
}

const DnsCounters& DnsResolver::counters() const {
  return rep_->counters();
}

}  // namespace understudy::dns
