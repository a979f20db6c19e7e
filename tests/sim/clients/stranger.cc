#include "tests/sim/clients/stranger.h"

#include <array>
#include <utility>
#include <variant>

#include "absl/strings/str_cat.h"
#include "tests/sim/clients/frame_text.h"
#include "tests/sim/network/client_password.h"

namespace understudy::sim {
namespace {

constexpr Duration kShortestPause = Duration::Milliseconds(200);
constexpr Duration kLongestPause = Duration::Seconds(9);

// What a link ends with for reasons that are not the stranger's.
bool IsOfTheNode(tlib::ErrorCode code) {
  return code == tlib::ErrorCode::kServiceUnavailable || code == tlib::ErrorCode::kVersion;
}

}  // namespace

Stranger::Stranger(uint64_t clients, EventQueue* events, ClientNetwork* network, const Chance& chance,
                   OnViolated on_violated)
    : clients_(clients), events_(events), network_(network), chance_(chance), on_violated_(std::move(on_violated)) {}

void Stranger::TrySoon() {
  events_->After(chance_.Skewed(kShortestPause, kLongestPause), [this] {
    if (!acts_on_) return;
    const uint64_t link = network_->Connect(this, chance_.Below(ClientNetwork::kMachines));
    links_[link].name = absl::StrCat("c", chance_.Between(int64_t{1}, static_cast<int64_t>(clients_)));
    TrySoon();
  });
}

void Stranger::LinkOpened(uint64_t name) {
  const auto link = links_.find(name);
  if (link == links_.end()) return;
  const std::array<std::string, 3> passwords = {"", PasswordOf("nobody"), PasswordOf(link->second.name) + " "};
  tlib::Hello hello;
  hello.application = link->second.name;
  hello.password = chance_.Pick(passwords);
  std::string octets;
  tlib::AppendFrame(hello, &octets);
  if (chance_.OneIn(2)) tlib::AppendFrame(tlib::Attach{}, &octets);
  tlib::Message request(tlib::MessageType::kRequestRegisterAll);
  request.Set(tlib::Attribute::kReferenceID, 1);
  if (chance_.OneIn(2)) tlib::AppendFrame(tlib::RequestFrame{1, request}, &octets);
  network_->Send(name, octets);
}

void Stranger::LinkOctets(uint64_t name, absl::string_view octets) {
  Link& link = links_.at(name);
  link.reader.Push(octets);
  for (;;) {
    absl::StatusOr<absl::optional<tlib::Frame>> frame = link.reader.Next();
    if (!frame.ok()) return on_violated_(absl::StrCat("a stranger hears ", frame.status().message()));
    if (!frame->has_value()) return;
    Hear(link.name, **frame);
  }
}

void Stranger::Hear(const std::string& name, const tlib::Frame& frame) {
  const auto* const goodbye = std::get_if<tlib::Goodbye>(&frame);
  if (goodbye != nullptr && goodbye->code == tlib::ErrorCode::kInvalidPassword) {
    ++refused_;
    return;
  }
  if (goodbye != nullptr && IsOfTheNode(goodbye->code)) return;
  on_violated_(absl::StrCat("who says Hello as ", name, " with a wrong password hears ", FrameText(frame)));
}

}  // namespace understudy::sim
