// A resync without its network: child, difference, refilled journal, restored state, and the proof of both sides.
#include "daemon/core/state_child.h"

#include <poll.h>

#include <memory>
#include <string>
#include <utility>
#include <variant>
#include <vector>

#include "daemon/core/restore.h"
#include "engine/bench/sipp_calls.h"
#include "engine/snapshot.h"
#include "gtest/gtest.h"
#include "journal/batch_builder.h"
#include "journal/faulty_file_system.h"
#include "journal/recovery.h"
#include "journal/refill.h"

namespace understudy::daemon {
namespace {

constexpr uint64_t kCluster = 7;

// What a child says in the end: of a StateChild the last item, with the bytes of all chunks.
template <class Child, class Sink>
absl::Status ReadAll(Child* child, Sink sink) {
  while (child->running()) {
    auto item = child->Read();
    if (!item.ok()) return item.status();
    if (item->has_value()) {
      sink(**std::move(item));
      continue;
    }
    pollfd wait{child->fd(), POLLIN, 0};
    if (child->running() && poll(&wait, 1, 10000) != 1) return absl::DeadlineExceededError("the child says nothing");
  }
  return absl::OkStatus();
}

struct Transfer {
  std::string bytes;
  uint64_t calls_sent = 0;
  uint64_t calls_skipped = 0;
  StateTrailer trailer;
};

class StateChildTest : public ::testing::Test {
 protected:
  StateChildTest() {
    for (int i = 0; i < 50; ++i) calls_.SetUp();
  }

  // The batch of the last entry, as the primary has it in its journal.
  journal::EncodedBatch LastBatch() {
    const engine::Entry& entry = calls_.entries().back();
    journal::EntryRecord record;
    record.lsn = entry.lsn;
    record.payload = calls_.encoded(calls_.entries().size() - 1);
    journal::BatchBuilder builder;
    builder.Add(record);
    journal::BatchHeader header;
    header.cluster_id = kCluster;
    header.epoch = entry.epoch;
    return builder.Finish(header, Hash128{3, 4});
  }
  journal::SnapshotInfo InfoOf(const journal::EncodedBatch& batch) {
    journal::SnapshotInfo info;
    info.cluster_id = kCluster;
    info.lsn = batch.last_lsn();
    info.epoch = batch.epoch();
    info.chain = batch.chain();
    return info;
  }
  Transfer Read() {
    Transfer out;
    const absl::Status status = ReadAll(&child_, [&out](StateItem item) {
      if (std::holds_alternative<StateTrailer>(item)) {
        out.trailer = std::get<StateTrailer>(std::move(item));
        return;
      }
      const StateChunk& chunk = std::get<StateChunk>(item);
      out.bytes += chunk.bytes;
      out.calls_sent += chunk.calls_sent;
      out.calls_skipped += chunk.calls_skipped;
    });
    EXPECT_TRUE(status.ok()) << status;
    return out;
  }
  StateProof Prove(const engine::State& state) {
    DigestChild child;
    EXPECT_TRUE(child.Start(state).ok());
    std::vector<StateProof> proofs;
    EXPECT_TRUE(ReadAll(&child, [&proofs](StateProof proof) { proofs.push_back(proof); }).ok());
    EXPECT_EQ(proofs.size(), 1u);
    return proofs.empty() ? StateProof() : proofs[0];
  }

  engine::SippCalls calls_;
  StateChild child_;
};

TEST_F(StateChildTest, SendsTheStateAsItWasAtTheFork) {
  const engine::State at_fork = calls_.state();
  ASSERT_TRUE(child_.Start({}, InfoOf(LastBatch()), calls_.state()).ok());
  EXPECT_TRUE(absl::IsUnavailable(child_.Start({}, {}, calls_.state())));
  for (int i = 0; i < 20; ++i) calls_.SetUp();
  const Transfer transfer = Read();
  EXPECT_EQ(transfer.calls_sent, 50u);
  EXPECT_EQ(transfer.trailer.counts, engine::CountState(at_fork));
  EXPECT_EQ(transfer.trailer.info.digest, engine::DigestState(at_fork));
  EXPECT_EQ(transfer.trailer.info.lsn, at_fork.lsn);
  engine::DifferenceReader reader{engine::ObjectPool()};
  ASSERT_TRUE(reader.Add(transfer.bytes).ok());
  EXPECT_EQ(reader.totals(), transfer.trailer.totals);
  const std::string bytes = reader.TakeState().value();
  EXPECT_EQ(bytes.size(), transfer.trailer.info.bytes);
  engine::State state;
  ASSERT_TRUE(engine::LoadState(bytes, &state).ok());
  EXPECT_EQ(state, at_fork);
}

TEST_F(StateChildTest, SendsOnlyWhatIsMissing) {
  std::string saved;
  engine::SaveState(calls_.state(), &saved);
  engine::ObjectPool pool;
  ASSERT_TRUE(pool.AddSaved(saved).ok());
  for (int i = 0; i < 3; ++i) calls_.SetUp();
  ASSERT_TRUE(child_.Start(pool.Digests(), InfoOf(LastBatch()), calls_.state()).ok());
  const Transfer transfer = Read();
  EXPECT_EQ(transfer.calls_sent, 3u);
  EXPECT_EQ(transfer.calls_skipped, 50u);
}

TEST_F(StateChildTest, BothSidesProveTheSameState) {
  const StateProof proof = Prove(calls_.state());
  EXPECT_EQ(proof.lsn, calls_.state().lsn);
  EXPECT_EQ(proof.digest, engine::DigestState(calls_.state()));
  EXPECT_EQ(proof.counts, engine::CountState(calls_.state()));
  calls_.SetUp();
  EXPECT_FALSE(Prove(calls_.state()) == proof);
}

TEST_F(StateChildTest, ARefilledJournalRestoresTheStateAndGoesOn) {
  const journal::EncodedBatch batch = LastBatch();
  ASSERT_TRUE(child_.Start({}, InfoOf(batch), calls_.state()).ok());
  const Transfer transfer = Read();
  engine::DifferenceReader reader{engine::ObjectPool()};
  ASSERT_TRUE(reader.Add(transfer.bytes).ok());

  auto fs = std::make_shared<journal::FaultyFileSystem>();
  fs->disk().MakeDirectory("/j");
  journal::RefillOptions refill;
  refill.file_system = fs;
  refill.directory = "/j";
  refill.cluster_id = kCluster;
  refill.new_store_id = 12;
  const auto mark = journal::Refill(refill, transfer.trailer.info, reader.TakeState().value(), batch);
  ASSERT_TRUE(mark.ok()) << mark.status();

  journal::OpenJournalOptions open;
  open.file_system = fs;
  open.directory = "/j";
  open.cluster_id = kCluster;
  open.has_snapshots = true;
  // As the daemon does: what the snapshot covers is not read again.
  open.verify = {transfer.trailer.info.lsn.Next(), transfer.trailer.info.chain};
  const absl::StatusOr<journal::OpenedJournal> journal = journal::OpenJournal(open);
  ASSERT_TRUE(journal.ok()) << journal.status();
  ASSERT_NE(journal->store, nullptr) << journal->report.ToString();
  journal::SnapshotStore snapshots(fs, "/j");
  const absl::StatusOr<Restored> restored = Restore(*journal->store, &snapshots, kCluster);
  ASSERT_TRUE(restored.ok()) << restored.status();
  EXPECT_EQ(restored->replica.state(), calls_.state());
  EXPECT_EQ(restored->snapshot_lsn, batch.last_lsn());
  EXPECT_EQ(restored->replica.applied(), 0u);
  EXPECT_TRUE(restored->replica.last_header().has_value());
  EXPECT_EQ(Prove(restored->replica.state()), Prove(calls_.state()));
}

}  // namespace
}  // namespace understudy::daemon
