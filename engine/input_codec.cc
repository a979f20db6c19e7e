#include "engine/input_codec.h"

#include <algorithm>
#include <cstring>

#include "absl/strings/str_cat.h"
#include "base/check.h"
#include "base/feature_level.h"
#include "capnp/message.h"
#include "capnp/serialize.h"
#include "engine/archive.h"
#include "engine/input.capnp.h"
#include "sip/parse.h"
#include "tlib/message_codec.h"

namespace understudy::engine {
namespace {

constexpr size_t kFixedWords = 64;  // every alternative without its variable part
constexpr size_t kMaxInputWords = 1 << 20;

kj::ArrayPtr<const kj::byte> AsData(absl::string_view bytes) {
  return {reinterpret_cast<const kj::byte*>(bytes.data()), bytes.size()};
}

absl::string_view AsView(capnp::Data::Reader data) {
  return {reinterpret_cast<const char*>(data.begin()), data.size()};
}

uint64_t LoadHalf(const Endpoint::Ip& ip, size_t at) {
  uint64_t value = 0;
  for (size_t i = 0; i < 8; ++i) value = value << 8 | ip[at + i];
  return value;
}

void StoreHalf(uint64_t value, Endpoint::Ip* ip, size_t at) {
  for (size_t i = 0; i < 8; ++i) (*ip)[at + i] = static_cast<uint8_t>(value >> (56 - 8 * i));
}

void WriteEndpoint(const Endpoint& endpoint, wire::Endpoint::Builder out) {
  out.setIp({endpoint.ip().data(), endpoint.ip().size()});
  out.setPort(endpoint.port());
}

struct Writer {
  wire::Input::Builder out;

  void operator()(const EpochStart& input) {
    auto start = out.initEpochStart();
    start.setIdKey0(input.id_key.k0);
    start.setIdKey1(input.id_key.k1);
    start.setRedrawKey(input.redraw_key);
  }
  void operator()(const ConfigurationChanged& input) { out.setConfigurationChanged(AsData(SaveRow(input.change))); }
  void operator()(const SipReceived& input) {
    auto sip = out.initSipReceived();
    sip.setTransport(static_cast<uint8_t>(input.transport));
    sip.setFlow(input.flow.value());
    sip.setRemoteIpHigh(LoadHalf(input.remote.ip(), 0));
    sip.setRemoteIpLow(LoadHalf(input.remote.ip(), 8));
    sip.setRemotePort(input.remote.port());
    sip.setBytes(AsData(input.bytes));
    if (!input.authenticated.empty()) sip.setAuthenticated(AsData(input.authenticated));
    if (!input.local.empty()) WriteEndpoint(input.local, sip.initLocal());
  }
  void operator()(const FlowOpened& input) {
    auto flow = out.initFlowOpened();
    flow.setFlow(input.flow.value());
    flow.setTransport(static_cast<uint8_t>(input.transport));
    WriteEndpoint(input.remote, flow.initRemote());
  }
  void operator()(const FlowClosed& input) { out.setFlowClosed(input.flow.value()); }
  void operator()(const SendFailed& input) { out.setSendFailed(input.transaction.value()); }
  void operator()(const SendLost& input) {
    auto lost = out.initSendLost();
    lost.setTransaction(input.transaction.value());
    lost.setTooLate(input.too_late);
  }
  void operator()(const ClockAdvanced&) { out.setClockAdvanced(); }
  void operator()(const ServiceGap& input) { out.setServiceGap(input.gap.nanoseconds()); }
  void operator()(const IngressSummary& input) {
    auto counts = out.initIngressSummary(static_cast<unsigned>(input.counts.size()));
    for (unsigned i = 0; i < input.counts.size(); ++i) counts.set(i, input.counts[i]);
  }
  void operator()(const FeatureLevelRaised& input) { out.setFeatureLevelRaised(input.level); }
  void operator()(const ClientAttached& input) {
    auto attached = out.initClientAttached();
    attached.setLink(input.link.value());
    attached.setSession(input.attach.session);
    attached.setToken(input.attach.token);
    attached.setSeenEvent(input.attach.seen_event);
    attached.setApplication(input.application);
    attached.setAddress(input.address);
  }
  void operator()(const ClientRequested& input) {
    auto requested = out.initClientRequested();
    requested.setLink(input.link.value());
    requested.setNumber(input.request.number);
    requested.setMessage(AsData(tlib::EncodeMessage(input.request.message).view()));
  }
  void operator()(const ClientsAcknowledged& input) {
    auto rows = out.initClientsAcknowledged(static_cast<unsigned>(input.rows.size()));
    for (unsigned i = 0; i < input.rows.size(); ++i) {
      rows[i].setLink(input.rows[i].link.value());
      rows[i].setNumber(input.rows[i].number);
    }
  }
  void operator()(const ClientLinkLost& input) {
    auto lost = out.initClientLinkLost();
    lost.setLink(input.link.value());
    lost.setEnded(input.ended);
  }
  void operator()(const NamesResolved& input) { out.setNamesResolved(AsData(SaveRow(input))); }
};

size_t VariableBytes(const Input& input) {
  if (const auto* sip = std::get_if<SipReceived>(&input)) return sip->bytes.size() + sip->authenticated.size();
  if (const auto* change = std::get_if<ConfigurationChanged>(&input)) return SaveRow(change->change).size();
  if (const auto* resolved = std::get_if<NamesResolved>(&input)) return SaveRow(*resolved).size();
  if (const auto* summary = std::get_if<IngressSummary>(&input)) return summary->counts.size() * 8;
  if (const auto* attached = std::get_if<ClientAttached>(&input)) {
    return attached->application.size() + attached->address.size() + 2 * sizeof(uint64_t);
  }
  if (std::holds_alternative<ClientRequested>(input)) return tlib::kMaxFrame;
  if (const auto* acknowledged = std::get_if<ClientsAcknowledged>(&input)) {
    return (2 * acknowledged->rows.size() + 1) * sizeof(uint64_t);
  }
  return 0;
}

absl::Status Damaged(absl::string_view what) {
  return absl::InvalidArgumentError(absl::StrCat("journal entry: ", what));
}

absl::Status ReadEndpoint(wire::Endpoint::Reader in, Endpoint* out) {
  Endpoint::Ip ip{};
  const auto bytes = in.getIp();
  if (bytes.size() != ip.size()) return Damaged("address is not 16 bytes");
  std::copy(bytes.begin(), bytes.end(), ip.begin());
  *out = Endpoint(ip, in.getPort());
  return absl::OkStatus();
}

absl::Status ReadSip(wire::SipReceived::Reader in, SipReceived* out) {
  if (in.getTransport() >= kTransportCount) return Damaged("unknown transport");
  out->transport = static_cast<Transport>(in.getTransport());
  out->flow = FlowId(in.getFlow());
  Endpoint::Ip ip{};
  StoreHalf(in.getRemoteIpHigh(), &ip, 0);
  StoreHalf(in.getRemoteIpLow(), &ip, 8);
  out->remote = Endpoint(ip, in.getRemotePort());
  out->bytes = AsView(in.getBytes());
  out->authenticated = AsView(in.getAuthenticated());
  if (in.hasLocal()) {
    if (absl::Status s = ReadEndpoint(in.getLocal(), &out->local); !s.ok()) return s;
  }
  sip::ParseError error;
  if (!sip::ParseMessage(out->bytes, &out->message, &error)) return Damaged(absl::StrCat("SIP message: ", error.text));
  return absl::OkStatus();
}

absl::Status ReadFlow(wire::FlowOpened::Reader in, FlowOpened* out) {
  if (in.getTransport() >= kTransportCount) return Damaged("unknown transport");
  out->flow = FlowId(in.getFlow());
  out->transport = static_cast<Transport>(in.getTransport());
  return ReadEndpoint(in.getRemote(), &out->remote);
}

absl::Status ReadLevel(uint32_t level, FeatureLevelRaised* out) {
  out->level = level;
  if (level <= kFeatureLevel) return absl::OkStatus();
  return Damaged(absl::StrCat("feature level ", level, " begins here and this program knows ", kFeatureLevel,
                              ": stop, and start the version that wrote it, or a later one"));
}

void ReadAttached(wire::ClientAttached::Reader in, ClientAttached* out) {
  out->link = LinkId(in.getLink());
  out->attach = tlib::Attach{in.getSession(), in.getToken(), in.getSeenEvent()};
  out->application.assign(in.getApplication().cStr(), in.getApplication().size());
  out->address.assign(in.getAddress().cStr(), in.getAddress().size());
}

absl::Status ReadRequested(wire::ClientRequested::Reader in, ClientRequested* out) {
  out->link = LinkId(in.getLink());
  out->request.number = in.getNumber();
  absl::StatusOr<tlib::Message> message = tlib::DecodeMessage(AsView(in.getMessage()));
  if (!message.ok()) return Damaged(absl::StrCat("request of a client: ", message.status().message()));
  out->request.message = *std::move(message);
  return absl::OkStatus();
}

absl::Status ReadInput(wire::Input::Reader in, Input* input) {
  switch (in.which()) {
    case wire::Input::EPOCH_START: {
      const auto start = in.getEpochStart();
      *input = EpochStart{{start.getIdKey0(), start.getIdKey1()}, start.getRedrawKey()};
      return absl::OkStatus();
    }
    case wire::Input::CONFIGURATION_CHANGED: {
      auto& changed = input->emplace<ConfigurationChanged>();
      return LoadRow(AsView(in.getConfigurationChanged()), changed.change) ? absl::OkStatus()
                                                                           : Damaged("configuration");
    }
    case wire::Input::SIP_RECEIVED:
      return ReadSip(in.getSipReceived(), &input->emplace<SipReceived>());
    case wire::Input::FLOW_OPENED:
      return ReadFlow(in.getFlowOpened(), &input->emplace<FlowOpened>());
    case wire::Input::FLOW_CLOSED:
      *input = FlowClosed{FlowId(in.getFlowClosed())};
      return absl::OkStatus();
    case wire::Input::SEND_FAILED:
      *input = SendFailed{TransactionId(in.getSendFailed())};
      return absl::OkStatus();
    case wire::Input::CLOCK_ADVANCED:
      *input = ClockAdvanced{};
      return absl::OkStatus();
    case wire::Input::SERVICE_GAP:
      *input = ServiceGap{Duration::Nanoseconds(in.getServiceGap())};
      return absl::OkStatus();
    case wire::Input::INGRESS_SUMMARY: {
      auto& summary = input->emplace<IngressSummary>();
      for (uint64_t count : in.getIngressSummary()) summary.counts.push_back(count);
      return absl::OkStatus();
    }
    case wire::Input::FEATURE_LEVEL_RAISED:
      return ReadLevel(in.getFeatureLevelRaised(), &input->emplace<FeatureLevelRaised>());
    case wire::Input::CLIENT_ATTACHED:
      ReadAttached(in.getClientAttached(), &input->emplace<ClientAttached>());
      return absl::OkStatus();
    case wire::Input::CLIENT_REQUESTED:
      return ReadRequested(in.getClientRequested(), &input->emplace<ClientRequested>());
    case wire::Input::CLIENTS_ACKNOWLEDGED: {
      auto& acknowledged = input->emplace<ClientsAcknowledged>();
      for (auto row : in.getClientsAcknowledged()) {
        acknowledged.rows.push_back({LinkId(row.getLink()), row.getNumber()});
      }
      return absl::OkStatus();
    }
    case wire::Input::CLIENT_LINK_LOST:
      *input = ClientLinkLost{LinkId(in.getClientLinkLost().getLink()), in.getClientLinkLost().getEnded()};
      return absl::OkStatus();
    case wire::Input::NAMES_RESOLVED:
      return LoadRow(AsView(in.getNamesResolved()), input->emplace<NamesResolved>()) ? absl::OkStatus()
                                                                                     : Damaged("answer of DNS");
    case wire::Input::SEND_LOST:
      *input = SendLost{TransactionId(in.getSendLost().getTransaction()), in.getSendLost().getTooLate()};
      return absl::OkStatus();
  }
  return Damaged("an input of a later version: stop, and start the version that wrote it");
}

}  // namespace

InputEncoder::InputEncoder() : scratch_(kFixedWords + 8192, 0) {}
InputEncoder::~InputEncoder() = default;

absl::string_view InputEncoder::Encode(const Input& input) {
  const size_t words = kFixedWords + VariableBytes(input) / sizeof(uint64_t) + 1;
  if (scratch_.size() < words) scratch_.assign(words, 0);
  size_t used = 0;
  {
    capnp::MallocMessageBuilder builder(kj::arrayPtr(reinterpret_cast<capnp::word*>(scratch_.data()), scratch_.size()));
    std::visit(Writer{builder.initRoot<wire::Input>()}, input);
    const auto segments = builder.getSegmentsForOutput();
    US_CHECK_EQ(segments.size(), 1u);
    used = segments[0].size();
    encoded_.assign(reinterpret_cast<const char*>(segments[0].begin()), used * sizeof(uint64_t));
  }
  return encoded_;
}

uint16_t InputKind(const Input& input) {
  return static_cast<uint16_t>(input.index());
}

absl::string_view InputKindName(uint16_t kind) {
  constexpr absl::string_view kNames[] = {
      "epoch-start",          "configuration-changed", "sip-received",    "flow-opened",
      "flow-closed",          "send-failed",           "clock-advanced",  "service-gap",
      "ingress-summary",      "feature-level-raised",  "client-attached", "client-requested",
      "clients-acknowledged", "client-link-lost",      "names-resolved",  "send-lost"};
  static_assert(std::size(kNames) == std::variant_size_v<Input>);
  return kind < std::size(kNames) ? kNames[kind] : "unknown";
}

absl::Status DecodeInput(absl::string_view bytes, Input* input) {
  if (bytes.size() % sizeof(uint64_t) != 0 || reinterpret_cast<uintptr_t>(bytes.data()) % sizeof(uint64_t) != 0) {
    return Damaged("not aligned");
  }
  const kj::ArrayPtr<const capnp::word> segment(reinterpret_cast<const capnp::word*>(bytes.data()),
                                                bytes.size() / sizeof(uint64_t));
  const kj::ArrayPtr<const capnp::word> segments[] = {segment};
  capnp::ReaderOptions options;
  options.traversalLimitInWords = std::min(kMaxInputWords, 4 * segment.size() + kFixedWords);
  options.nestingLimit = 8;
  try {
    capnp::SegmentArrayMessageReader reader(segments, options);
    return ReadInput(reader.getRoot<wire::Input>(), input);
  } catch (const kj::Exception& exception) {
    return Damaged(exception.getDescription().cStr());
  }
}

}  // namespace understudy::engine
