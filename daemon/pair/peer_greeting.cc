// Who may be the peer, and where the two logs part.
#include <utility>

#include "base/feature_level.h"
#include "daemon/pair/pair_driver.h"
#include "journal/batch.h"
#include "replication/silence.h"

namespace understudy::daemon {
namespace {

using replication::RefusalReason;

// What a backup makes of a second, as measured; the rest of a transfer of the state.
constexpr uint64_t kEntriesASecond = 100000;
constexpr uint64_t kStateBytesASecond = uint64_t{30} << 20;
constexpr double kTransferSeconds = 0.5;

// About, of a saved state.
uint64_t StateBytes(const engine::State& state) {
  return 520 * uint64_t{state.calls.size()} + 600 * uint64_t{state.transactions.live()} +
         280 * uint64_t{state.transactions.finished()} + 300 * uint64_t{state.registrar.bindings().size()};
}

bool TailIsQuicker(const engine::State& state, uint64_t entries) {
  const double tail = static_cast<double>(entries) / kEntriesASecond;
  const double whole = static_cast<double>(StateBytes(state)) / static_cast<double>(kStateBytesASecond);
  return tail <= whole + kTransferSeconds;
}

}  // namespace

PairTerms PairDriver::Terms() const {
  return {core_->cluster_id(), journal::kSchemaVersion, core_->feature_level(),
          options_.pair.mode,  options_.pair.warm,      options_.service};
}

Duration PairDriver::TimeoutOf(Duration said) const {
  return replication::SilenceTimeout(said, options_.remote_timeout);
}

replication::Hello PairDriver::MakeHello() const {
  replication::Hello hello;
  hello.cluster_id = core_->cluster_id();
  hello.node = pair_.me();
  hello.promise = pair_.promise();
  hello.end = core_->end();
  hello.chain = core_->chain();
  hello.history = core_->epochs();
  hello.schema_version = journal::kSchemaVersion;
  hello.feature_level = kFeatureLevel;
  hello.mode = options_.pair.mode;
  hello.name = options_.name;
  hello.service = options_.service;
  hello.configuration_digest = configuration_digest_;
  hello.remote_timeout = options_.remote_timeout;
  hello.timeout = options_.pair.suspect;
  hello.wants_state = wants_state_;
  hello.warm = options_.pair.warm;
  hello.remote_trace = options_.remote_trace;
  hello.quarantined = host_->Condemned();
  return hello;
}

// The last entry that both logs have. Where this log cannot show it any more, or may drop it now, the state is what is
// left.
replication::Welcome PairDriver::MakeWelcome(const replication::Hello& hello) const {
  replication::Welcome welcome;
  welcome.cluster_id = core_->cluster_id();
  welcome.node = pair_.me();
  welcome.epoch = pair_.epoch();
  welcome.end = core_->end();
  welcome.schema_version = journal::kSchemaVersion;
  welcome.feature_level = kFeatureLevel;
  welcome.name = options_.name;
  welcome.configuration_digest = configuration_digest_;
  welcome.remote_timeout = options_.remote_timeout;
  welcome.timeout = options_.pair.suspect;
  welcome.boot_time = clock_->SinceBoot();
  welcome.remote_trace = options_.remote_trace;
  welcome.quarantined = host_->Condemned();
  welcome.chain = journal::GenesisChain(core_->cluster_id());
  if (options_.pair.warm) return welcome;
  welcome.plan = replication::Plan::kState;
  const auto common = LastCommon(core_->epochs(), core_->end(), hello.history, hello.end);
  if (common) {
    welcome.common_epoch = common->epoch;
    welcome.common_lsn = common->lsn;
    const absl::optional<Hash128> recent = feed_.ChainAt(common->lsn);
    const absl::StatusOr<Hash128> chain = recent ? *recent : core_->ChainAt(common->lsn);
    if (!chain.ok()) return welcome;
    welcome.chain = *chain;
  } else if (!hello.end.empty()) {
    return welcome;
  }
  const journal::LogRange range = core_->log().Range();
  const bool can_be_read = unreadable_ < welcome.common_lsn.Next();
  const bool has_tail = can_be_read && (range.empty() || core_->kept_from() <= welcome.common_lsn.Next());
  const uint64_t missing = core_->end().value() - welcome.common_lsn.value();
  if (has_tail && !hello.wants_state && TailIsQuicker(core_->state(), missing)) welcome.plan = replication::Plan::kTail;
  return welcome;
}

replication::Refusal PairDriver::MakeRefusal(RefusalReason reason, std::string text) const {
  replication::Refusal refusal;
  refusal.reason = reason;
  refusal.text = std::move(text);
  refusal.node = pair_.me();
  refusal.view = pair_.view();
  refusal.quarantined = host_->Condemned();
  return refusal;
}

}  // namespace understudy::daemon
