#include "replication/register.h"

#include <algorithm>

#include "absl/strings/str_cat.h"

namespace understudy::replication {
namespace {

RegisterAnswer Not(RegisterVerdict verdict, const absl::optional<Register>& present, absl::string_view why) {
  return {verdict, present, std::string(why)};
}

// What no node of a pair would ask in epoch `present`; empty: it might.
absl::string_view Nonsense(Epoch present, const RegisterRequest& request) {
  if (request.cluster_id == 0) return "the request names no cluster";
  if (request.asker.empty()) return "the asker has no store";
  if (request.epoch > std::max(kHighestEpochAsked, present.Next())) return "the epoch asked for is too high";
  const bool names_peer =
      request.operation == RegisterOperation::kGrow || request.operation == RegisterOperation::kHandover;
  if (names_peer && request.peer.empty()) return "the peer has no store";
  if (names_peer && request.peer.store_id == request.asker.store_id) return "the peer has the asker's store";
  return "";
}

// Why the guard of the operation does not hold; empty: it does.
absl::string_view Refusal(const Register& present, const RegisterRequest& request) {
  switch (request.operation) {
    case RegisterOperation::kCreate:
      return "the register is not blank";
    case RegisterOperation::kShrink:
    case RegisterOperation::kGrow:
      return present.primary == request.asker ? "" : "the asker is not the primary";
    case RegisterOperation::kHandover:
      if (present.primary != request.asker) return "the asker is not the primary";
      return IsMember(present, request.peer) ? "" : "the peer is not in the in-sync set";
    case RegisterOperation::kAcquire:
      return MayAcquire(present, request.asker) ? "" : "the asker is not in the in-sync set";
    case RegisterOperation::kTouch:
    case RegisterOperation::kForce:
      return "";
  }
  return "an unknown operation";
}

Register Changed(Register value, const RegisterRequest& request) {
  ++value.version;
  switch (request.operation) {
    case RegisterOperation::kShrink:
      value.in_sync = {request.asker};
      break;
    case RegisterOperation::kGrow:
      value.in_sync = {request.asker, request.peer};
      break;
    case RegisterOperation::kHandover:
      value.epoch = value.epoch.Next();
      value.primary = request.peer;
      value.in_sync = {request.peer, request.asker};
      break;
    case RegisterOperation::kCreate:
    case RegisterOperation::kAcquire:
    case RegisterOperation::kForce:
      value.epoch = std::max(value.epoch.Next(), request.epoch);
      value.primary = request.asker;
      value.in_sync = {request.asker};
      value.mode = request.mode;
      value.forced = request.operation == RegisterOperation::kForce;
      break;
    case RegisterOperation::kTouch:
      break;
  }
  return value;
}

}  // namespace

bool SameNode(CommitMode mode, const Incarnation& a, const Incarnation& b) {
  return mode == CommitMode::kDurable ? a.store_id == b.store_id : a == b;
}

bool IsMember(const Register& value, const Incarnation& node) {
  return std::any_of(value.in_sync.begin(), value.in_sync.end(), [&](const Incarnation& member) {
    return SameNode(value.mode, member, node);
  });
}

bool MayAcquire(const Register& value, const Incarnation& node) {
  const bool alone = value.in_sync.size() == 1 && value.in_sync[0].store_id == node.store_id;
  return alone || IsMember(value, node);
}

RegisterAnswer Decide(const absl::optional<Register>& present, const RegisterRequest& request) {
  if (!present) {
    const bool creates =
        request.operation == RegisterOperation::kCreate || request.operation == RegisterOperation::kForce;
    if (!creates) return Not(RegisterVerdict::kBlank, present, "this witness knows nothing of any pair");
    if (request.version != 0) return Not(RegisterVerdict::kOtherVersion, present, "the register is blank");
    if (const absl::string_view why = Nonsense(Epoch(), request); !why.empty()) {
      return Not(RegisterVerdict::kRefused, present, why);
    }
    Register first;
    first.cluster_id = request.cluster_id;
    return {RegisterVerdict::kDone, Changed(first, request), ""};
  }
  if (present->cluster_id != request.cluster_id) {
    return Not(RegisterVerdict::kOtherCluster, present, "this witness serves another pair");
  }
  if (present->version != request.version) {
    return Not(RegisterVerdict::kOtherVersion, present, "the register has another version");
  }
  absl::string_view why = Nonsense(present->epoch, request);
  if (why.empty()) why = Refusal(*present, request);
  if (!why.empty()) {
    return Not(RegisterVerdict::kRefused, present, why);
  }
  return {RegisterVerdict::kDone, Changed(*present, request), ""};
}

// A peer that asked for another thing at the same version has other values to show for it: its own incarnation first.
bool WasGranted(const Register& now, const RegisterRequest& request) {
  switch (request.operation) {
    case RegisterOperation::kShrink:
      return now.primary == request.asker && now.in_sync == std::vector<Incarnation>{request.asker};
    case RegisterOperation::kGrow:
      return now.primary == request.asker && now.in_sync == std::vector<Incarnation>{request.asker, request.peer};
    case RegisterOperation::kHandover:
      return now.primary == request.peer && IsMember(now, request.asker);
    case RegisterOperation::kCreate:
    case RegisterOperation::kAcquire:
    case RegisterOperation::kForce:
      return now.primary == request.asker && now.epoch >= request.epoch;
    case RegisterOperation::kTouch:
      return now.version > request.version;
  }
  return false;
}

absl::string_view OperationName(RegisterOperation operation) {
  switch (operation) {
    case RegisterOperation::kCreate: return "create";
    case RegisterOperation::kShrink: return "shrink";
    case RegisterOperation::kGrow: return "grow";
    case RegisterOperation::kAcquire: return "acquire";
    case RegisterOperation::kHandover: return "handover";
    case RegisterOperation::kTouch: return "touch";
    case RegisterOperation::kForce: return "force";
  }
  return "?";
}

absl::string_view VerdictName(RegisterVerdict verdict) {
  switch (verdict) {
    case RegisterVerdict::kDone: return "done";
    case RegisterVerdict::kOtherVersion: return "other-version";
    case RegisterVerdict::kRefused: return "refused";
    case RegisterVerdict::kBlank: return "blank";
    case RegisterVerdict::kOtherCluster: return "other-cluster";
  }
  return "?";
}

absl::string_view ModeName(CommitMode mode) { return mode == CommitMode::kDurable ? "durable" : "received"; }

std::string ToText(const Incarnation& node) {
  return node.empty() ? "nobody" : absl::StrCat(absl::Hex(node.store_id), ".", node.start_number);
}

std::string ToText(const Register& value) {
  std::string members;
  for (const Incarnation& member : value.in_sync) {
    absl::StrAppend(&members, members.empty() ? "" : " and ", ToText(member));
  }
  return absl::StrCat("epoch ", value.epoch.value(), value.forced ? " (forced)" : "", ", primary ",
                      ToText(value.primary), ", in sync ", members, ", ", ModeName(value.mode), ", version ",
                      value.version);
}

}  // namespace understudy::replication
