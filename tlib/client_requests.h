// The requests of a client's session: which wait, which are on their way under which number, and whose outcome an event
// is.
//
// Towards the server a request's ReferenceID is our own id of it, which no other request has: applications may use one
// ReferenceID as often as they like, and still hear which request an event belongs to.
#ifndef UNDERSTUDY_TLIB_CLIENT_REQUESTS_H_
#define UNDERSTUDY_TLIB_CLIENT_REQUESTS_H_

#include <cstdint>
#include <deque>
#include <utility>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/types/optional.h"
#include "tlib/frame.h"
#include "tlib/message.h"

namespace understudy::tlib {

// Names a request of the application for as long as the client lives. 0: none.
using RequestId = uint64_t;

struct ClientRequest {
  RequestId id = 0;
  absl::optional<int64_t> reference_id;  // the application's own
  bool is_wish = false;                  // nobody waits: a registration made again in a new session
  Message message;
};

class ClientRequests {
 public:
  // Gives it its id; it is not sent before Queue.
  ClientRequest Make(Message message);
  void Queue(ClientRequest request) { waiting_.push_back(std::move(request)); }
  // In front of all that wait, in this order.
  void AddWishes(std::vector<Message> messages);

  // The next to send, if `window` lets it: first those to be repeated.
  absl::optional<RequestFrame> TakeNext(uint32_t window);
  // Attached: those above are to be sent again. False: no server that knows this session says that number.
  bool Resume(uint64_t last_request);
  // The session is gone: returns those of which nobody knows the outcome. Numbers begin anew; those never sent still
  // wait.
  std::vector<ClientRequest> Lose();

  // The request that this event is the outcome of: it is done. nullopt: done already, or not ours.
  absl::optional<ClientRequest> TakeDone(int64_t reference_id);

  size_t waiting() const { return waiting_.size(); }
  size_t under_way() const { return sent_.size(); }

 private:
  RequestFrame FrameOf(uint64_t number, const ClientRequest& request) const;

  RequestId last_id_ = 0;
  std::deque<ClientRequest> waiting_;
  absl::btree_map<uint64_t, ClientRequest> sent_;   // by number
  absl::btree_map<RequestId, uint64_t> number_of_;  // of those in sent_
  uint64_t last_number_ = 0;
  uint64_t last_done_ = 0;    // highest number whose outcome was seen
  uint64_t repeat_from_ = 0;  // numbers from there on are sent again; 0: none
};

}  // namespace understudy::tlib

#endif  // UNDERSTUDY_TLIB_CLIENT_REQUESTS_H_
