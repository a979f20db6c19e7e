// A register in memory, and what nodes on one loop see of it: answers late, lost, or for a request that never arrived.
// For tests.
//
//   TestRegister reg(&loop);
//   TestWitness witness(&loop, &reg);            // one a node
//   reg.SetFate([&](const auto& request) { return Fate::kLoseAnswer; });
//   reg.value.reset();                           // blank
#ifndef UNDERSTUDY_DAEMON_WITNESS_TEST_WITNESS_H_
#define UNDERSTUDY_DAEMON_WITNESS_TEST_WITNESS_H_

#include <cstdint>
#include <functional>
#include <map>
#include <memory>
#include <utility>
#include <vector>

#include "absl/types/optional.h"
#include "base/time.h"
#include "daemon/net/io_loop.h"
#include "daemon/witness/witness.h"
#include "replication/register.h"

namespace understudy::witness {

// What becomes of one question.
enum class Fate {
  kAnswer,
  kLoseRequest,  // it never arrives
  kLoseAnswer,   // it arrives
  kLate,         // it arrives a while later, and is answered then; the asker may be gone
  kTwice,        // it is answered, and a copy of it arrives a while later
};

// The loop outlives it.
class TestRegister {
 public:
  explicit TestRegister(net::IoLoop* loop) : loop_(loop) {}

  absl::optional<replication::Register> value;  // nullopt: blank
  bool down = false;                            // no question arrives
  Duration delay = Duration::Milliseconds(20);  // what a while is, in the machine's time

  // `request` is null for a read.
  void SetFate(std::function<Fate(const replication::RegisterRequest* request)> fate) { fate_ = std::move(fate); }
  Fate FateOf(const replication::RegisterRequest* request) const;

  replication::RegisterAnswer Read() const;
  replication::RegisterAnswer Take(const replication::RegisterRequest& request);

  // Every register that there was, oldest first.
  const std::vector<replication::Register>& history() const { return history_; }
  // Whether a register of two stores has ever followed the one of version `version`.
  bool HasGrownSince(uint64_t version) const;

  void Later(std::function<void()> what);

 private:
  net::IoLoop* const loop_;
  std::function<Fate(const replication::RegisterRequest*)> fate_;
  std::vector<replication::Register> history_;
  std::map<uint64_t, std::unique_ptr<net::Alarm>> alarms_;
  uint64_t last_alarm_ = 0;
};

class TestWitness : public Witness {
 public:
  // Both outlive it. `may_send`: false once the asker's machine has no power any more.
  TestWitness(net::IoLoop* loop, TestRegister* value, std::function<bool()> may_send = nullptr)
      : loop_(loop), register_(value), may_send_(std::move(may_send)) {}

  void Read(Done done) override { Begin(absl::nullopt, std::move(done)); }
  void Ask(const replication::RegisterRequest& request, Done done) override { Begin(request, std::move(done)); }

 private:
  using Request = absl::optional<replication::RegisterRequest>;

  void Begin(const Request& request, Done done);
  static replication::RegisterAnswer Arrive(TestRegister* value, const Request& request) {
    return request ? value->Take(*request) : value->Read();
  }

  net::IoLoop* const loop_;
  TestRegister* const register_;
  const std::function<bool()> may_send_;
  const std::shared_ptr<bool> alive_ = std::make_shared<bool>(true);
};

}  // namespace understudy::witness

#endif  // UNDERSTUDY_DAEMON_WITNESS_TEST_WITNESS_H_
