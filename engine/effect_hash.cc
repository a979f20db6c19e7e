#include "engine/effect_hash.h"

#include <variant>

#include "base/siphash.h"

namespace understudy::engine {
namespace {

constexpr HashKey kEffectKey{0x6566666563747320, 0x6f6620616e20656e};

struct Folder {
  SipHasher& hasher;

  // A hash of each text, so that words stay whole.
  void Text(absl::string_view text) const { hasher.AddU64(SipHash64(kEffectKey, text)); }
  void operator()(const SendSip& send) const {
    hasher.AddU64(static_cast<uint64_t>(send.transport));
    hasher.AddU64(send.flow.value());
    hasher.Update({reinterpret_cast<const char*>(send.remote.ip().data()), send.remote.ip().size()});
    hasher.AddU64(send.remote.port());
    hasher.AddU64(send.transaction.value());
    Text(send.bytes.view());
    if (!send.local.empty()) Text(send.local.ToText());
    if (!send.domain.empty()) Text(send.domain.view());
  }
  void operator()(const CallProgress& progress) const {
    hasher.AddU64(progress.call.value());
    hasher.AddU64(static_cast<uint64_t>(progress.step));
    hasher.AddU64(static_cast<uint64_t>(progress.status));
    Text(progress.from);
    Text(progress.to);
  }
  void operator()(const RegistrationProgress& progress) const {
    hasher.AddU64(static_cast<uint64_t>(progress.step));
    Text(progress.number);
    Text(progress.contact);
  }
  void operator()(const SendClient& send) const {
    hasher.AddU64(send.link.value());
    hasher.AddU64(send.session.value());
    hasher.AddU64(send.frame.index());
    std::visit(*this, send.frame);
  }
  void operator()(const tlib::Attached& frame) const {
    hasher.AddU64(frame.session);
    hasher.AddU64(frame.token);
    hasher.AddU64(frame.last_request);
  }
  void operator()(const tlib::EventFrame& frame) const {
    hasher.AddU64(frame.number);
    hasher.AddU64(frame.reference_id.has_value());
    hasher.AddU64(static_cast<uint64_t>(frame.reference_id.value_or(0)));
    Text(frame.message.view());
  }
  void operator()(const CloseClient& close) const {
    hasher.AddU64(close.link.value());
    hasher.AddU64(static_cast<uint64_t>(close.goodbye.code));
    Text(close.goodbye.text);
  }
  void operator()(const SessionProgress& progress) const {
    hasher.AddU64(progress.session.value());
    hasher.AddU64(static_cast<uint64_t>(progress.step));
    hasher.AddU64(static_cast<uint64_t>(progress.code));
    Text(progress.application);
    Text(progress.address);
  }
  void operator()(const DeviceProgress& progress) const {
    hasher.AddU64(static_cast<uint64_t>(progress.step));
    hasher.AddU64(static_cast<uint64_t>(progress.status));
    Text(progress.number);
  }
  void operator()(const Locate& locate) const {
    hasher.AddU64(locate.name.value());
    hasher.AddU64(locate.query.port);
    hasher.AddU64(static_cast<uint64_t>(locate.query.transport));
    hasher.AddU64(locate.query.transport_open);
    hasher.AddU64(locate.query.secure);
    hasher.AddU64(locate.query.by_service);
    Text(locate.query.host);
  }
};

}  // namespace

uint64_t HashEffects(const Effects& effects) {
  SipHasher hasher(kEffectKey);
  for (const Effect& effect : effects.list) {
    hasher.AddU64(effect.index());
    std::visit(Folder{hasher}, effect);
  }
  for (CallId call : effects.calls) hasher.AddU64(call.value());
  return hasher.Finish();
}

}  // namespace understudy::engine
