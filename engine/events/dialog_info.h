// The bodies of package dialog (RFC 4235 section 4): the calls of a DN as its phone has them.
//
// A leg of a call is a dialog. Call-ID and tags are told to phones of the DN itself only, which may take its calls
// (engine/replaces.h): whoever knows them can end a call, or send requests in it (RFC 4235 section 3.6). The tags are
// named from the phone's side: what the phone calls local is remote to us, so an INVITE with Replaces (RFC 3891) made
// from the document names a dialog of this server.
#ifndef UNDERSTUDY_ENGINE_EVENTS_DIALOG_INFO_H_
#define UNDERSTUDY_ENGINE_EVENTS_DIALOG_INFO_H_

#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/events/subscription.h"
#include "engine/state.h"

namespace understudy::engine {

// The dialogs that the DN's phones have now, of those calls: what a subscriber is told of.
void AppendDialogs(const State& state, const Call& call, absl::string_view number, std::vector<ToldDialog>* dialogs);

// What has become of dialogs of which somebody was told `told`: those that are over or in another phase now are no more
// in `now`, or stand there differently.
struct DialogDifference {
  std::vector<ToldDialog> changed;  // new ones, too
  std::vector<LegId> terminated;

  bool empty() const { return changed.empty() && terminated.empty(); }
};
DialogDifference DifferenceOf(const std::vector<ToldDialog>& told, const std::vector<ToldDialog>& now);

// A document that says all of `now`, or that says the difference only.
std::string FullDialogInfo(const State& state, const Subscription& subscription, const std::vector<ToldDialog>& now);
std::string PartialDialogInfo(const State& state, const Subscription& subscription, const DialogDifference& difference);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_EVENTS_DIALOG_INFO_H_
