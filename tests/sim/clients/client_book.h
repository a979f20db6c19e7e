// What all simulated clients have said and heard, link by link, and what must hold of it whatever goes wrong. It reads
// the frames themselves, so it sees what the clients' library does not show, and has rules of its own for that, too.
//
//   ClientBook book(options, [&](absl::string_view text) { ... }, &events);
//   book.Opened(client, link);                        // a link; names above 0, never used again
//   book.Said(link, frame);  book.Heard(link, frame);
//   book.Dead(link);                                  // the server can hear nothing more over it
//   book.AtEnd([&](uint64_t conn_id) { ... });        // everything is at rest, and everybody is linked
//
// The rules, of each session:
//   * Attached is of the session that was asked for, with its token; a new session is one that never was;
//   * over a link events are numbered on from the one that Attach named; an event that comes again is the same octet by
//     octet; a client asks for none again that it has;
//   * requests are numbered from 1, and said again as they were; Attached names none as applied that was never said, no
//     fewer than it did before, and at least all whose outcome was heard;
//   * each request has exactly one outcome (request_book.h), which is of the call that it must be of;
//   * what a client does not want to hear (RequestSetInputMask) does not come, but as an outcome of its own;
//   * EventSequenceNumber rises from event to event; of one call (CallUUID) there is one ConnID;
//   * what is heard of DNs and calls is all that must be, and nothing else (dn_view.h, event_ledger.h);
//   * it ends for a stated reason only: the client said so, it had no link for session-timeout, or it was slow.
// One thread, virtual time.
#ifndef UNDERSTUDY_TESTS_SIM_CLIENTS_CLIENT_BOOK_H_
#define UNDERSTUDY_TESTS_SIM_CLIENTS_CLIENT_BOOK_H_

#include <algorithm>
#include <cstdint>
#include <deque>
#include <functional>
#include <map>
#include <set>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "base/time.h"
#include "tests/sim/clients/dn_view.h"
#include "tests/sim/clients/event_ledger.h"
#include "tests/sim/clients/request_book.h"
#include "tests/sim/virtual_time.h"
#include "tlib/frame.h"

namespace understudy::sim {

struct ClientBookOptions {
  Duration session_timeout = Duration::Seconds(60);
  uint64_t queue_events = 10000;
};

// A session as its client knows it.
struct SessionRecord {
  uint64_t id = 0;
  uint64_t token = 0;
  std::string client;
  struct HeardEvent {
    uint64_t hash = 0;
    uint64_t sequence = 0;
  };
  std::vector<HeardEvent> events;                 // number n at n - 1
  std::set<uint64_t> sequences;                   // of them
  uint64_t last_applied = 0;                      // as Attached said
  std::map<std::string, Duration> registered_at;  // when it has heard so, by DN
  Masks masks;
  RequestBook requests;
  DnView view;
  uint64_t link = 0;     // that it goes over; 0: none, or a dead one
  Duration alone_since;  // without a link that the server could hear
  Duration patience;     // of the server's, from then on
  uint64_t taken = 0;    // number of the last event that the server must know to have been heard
  bool left = false;     // its client has said Goodbye, or forgotten it
  bool over = false;

  uint64_t heard() const { return events.size(); }
  uint64_t last_sequence() const { return events.empty() ? 0 : events.back().sequence; }
};

struct ClientCounts {
  uint64_t links = 0;
  uint64_t sessions = 0;
  uint64_t resumed = 0;
  uint64_t ended = 0;     // and taken notice of by the client
  uint64_t events = 0;    // new ones
  uint64_t repeated = 0;  // events that came again
  uint64_t late = 0;      // events that others had heard before their client was back
  uint64_t requests = 0;
  uint64_t outcomes = 0;
  uint64_t refusals = 0;    // of them, EventError
  uint64_t said_again = 0;  // requests
  uint64_t calls = 0;       // that RequestMakeCall began
  uint64_t consults = 0;    // and the requests that begin a consult call
  uint64_t transfers = 0;   // outcomes, as all that follow
  uint64_t conferences = 0;
  uint64_t redirects = 0;
  uint64_t alternates = 0;  // and Reconnect
  uint64_t digits = 0;
  uint64_t features = 0;  // DND and forwarding
  uint64_t masks = 0;
  uint64_t taken_over = 0;       // sessions that another link had by the server
  uint64_t slow = 0;             // links that ended because their client was slow
  uint64_t applied_unheard = 0;  // requests that were applied, and whose outcome was lost with a link
  uint64_t violations = 0;
};

class ClientBook {
 public:
  using OnViolated = std::function<void(absl::string_view)>;

  ClientBook(ClientBookOptions options, OnViolated on_violated, EventQueue* events)
      : options_(options), on_violated_(std::move(on_violated)), events_(events) {}

  void Opened(absl::string_view client, uint64_t link);
  void Said(uint64_t link, const tlib::Frame& frame);
  void Heard(uint64_t link, const tlib::Frame& frame);
  void Dead(uint64_t link);
  // Whoever forgets its session leaves it to session-timeout.
  void NoteForgotten(absl::string_view client);
  // A node begins to serve: to it no link of before is a session's.
  void NoteReign();
  // The server has numbered so many events: some that nobody has heard may fill a queue.
  void NoteSequence(uint64_t sequence) { last_sequence_ = std::max(last_sequence_, sequence); }
  // A server's clock was wrong: sessions of before may have ended too early.
  void NoteLostTime() { lost_time_at_ = now(); }
  // `goes_on`: whether the server has that call still.
  void AtEnd(const std::function<bool(uint64_t conn_id)>& goes_on);

  // Sees each frame as it is said or heard.
  using Trace = std::function<void(absl::string_view client, uint64_t link, bool heard, const tlib::Frame& frame)>;
  void SetTrace(Trace trace) { trace_ = std::move(trace); }

  // nullptr: never was.
  const SessionRecord* Find(uint64_t session) const;
  // The session that this client goes on with; nullptr: none.
  SessionRecord* SessionOf(absl::string_view client);
  const EventLedger& ledger() const { return ledger_; }
  const ClientCounts& counts() const { return counts_; }
  const std::map<uint64_t, SessionRecord>& sessions() const { return sessions_; }

 private:
  struct Acknowledged {
    Duration at;
    uint64_t number = 0;
  };
  struct LinkRecord {
    std::string client;
    absl::optional<tlib::Attach> attach;  // said last
    uint64_t session = 0;                 // Attached
    uint64_t next = 0;                    // number of the next event
    std::deque<Acknowledged> acknowledged;
    uint64_t attached_in = 0;  // reign
    uint64_t resumed_at = 0;   // the last sequence number that anybody had heard when it went on with its session
    absl::optional<Duration> dead_since;
  };

  void SaidAttach(LinkRecord& link, const tlib::Attach& attach);
  void SaidRequest(LinkRecord& link, const tlib::RequestFrame& request);
  void HeardAttached(uint64_t name, LinkRecord& link, const tlib::Attached& attached);
  void Begin(LinkRecord& link, const tlib::Attached& attached);
  void Resume(LinkRecord& link, const tlib::Attached& attached);
  void HeardEvent(LinkRecord& link, const tlib::EventFrame& frame);
  void TakeEvent(SessionRecord& session, const tlib::EventFrame& frame);
  void TakeOutcome(SessionRecord& session, const tlib::Message& event, const tlib::EventFrame& frame);
  void Count(const tlib::Message& event, tlib::MessageType asked);
  static void Note(SessionRecord& session, const tlib::Message& request);
  static std::string WrongCall(const SessionRecord& session, const tlib::Message& event);
  void HeardGoodbye(LinkRecord& link, const tlib::Goodbye& goodbye);
  // Why the session of that link may end with the code; false: for no reason.
  bool MayEnd(const LinkRecord& link, const SessionRecord& session) const;
  bool MayBeFull(const LinkRecord& link, const SessionRecord& session) const;
  uint64_t TakenOver(const LinkRecord& link) const;
  void LeaveAlone(SessionRecord& session, Duration since);
  void CheckIds(const SessionRecord& session, const tlib::Message& event);
  void CheckSpans(const SessionRecord& session, uint64_t end);
  void CheckOpen(const SessionRecord& session, const std::function<bool(uint64_t conn_id)>& goes_on);
  void Violated(absl::string_view client, uint64_t session, absl::string_view what);
  Duration now() const { return events_->now(); }

  const ClientBookOptions options_;
  const OnViolated on_violated_;
  EventQueue* const events_;
  std::map<uint64_t, LinkRecord> links_;
  std::map<uint64_t, SessionRecord> sessions_;
  std::map<std::string, uint64_t, std::less<>> session_of_;
  std::map<std::string, uint64_t> conn_id_of_;  // by CallUUID
  std::map<uint64_t, std::string> uuid_of_;     // the other way round
  EventLedger ledger_;
  ClientCounts counts_;
  Trace trace_;
  uint64_t last_sequence_ = 0;
  uint64_t reign_ = 0;
  Duration reigns_since_;
  Duration lost_time_at_ = Duration::Seconds(-1);
};

}  // namespace understudy::sim

#endif  // UNDERSTUDY_TESTS_SIM_CLIENTS_CLIENT_BOOK_H_
