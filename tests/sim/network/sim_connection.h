// A TCP connection between the two simulated machines, as their kernels see it: what is in flight, what waits to be
// read, what is sent again, and how each end learns that there is no other.
//
//   auto connection = std::make_shared<SimConnection>(&wire, number, Duration::Seconds(10));
//   connection->Attach(0, user);                      // of a process on machine 0
//   bool all = connection->Write(0, &queue);          // what the window has room for leaves together
//   while (absl::optional<SimFrame> frame = connection->Read(1)) ...
//   connection->CloseSocket(0);                       // by the process, or by its kernel when it has died
//
// Frames are the unit: they arrive in order, once, and whole. A cut holds them back until it is mended and sent again,
// or until the sender's user timeout; a machine without power answers nothing, and one that does not know the
// connection resets it. One thread.
#ifndef UNDERSTUDY_TESTS_SIM_NETWORK_SIM_CONNECTION_H_
#define UNDERSTUDY_TESTS_SIM_NETWORK_SIM_CONNECTION_H_

#include <array>
#include <cstddef>
#include <cstdint>
#include <deque>
#include <memory>
#include <string>
#include <vector>

#include "absl/status/status.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "daemon/link/frame.h"
#include "tests/sim/virtual_time.h"

namespace understudy::sim {

inline constexpr size_t kPeerMachines = 2;

// Of one direction.
struct PathTraits {
  Duration latency = Duration::Microseconds(60);
  Duration jitter = Duration::Milliseconds(3);  // at most so much more, drawn for what leaves together
  int64_t bytes_a_second = int64_t{100} << 20;
  uint64_t loss = 0;  // of a thousand: comes with the first repetition, and what was sent later behind it
  size_t window = size_t{512} << 10;  // that the kernels keep for a process that does not read
};

// So often, since the world began.
struct PeerCounts {
  uint64_t connections = 0;
  uint64_t refused = 0;
  uint64_t lost_calls = 0;   // SYNs that nobody answered
  uint64_t resets = 0;       // seen by an end that was open, as the next
  uint64_t timeouts = 0;     // user timeouts
  uint64_t half_open = 0;    // ends that went and left the other without a word
  uint64_t found_out = 0;    // ends that found out by themselves, later, that there was no other
  uint64_t swizzled = 0;     // ends of connections that came after a newer one had opened
  uint64_t held = 0;         // packets that a cut held back
  uint64_t blocked = 0;      // writes that found the window full
  uint64_t frames = 0;       // that arrived, as the next
  uint64_t bytes = 0;
};

// The two machines and the way between them, for all connections.
struct PeerWire {
  PeerWire(EventQueue* its_events, const Chance& its_chance) : events(its_events), chance(its_chance) {}

  // Of what leaves `from` now.
  Duration Way(size_t from);
  bool cut(size_t from) const { return cuts[from] > 0; }

  EventQueue* const events;
  Chance chance;
  std::array<PathTraits, kPeerMachines> paths;
  std::array<Duration, kPeerMachines> more;  // at most, drawn as the jitter is
  std::array<int, kPeerMachines> cuts{};
  std::array<bool, kPeerMachines> power{true, true};
  std::array<uint64_t, kPeerMachines> newest{};  // connection that a process there has opened
  PeerCounts counts;
};

struct SimFrame {
  size_t bytes() const { return link::kFrameHeaderBytes + payload.size(); }

  uint16_t type = 0;
  std::shared_ptr<const void> owner;
  absl::string_view payload;
};

// A process with a socket. Called from events of the queue, whether the process runs or is stopped.
class SimSocketUser {
 public:
  virtual ~SimSocketUser() = default;
  virtual void OnArrival() = 0;  // there is something to read, the end included
  virtual void OnRoom() = 0;     // after a Write that did not take all
};

class SimConnection : public std::enable_shared_from_this<SimConnection> {
 public:
  // `wire` outlives it. A machine's end is named by the machine.
  SimConnection(PeerWire* wire, uint64_t number, Duration user_timeout);
  SimConnection(const SimConnection&) = delete;
  SimConnection& operator=(const SimConnection&) = delete;

  uint64_t number() const { return number_; }
  // Nobody has an end of it, and nothing is on its way.
  bool over() const;

  void Attach(size_t machine, SimSocketUser* user);
  // False: something is left in the queue.
  bool Write(size_t machine, std::deque<SimFrame>* queue);
  absl::optional<SimFrame> Read(size_t machine);
  // Why nothing more will come, when all was read; Ok: more may come.
  absl::Status ended(size_t machine) const;
  // Written bytes go nowhere any more, and this end knows.
  bool broken(size_t machine) const { return ends_[machine].state == State::kGone; }
  void CloseSocket(size_t machine);

  // ---- For the network.
  void LosePower(size_t machine);
  // Somebody between the two resets it: what is in flight is lost, and each end sees it when it does.
  void Break(const std::array<Duration, kPeerMachines>& seen_after);
  // A path was mended, or a machine has power again: what waits is sent again, when its kernel gets to it.
  void Mended();

 private:
  // kShut: no process has it, its kernel still sends what it was given.
  enum class State { kOpen, kShut, kGone };

  struct End {
    State state = State::kOpen;
    SimSocketUser* user = nullptr;
    std::deque<SimFrame> arrived;
    absl::Status ended;
  };
  struct Packet {
    std::vector<SimFrame> frames;
    bool last = false;  // FIN
    bool torn = false;  // within a frame
    Duration sent;
  };
  // From one machine to the other.
  struct Pipe {
    std::deque<Packet> held;
    size_t unread = 0;  // bytes that its kernels have
    Duration busy_until;
    Duration last_arrival;
    bool blocked = false;
    bool room_said = false;  // and that is on its way
    bool severed = false;
    Duration troubled_since;
    EventId timeout = 0;  // while something was not acknowledged
    EventId retry = 0;
  };

  static size_t Other(size_t machine) { return 1 - machine; }
  void Depart(size_t from, Packet packet);
  void Arrive(size_t from, Packet packet);
  void Land(size_t from, Packet packet);
  void Troubled(size_t from, Duration since);
  void Acknowledged(size_t from);
  void TimeOut(size_t from);
  void Retry(size_t from);
  void MakeRoom(size_t from);
  void AnswerWithReset(size_t to);
  void SendReset(size_t from);
  void SeeReset(size_t machine);
  void Finish(size_t machine, const absl::Status& why);
  void Forget(size_t from);
  void Notify(size_t machine);

  PeerWire* const wire_;
  const uint64_t number_;
  const Duration user_timeout_;
  std::array<End, kPeerMachines> ends_;
  std::array<Pipe, kPeerMachines> pipes_;
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_NETWORK_SIM_CONNECTION_H_
