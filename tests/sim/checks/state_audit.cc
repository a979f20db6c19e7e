#include "tests/sim/checks/state_audit.h"

#include <cstddef>
#include <utility>

#include "absl/strings/str_cat.h"
#include "engine/call.h"
#include "engine/timer_table.h"
#include "engine/transaction.h"

namespace understudy::sim {
namespace {

using engine::TimerHandle;
using engine::TimerKind;

class Audit {
 public:
  explicit Audit(const engine::State& state) : state_(state) {}

  std::string Run() {
    for (const auto& [id, row] : state_.transactions.servers()) Look(*row);
    for (const auto& [id, row] : state_.transactions.clients()) Look(*row);
    for (const auto& [id, call] : state_.calls.rows()) Look(*call);
    for (const auto& [id, binding] : state_.registrar.bindings()) Look(binding);
    if (wrong_.empty() && named_ != state_.timers.size()) {
      Wrong(absl::StrCat(state_.timers.size(), " timers run, and rows wait for ", named_));
    }
    if (!state_.transactions.IndexesAgree()) Wrong("the indexes of the transactions do not agree with their rows");
    return std::move(wrong_);
  }

 private:
  void Wrong(std::string what) {
    if (wrong_.empty()) wrong_ = std::move(what);
  }

  void Timer(TimerHandle handle, uint64_t row, absl::string_view what) {
    if (handle == TimerHandle()) return;
    ++named_;
    const auto& transaction_timers = state_.timers.transaction_timers();
    auto found = transaction_timers.find(handle);
    if (found == transaction_timers.end()) {
      found = state_.timers.engine_timers().find(handle);
      if (found == state_.timers.engine_timers().end()) {
        return Wrong(absl::StrCat(what, " of row ", row, " does not run: it would never come"));
      }
    }
    if (found->second.row != row) Wrong(absl::StrCat(what, " of row ", row, " is set for row ", found->second.row));
  }

  void OfCall(engine::CallId call, uint64_t row) {
    if (call.empty() || state_.calls.Find(call) != nullptr) return;
    Wrong(absl::StrCat("transaction ", row, " belongs to call ", call.value(), ", which is not there"));
  }

  void Look(const engine::ServerTransaction& row) {
    Timer(row.retransmit, row.id.value(), "the repetition of a server transaction");
    Timer(row.timeout, row.id.value(), "the end of a server transaction");
  }

  void Look(const engine::ClientTransaction& row) {
    Timer(row.retransmit, row.id.value(), "the repetition of a client transaction");
    Timer(row.timeout, row.id.value(), "the end of a client transaction");
    if (row.timeout == TimerHandle() && row.method != sip::Method::kInvite) {
      Wrong(absl::StrCat("client transaction ", row.id.value(), " has nothing that would end it"));
    }
  }

  void Look(const engine::Call& call) {
    const uint64_t id = call.id.value();
    Timer(call.no_answer, id, "the no-answer timer of a call");
    Timer(call.session_expiry, id, "the session timer of a call");
    for (uint8_t side = 0; side < 2; ++side) {
      const engine::Leg& leg = call.leg(side);
      if (leg.awaited_ack) {
        Timer(leg.awaited_ack->retransmit, id, "the repetition of a 2xx");
        Timer(leg.awaited_ack->timeout, id, "the wait for an ACK");
      }
      if (leg.awaited_prack) {
        Timer(leg.awaited_prack->retransmit, id, "the repetition of a 18x");
        Timer(leg.awaited_prack->timeout, id, "the wait for a PRACK");
      }
      Names(leg, id);
    }
  }

  void Names(const engine::Leg& leg, uint64_t call) {
    const bool servers = (leg.server_invite.empty() || state_.transactions.FindServer(leg.server_invite) != nullptr) &&
                         (leg.server_update.empty() || state_.transactions.FindServer(leg.server_update) != nullptr);
    const bool clients = (leg.client_invite.empty() || state_.transactions.FindClient(leg.client_invite) != nullptr) &&
                         (leg.client_update.empty() || state_.transactions.FindClient(leg.client_update) != nullptr);
    if (!servers || !clients) Wrong(absl::StrCat("call ", call, " waits for a transaction that is not there"));
  }

  void Look(const engine::Binding& binding) {
    Timer(binding.timer, binding.id.value(), "the end of a registration");
    if (binding.timer == TimerHandle()) {
      Wrong(absl::StrCat("the registration of ", binding.number, " has nothing that would end it"));
    }
  }

  const engine::State& state_;
  size_t named_ = 0;
  std::string wrong_;
};

}  // namespace

std::string AuditState(const engine::State& state) { return Audit(state).Run(); }

}  // namespace understudy::sim
