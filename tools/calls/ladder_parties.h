// Who stands where in the ladder of a call. Each party has a column, and one more for each further place that its
// INVITE was sent to: the next Trunk, the next server (RFC 3263 4.3), the next contact. What goes on inside a dialog
// stays where the dialog began, wherever its requests are sent to.
#ifndef UNDERSTUDY_TOOLS_CALLS_LADDER_PARTIES_H_
#define UNDERSTUDY_TOOLS_CALLS_LADDER_PARTIES_H_

#include <cstddef>
#include <string>
#include <vector>

#include "absl/container/btree_map.h"
#include "absl/container/btree_set.h"
#include "absl/strings/string_view.h"
#include "absl/types/optional.h"
#include "engine/effect.h"
#include "engine/ids.h"
#include "engine/input.h"
#include "engine/state.h"
#include "sip/message.h"
#include "tools/calls/ladder.h"

namespace understudy::tools {

// Not thread-safe.
class LadderParties {
 public:
  struct Place {
    size_t party = 0;
    bool next = false;  // its INVITE went elsewhere before
  };

  // What an entry has made of the call, before its messages are placed. What is known of it stays when it ends.
  void Learn(const engine::State& state, const engine::Call& call);

  // nullopt: another call's message.
  absl::optional<size_t> OfReceived(const engine::SipReceived& received);
  absl::optional<Place> OfSent(const engine::SendSip& send, const sip::Message& message);

  // Whether the entry has sent a call of that Trunk or softswitch elsewhere.
  bool HasLeft(const std::string& device) const { return left_.contains(device); }

  const LadderParty& At(size_t party) const { return parties_[party]; }
  // As Ladder wants them.
  std::vector<LadderParty> Finish();

 private:
  struct Dialog {
    engine::LegId leg;
    std::string number;
    std::vector<size_t> places;  // of parties_, in the order in which they were reached
  };
  struct Leg {
    std::string sip_call_id;
    std::string device;
  };

  void LearnLeg(const engine::Leg& leg);
  Dialog* Find(absl::string_view sip_call_id);
  size_t Add(Dialog& dialog, std::string address);
  size_t PlaceAt(Dialog& dialog, const std::string& address, bool invite);

  engine::LegId originator_;
  std::string callee_;  // while none has been reached
  std::vector<LadderParty> parties_{1};
  absl::btree_map<std::string, Dialog> dialogs_;  // by Call-ID
  absl::btree_map<engine::LegId, Leg> legs_;
  absl::btree_map<std::string, size_t> branches_;  // of our requests: their responses are told by them
  absl::btree_set<std::string> left_;
};

}  // namespace understudy::tools

#endif  // UNDERSTUDY_TOOLS_CALLS_LADDER_PARTIES_H_
