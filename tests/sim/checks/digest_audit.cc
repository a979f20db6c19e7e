#include "tests/sim/checks/digest_audit.h"

#include <algorithm>
#include <utility>

#include "absl/strings/str_cat.h"

namespace understudy::sim {

void DigestAudit::Look(size_t machine, const Nodes& nodes) {
  const NodeState& here = nodes[machine];
  if (here.state == nullptr) return;
  LookForFilling(machine, here);
  if (here.end == looked_[machine] || !here.IsSettled()) return;
  looked_[machine] = here.end;
  const auto since = [&](Lsn lsn) { return here.end.value() - std::min(here.end, lsn).value(); };
  if (samples_.contains(here.end)) CompareWithSample(machine, here);
  if (here.serving && since(sampled_) >= kEntriesASample) Sample(here);
  if (since(states_compared_) >= kEntriesAComparison && AreTogether(nodes)) CompareStates(nodes);
}

// A new journal with something in it was filled with a state that the other node has sent.
void DigestAudit::LookForFilling(size_t machine, const NodeState& node) {
  if (std::exchange(stores_[machine], node.store_id) == node.store_id || node.end.empty()) return;
  const auto sent = samples_.find(node.end);
  if (sent != samples_.end() && sent->second.chain == node.chain) return CompareWithSample(machine, node);
  violated_(Check::kDigestsEqual, absl::StrCat("machine ", machine, " was filled with a state of lsn ",
                                               node.end.value(), " that nobody has sent"));
}

void DigestAudit::Sample(const NodeState& node) {
  if (!node.IsSettled()) return;
  sampled_ = node.end;
  samples_[sampled_] = Known{node.chain, digests_.Of(*node.state)};
  while (samples_.size() > kMostSamples) samples_.erase(samples_.begin());
}

void DigestAudit::CompareWithSample(size_t machine, const NodeState& node) {
  const Known& known = samples_.at(node.end);
  if (known.chain != node.chain) return;
  const Hash128 digest = digests_.Of(*node.state);
  ++compared_;
  if (digest == known.digest) return;
  violated_(Check::kDigestsEqual,
            absl::StrCat("machine ", machine, " has another state at lsn ", node.end.value(), ": digest ",
                         digest.ToHex(), ", not ", known.digest.ToHex()));
}

bool DigestAudit::AreTogether(const Nodes& nodes) {
  return nodes[0].IsSettled() && nodes[1].IsSettled() && nodes[0].end == nodes[1].end &&
         nodes[0].chain == nodes[1].chain;
}

// The digest is made of the fields that are saved; a field that is forgotten there is not.
void DigestAudit::CompareStates(const Nodes& nodes) {
  states_compared_ = nodes[0].end;
  ++compared_;
  if (*nodes[0].state == *nodes[1].state) return;
  violated_(Check::kDigestsEqual, absl::StrCat("the nodes have different states at lsn ", nodes[0].end.value()));
}

void DigestAudit::AtEnd(const Nodes& nodes) {
  const uint64_t entries = nodes[0].end.value();
  if (!AreTogether(nodes)) {
    return violated_(Check::kDigestsEqual, absl::StrCat("the nodes do not come to stand at one lsn: ", entries, " and ",
                                                        nodes[1].end.value()));
  }
  CompareStates(nodes);
  if (compared_ > entries / kEntriesAComparisonAtLeast) return;
  violated_(Check::kDigestsEqual, absl::StrCat("only ", compared_, " states were compared in ", entries, " entries"));
}

}  // namespace understudy::sim
