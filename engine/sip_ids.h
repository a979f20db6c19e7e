// Branches, tags and tokens that we put into messages. Each carries the id of the row it stands for, so that an answer
// finds its row without a search, and a keyed hash, so that nobody can make one up:
//
//   branch  z9hG4bK<transaction id, hex>.<16 hex digits>
//   tag     <leg id, hex>.<16 hex digits>
//   token   r<id of a REFER, hex>.<16 hex digits>: the tag of that REFER, and what the INVITE that follows it has
//   tag     s<subscription id, hex>.<16 hex digits>
#ifndef UNDERSTUDY_ENGINE_SIP_IDS_H_
#define UNDERSTUDY_ENGINE_SIP_IDS_H_

#include <cstdint>
#include <string>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/ids.h"

namespace understudy::engine {

std::string MakeBranch(TransactionId id, uint64_t mac);
std::string MakeTag(LegId leg, uint64_t mac);
std::string MakeReferToken(ReferId refer, uint64_t mac);
std::string MakeSubscriptionTag(SubscriptionId subscription, uint64_t mac);

struct BranchId {
  TransactionId transaction;
  uint64_t mac = 0;
};

struct TagId {
  LegId leg;
  uint64_t mac = 0;
};

// nullopt: not of our making. The hash of a tag or token is checked by comparing the whole with the row's.
absl::optional<BranchId> ParseBranch(absl::string_view branch);
absl::optional<TagId> ParseTag(absl::string_view tag);
absl::optional<ReferId> ParseReferToken(absl::string_view token);
absl::optional<SubscriptionId> ParseSubscriptionTag(absl::string_view tag);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_SIP_IDS_H_
