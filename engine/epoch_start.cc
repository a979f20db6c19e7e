// A new reign: every connection of the last one died with its process.
//
// Over a stream nothing is repeated, so whatever had not left its socket is lost. What nobody has answered goes out
// once more, by address: our requests, for a repeated request has its last answer repeated (17.2.1, 17.2.2), and what
// we last answered to requests that are still open. Where nobody can be reached, a request fails as any other.
#include <algorithm>
#include <vector>

#include "engine/call_handlers.h"
#include "engine/client_transactions.h"
#include "engine/cti/sessions.h"
#include "engine/locate/names.h"

namespace understudy::engine {
namespace {

// As Touch, for thousands.
void TouchAll(Context& context, std::vector<CallId> calls) {
  std::sort(calls.begin(), calls.end());
  calls.erase(std::unique(calls.begin(), calls.end()), calls.end());
  for (CallId call : calls) {
    if (!call.empty()) context.effects.calls.push_back(call);
  }
}

void SayAgainOverStreams(Context& context) {
  std::vector<CallId> calls;
  for (const auto& [id, row] : context.state.transactions.servers()) {
    if (!IsReliable(row->hop.transport) || row->response.empty()) continue;
    calls.push_back(CallOf(context.state, row->leg, row->call));
    Send(context, row->hop, row->response);
  }
  for (const auto& [id, listed] : context.state.transactions.clients()) {
    if (!IsReliable(listed->hop.transport) || listed->attempt.waits) continue;
    ClientTransaction& row = *context.state.transactions.FindClient(id);
    calls.push_back(CallOf(context.state, row.leg, row.call));
    SayAgain(context, row);
  }
  TouchAll(context, std::move(calls));
}

}  // namespace

void OnEpochStart(Context& context, const EpochStart& start) {
  State& state = context.state;
  if (state.lookup_key_0 == 0 && state.lookup_key_1 == 0) {
    state.lookup_key_0 = start.id_key.k0;
    state.lookup_key_1 = start.id_key.k1;
  }
  if (start.redraw_key || (state.id_key_0 == 0 && state.id_key_1 == 0)) {
    state.id_key_0 = start.id_key.k0;
    state.id_key_1 = start.id_key.k1;
  }
  state.flows.clear();
  ForgetLinks(context);
  SayAgainOverStreams(context);
  AskAgain(context);
}

}  // namespace understudy::engine
