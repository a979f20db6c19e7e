// What a frame costs on loopback: small frames and 256 KiB batches from one thread to another, each acknowledged by a
// small frame the other way.
//
//   bazel run //daemon/link:link_bench
#include <sys/resource.h>

#include <cstdio>
#include <memory>
#include <string>
#include <thread>
#include <utility>

#include "absl/status/statusor.h"
#include "daemon/link/frame_dialer.h"
#include "daemon/link/frame_listener.h"
#include "daemon/net/io_loop.h"

namespace understudy::link {
namespace {

constexpr uint16_t kData = 1;
constexpr uint16_t kAck = 2;

struct Load {
  const char* name;
  size_t bytes;
  int frames;
  int window;  // on their way
};

double Seconds(Duration duration) {
  return static_cast<double>(duration.nanoseconds()) / 1e9;
}

void Echo(net::IoLoop* loop, std::shared_ptr<FrameLink>* link) {
  (*link)->SetEvents({.frame = [link](uint16_t, absl::string_view) { (*link)->Send(kAck, "12345678"); },
                      .closed = [loop](const absl::Status&) { loop->Stop(); }});
}

void Measure(net::IoLoop* loop, FrameLink* link, const Load& load) {
  const auto payload = std::make_shared<const std::string>(load.bytes, 'x');
  int sent = 0;
  int acknowledged = 0;
  const auto fill = [&] {
    for (; sent < load.frames && sent < acknowledged + load.window; ++sent) link->SendShared(kData, payload, *payload);
  };
  link->SetEvents({.frame = [&](uint16_t, absl::string_view) { ++acknowledged, fill(); }});
  const LinkCounters before = link->Counters();
  const net::MonotonicTime start = net::MonotonicNow();
  fill();
  while (acknowledged < load.frames) loop->RunTurn(Duration::Seconds(1));
  const double seconds = Seconds(net::MonotonicNow() - start);
  const LinkCounters after = link->Counters();
  std::printf("%-24s %9.0f frames/s %8.0f MB/s   %5.2f writes and %5.2f reads a hundred frames\n", load.name,
              load.frames / seconds, static_cast<double>(load.bytes) * load.frames / seconds / 1e6,
              100.0 * static_cast<double>(after.writes - before.writes) / load.frames,
              100.0 * static_cast<double>(after.reads - before.reads) / load.frames);
}

int Main() {
  net::IoLoop far;
  std::shared_ptr<FrameLink> far_link;
  FrameListener listener(&far, LinkOptions(), FrameListener::Options(),
                         {.accepted = [&](std::shared_ptr<FrameLink> link) {
                           far_link = std::move(link);
                           Echo(&far, &far_link);
                         }});
  const absl::StatusOr<Endpoint> at = listener.Listen(Endpoint::V4(127, 0, 0, 1, 0));
  if (!at.ok()) return 1;
  std::thread thread([&] { far.Run(); });
  net::IoLoop near;
  std::shared_ptr<FrameLink> link;
  FrameDialer dialer(&near, LinkOptions());
  dialer.Dial(*at, Endpoint(), [&](absl::StatusOr<std::shared_ptr<FrameLink>> made) { link = made.value_or(nullptr); });
  while (dialer.is_dialing()) near.RunTurn(Duration::Seconds(1));
  if (link != nullptr) {
    Measure(&near, link.get(), {"100 bytes, window 1", 100, 50000, 1});
    Measure(&near, link.get(), {"100 bytes, window 1000", 100, 1000000, 1000});
    Measure(&near, link.get(), {"256 KiB, window 8", 256 << 10, 10000, 8});
    link->Close(absl::OkStatus());
  }
  thread.join();
  return link == nullptr;
}

}  // namespace
}  // namespace understudy::link

int main() {
  return understudy::link::Main();
}
