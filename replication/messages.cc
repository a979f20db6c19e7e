#include "replication/messages.h"

#include <array>
#include <cstdint>
#include <cstring>
#include <utility>

#include "absl/status/status.h"
#include "absl/strings/str_cat.h"
#include "capnp/message.h"
#include "capnp/serialize.h"
#include "replication/messages.capnp.h"

namespace understudy::replication {
namespace {

// A StateEnd carries a batch of the largest size.
constexpr size_t kMaxMessageWords = (size_t{17} << 20) / sizeof(capnp::word);
constexpr int kNesting = 8;

kj::ArrayPtr<const kj::byte> AsData(absl::string_view bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}
absl::string_view AsView(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}
std::string FromData(capnp::Data::Reader data) { return {reinterpret_cast<const char*>(data.begin()), data.size()}; }
std::string FromText(capnp::Text::Reader text) { return {text.begin(), text.size()}; }

absl::Status TooMany(absl::string_view what, size_t found, size_t allowed) {
  return absl::InvalidArgumentError(absl::StrCat(found, " ", what, " in a message of the peer; at most ", allowed));
}

std::string Flat(capnp::MessageBuilder* builder) {
  const kj::Array<capnp::word> words = capnp::messageToFlatArray(*builder);
  const auto bytes = words.asBytes();
  return {reinterpret_cast<const char*>(bytes.begin()), bytes.size()};
}

template <class Root, class Fill>
std::string Build(Fill fill) {
  capnp::MallocMessageBuilder builder;
  fill(builder.initRoot<Root>());
  return Flat(&builder);
}

// Of a message that has numbers only, and comes with every batch: for the others 8 KiB are allocated and cleared.
template <class Root, class Fill>
std::string BuildSmall(Fill fill) {
  std::array<uint64_t, 16> scratch{};
  capnp::MallocMessageBuilder builder(kj::arrayPtr(reinterpret_cast<capnp::word*>(scratch.data()), scratch.size()));
  fill(builder.initRoot<Root>());
  return Flat(&builder);
}

// Cap'n Proto reports damage with exceptions; they end here.
template <class Root, class Take>
absl::Status Read(absl::string_view bytes, Take take) {
  if (bytes.size() % sizeof(capnp::word) != 0 || bytes.size() / sizeof(capnp::word) > kMaxMessageWords) {
    return absl::InvalidArgumentError(absl::StrCat("a message of the peer has ", bytes.size(), " octets"));
  }
  kj::Array<capnp::word> words = kj::heapArray<capnp::word>(bytes.size() / sizeof(capnp::word));
  std::memcpy(words.begin(), bytes.data(), bytes.size());
  absl::Status status;
  const kj::Maybe<kj::Exception> thrown = kj::runCatchingExceptions([&] {
    capnp::ReaderOptions options;
    options.traversalLimitInWords = 4 * kMaxMessageWords;
    options.nestingLimit = kNesting;
    capnp::FlatArrayMessageReader reader(words, options);
    status = take(reader.getRoot<Root>());
  });
  KJ_IF_MAYBE(exception, thrown) {
    return absl::InvalidArgumentError(
        absl::StrCat("a message of the peer is damaged: ", exception->getDescription().cStr()));
  }
  return status;
}

void Fill(wire::Incarnation::Builder out, const Incarnation& node) {
  out.setStoreId(node.store_id);
  out.setStartNumber(node.start_number);
}
Incarnation Take(wire::Incarnation::Reader in) { return {in.getStoreId(), in.getStartNumber()}; }

void Fill(wire::Register::Builder out, const Register& value) {
  out.setClusterId(value.cluster_id);
  out.setVersion(value.version);
  out.setEpoch(value.epoch.value());
  Fill(out.initPrimary(), value.primary);
  auto members = out.initInSync(static_cast<unsigned>(value.in_sync.size()));
  for (unsigned i = 0; i < members.size(); ++i) Fill(members[i], value.in_sync[i]);
  out.setMode(static_cast<uint8_t>(value.mode));
  out.setForced(value.forced);
}

absl::Status Take(wire::Register::Reader in, Register* value) {
  value->cluster_id = in.getClusterId();
  value->version = in.getVersion();
  value->epoch = Epoch(in.getEpoch());
  value->primary = Take(in.getPrimary());
  value->in_sync.clear();
  if (in.getInSync().size() > 2) return TooMany("members", in.getInSync().size(), 2);
  for (const auto member : in.getInSync()) value->in_sync.push_back(Take(member));
  if (in.getMode() > 1) return absl::InvalidArgumentError("an unknown durability in a register");
  value->mode = static_cast<CommitMode>(in.getMode());
  value->forced = in.getForced();
  return absl::OkStatus();
}

template <class Init>
void FillNumbers(Init init, const std::vector<uint64_t>& numbers) {
  auto list = init(static_cast<unsigned>(numbers.size()));
  for (unsigned i = 0; i < list.size(); ++i) list.set(i, numbers[i]);
}

absl::Status TakeNumbers(capnp::List<uint64_t>::Reader in, size_t allowed, std::vector<uint64_t>* numbers) {
  if (in.size() > allowed) return TooMany("numbers", in.size(), allowed);
  numbers->clear();
  for (const uint64_t number : in) numbers->push_back(number);
  return absl::OkStatus();
}

absl::Status TakeText(capnp::Text::Reader in, std::string* text) {
  if (in.size() > kMaxNameOctets) return TooMany("octets of a name", in.size(), kMaxNameOctets);
  *text = FromText(in);
  return absl::OkStatus();
}

absl::Status TakeHistory(capnp::Data::Reader in, EpochHistory* history) {
  absl::StatusOr<EpochHistory> decoded = EpochHistory::Decode(AsView(in));
  if (decoded.ok()) *history = *std::move(decoded);
  return decoded.status();
}

}  // namespace

std::string Encode(const Hello& m) {
  return Build<wire::Hello>([&](wire::Hello::Builder out) {
    out.setProtocol(m.protocol);
    out.setClusterId(m.cluster_id);
    Fill(out.initNode(), m.node);
    out.setPromise(m.promise.value());
    out.setEnd(m.end.value());
    out.setChainLo(m.chain.lo);
    out.setChainHi(m.chain.hi);
    out.setHistory(AsData(m.history.Encode()));
    out.setSchemaVersion(m.schema_version);
    out.setFeatureLevel(m.feature_level);
    out.setMode(static_cast<uint8_t>(m.mode));
    out.setName(m.name);
    out.setService(m.service);
    out.setConfigurationDigest(m.configuration_digest);
    out.setRemoteTimeout(m.remote_timeout.nanoseconds());
    out.setWantsState(m.wants_state);
    FillNumbers([&](unsigned n) { return out.initQuarantined(n); }, m.quarantined);
    out.setWarm(m.warm);
    out.setRemoteTrace(m.remote_trace);
    out.setTimeout(m.timeout.nanoseconds());
  });
}

absl::Status Decode(absl::string_view bytes, Hello* m) {
  return Read<wire::Hello>(bytes, [&](wire::Hello::Reader in) {
    m->protocol = in.getProtocol();
    m->cluster_id = in.getClusterId();
    m->node = Take(in.getNode());
    m->promise = Epoch(in.getPromise());
    m->end = Lsn(in.getEnd());
    m->chain = {in.getChainLo(), in.getChainHi()};
    m->schema_version = in.getSchemaVersion();
    m->feature_level = in.getFeatureLevel();
    if (in.getMode() > 1) return absl::InvalidArgumentError("an unknown durability in a Hello");
    m->mode = static_cast<CommitMode>(in.getMode());
    m->configuration_digest = in.getConfigurationDigest();
    m->remote_timeout = Duration::Nanoseconds(in.getRemoteTimeout());
    m->wants_state = in.getWantsState();
    m->warm = in.getWarm();
    m->remote_trace = in.getRemoteTrace();
    m->timeout = Duration::Nanoseconds(in.getTimeout());
    if (absl::Status s = TakeHistory(in.getHistory(), &m->history); !s.ok()) return s;
    if (absl::Status s = TakeText(in.getName(), &m->name); !s.ok()) return s;
    if (absl::Status s = TakeText(in.getService(), &m->service); !s.ok()) return s;
    return TakeNumbers(in.getQuarantined(), kMaxFingerprints, &m->quarantined);
  });
}

std::string Encode(const Welcome& m) {
  return Build<wire::Welcome>([&](wire::Welcome::Builder out) {
    out.setClusterId(m.cluster_id);
    Fill(out.initNode(), m.node);
    out.setEpoch(m.epoch.value());
    out.setCommonEpoch(m.common_epoch.value());
    out.setCommonLsn(m.common_lsn.value());
    out.setChainLo(m.chain.lo);
    out.setChainHi(m.chain.hi);
    out.setPlan(static_cast<uint8_t>(m.plan));
    out.setEnd(m.end.value());
    out.setSchemaVersion(m.schema_version);
    out.setFeatureLevel(m.feature_level);
    out.setName(m.name);
    out.setConfigurationDigest(m.configuration_digest);
    out.setRemoteTimeout(m.remote_timeout.nanoseconds());
    FillNumbers([&](unsigned n) { return out.initQuarantined(n); }, m.quarantined);
    out.setRemoteTrace(m.remote_trace);
    out.setTimeout(m.timeout.nanoseconds());
    out.setBootTime(m.boot_time.nanoseconds());
  });
}

absl::Status Decode(absl::string_view bytes, Welcome* m) {
  return Read<wire::Welcome>(bytes, [&](wire::Welcome::Reader in) {
    m->cluster_id = in.getClusterId();
    m->node = Take(in.getNode());
    m->epoch = Epoch(in.getEpoch());
    m->common_epoch = Epoch(in.getCommonEpoch());
    m->common_lsn = Lsn(in.getCommonLsn());
    m->chain = {in.getChainLo(), in.getChainHi()};
    if (in.getPlan() > 1) return absl::InvalidArgumentError("an unknown plan in a Welcome");
    m->plan = static_cast<Plan>(in.getPlan());
    m->end = Lsn(in.getEnd());
    m->schema_version = in.getSchemaVersion();
    m->feature_level = in.getFeatureLevel();
    m->configuration_digest = in.getConfigurationDigest();
    m->remote_timeout = Duration::Nanoseconds(in.getRemoteTimeout());
    m->remote_trace = in.getRemoteTrace();
    m->timeout = Duration::Nanoseconds(in.getTimeout());
    m->boot_time = Duration::Nanoseconds(in.getBootTime());
    if (absl::Status s = TakeText(in.getName(), &m->name); !s.ok()) return s;
    return TakeNumbers(in.getQuarantined(), kMaxFingerprints, &m->quarantined);
  });
}

std::string Encode(const Refusal& m) {
  return Build<wire::Refusal>([&](wire::Refusal::Builder out) {
    out.setReason(static_cast<uint8_t>(m.reason));
    out.setText(m.text);
    Fill(out.initNode(), m.node);
    if (m.view) Fill(out.initView(), *m.view);
    FillNumbers([&](unsigned n) { return out.initQuarantined(n); }, m.quarantined);
  });
}

absl::Status Decode(absl::string_view bytes, Refusal* m) {
  return Read<wire::Refusal>(bytes, [&](wire::Refusal::Reader in) {
    if (in.getReason() > static_cast<uint8_t>(RefusalReason::kBusy)) {
      return absl::InvalidArgumentError("an unknown reason in a Refusal");
    }
    m->reason = static_cast<RefusalReason>(in.getReason());
    m->node = Take(in.getNode());
    m->view.reset();
    if (in.getView().getVersion() != 0) {
      if (absl::Status s = Take(in.getView(), &m->view.emplace()); !s.ok()) return s;
    }
    m->text = FromText(in.getText()).substr(0, 4 * kMaxNameOctets);
    return TakeNumbers(in.getQuarantined(), kMaxFingerprints, &m->quarantined);
  });
}

std::string Encode(const Ack& m) {
  return BuildSmall<wire::Ack>([&](wire::Ack::Builder out) {
    out.setEpoch(m.epoch.value());
    out.setReceived(m.received.value());
    out.setDurable(m.durable.value());
    out.setApplied(m.applied.value());
  });
}

absl::Status Decode(absl::string_view bytes, Ack* m) {
  return Read<wire::Ack>(bytes, [&](wire::Ack::Reader in) {
    *m = {Epoch(in.getEpoch()), Lsn(in.getReceived()), Lsn(in.getDurable()), Lsn(in.getApplied())};
    return absl::OkStatus();
  });
}

std::string Encode(const Heartbeat& m) {
  return BuildSmall<wire::Heartbeat>([&](wire::Heartbeat::Builder out) {
    out.setPing(m.ping);
    out.setPong(m.pong);
    out.setReleased(m.released.value());
  });
}

absl::Status Decode(absl::string_view bytes, Heartbeat* m) {
  return Read<wire::Heartbeat>(bytes, [&](wire::Heartbeat::Reader in) {
    *m = {in.getPing(), in.getPong(), Lsn(in.getReleased())};
    return absl::OkStatus();
  });
}

std::string Encode(const StateEnd& m) {
  return Build<wire::StateEnd>([&](wire::StateEnd::Builder out) {
    out.setSnapshot(AsData(m.snapshot));
    out.setDigestLo(m.digest.lo);
    out.setDigestHi(m.digest.hi);
    out.setBytes(m.bytes);
    FillNumbers([&](unsigned n) { return out.initCounts(n); }, m.counts);
    out.setBatch(AsData(m.batch));
    out.setCallsSent(m.calls_sent);
    out.setCallsKnown(m.calls_known);
  });
}

absl::Status Decode(absl::string_view bytes, StateEnd* m) {
  return Read<wire::StateEnd>(bytes, [&](wire::StateEnd::Reader in) {
    m->snapshot = FromData(in.getSnapshot());
    m->digest = {in.getDigestLo(), in.getDigestHi()};
    m->bytes = in.getBytes();
    m->batch = FromData(in.getBatch());
    m->calls_sent = in.getCallsSent();
    m->calls_known = in.getCallsKnown();
    return TakeNumbers(in.getCounts(), kMaxCounts, &m->counts);
  });
}

std::string Encode(const Check& m) {
  return Build<wire::Check>([&](wire::Check::Builder out) {
    out.setLsn(m.lsn.value());
    FillNumbers([&](unsigned n) { return out.initCounts(n); }, m.counts);
    out.setWithDigest(m.digest.has_value());
    if (!m.digest) return;
    out.setDigestLo(m.digest->lo);
    out.setDigestHi(m.digest->hi);
  });
}

absl::Status Decode(absl::string_view bytes, Check* m) {
  return Read<wire::Check>(bytes, [&](wire::Check::Reader in) {
    m->lsn = Lsn(in.getLsn());
    m->digest.reset();
    if (in.getWithDigest()) m->digest = Hash128{in.getDigestLo(), in.getDigestHi()};
    return TakeNumbers(in.getCounts(), kMaxCounts, &m->counts);
  });
}

std::string Encode(const Suspects& m) {
  return Build<wire::Suspects>([&](wire::Suspects::Builder out) {
    FillNumbers([&](unsigned n) { return out.initFingerprints(n); }, m.fingerprints);
  });
}

absl::Status Decode(absl::string_view bytes, Suspects* m) {
  return Read<wire::Suspects>(bytes, [&](wire::Suspects::Reader in) {
    return TakeNumbers(in.getFingerprints(), kMaxFingerprints, &m->fingerprints);
  });
}

std::string Encode(const Register& m) {
  return Build<wire::Register>([&](wire::Register::Builder out) { Fill(out, m); });
}

absl::Status Decode(absl::string_view bytes, Register* m) {
  return Read<wire::Register>(bytes, [&](wire::Register::Reader in) { return Take(in, m); });
}

absl::string_view RefusalName(RefusalReason reason) {
  switch (reason) {
    case RefusalReason::kNotPrimary: return "not primary";
    case RefusalReason::kOtherCluster: return "of another cluster";
    case RefusalReason::kOtherVersion: return "of another version";
    case RefusalReason::kPromisedMore: return "promised a later epoch";
    case RefusalReason::kOtherSettings: return "other settings";
    case RefusalReason::kBusy: return "busy";
  }
  return "?";
}

}  // namespace understudy::replication
