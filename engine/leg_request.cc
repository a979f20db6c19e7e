#include "engine/leg_request.h"

#include <string>

#include "engine/client_transactions.h"
#include "engine/leg_message.h"
#include "engine/sip_ids.h"

namespace understudy::engine {

ClientTransaction& BeginNextRequest(Context& context, Leg& leg, sip::Method method, Purpose purpose) {
  ClientTransaction& row = BeginClient(context, method, LegHop(context, leg), purpose);
  row.call = leg.call;
  row.leg = leg.id;
  row.cseq = sip::NextLocalSequence(&leg.dialog);
  const std::string branch = MakeBranch(row.id, row.branch_mac);
  BeginLegRequest(context, leg, row.hop, sip::MethodName(method), branch, row.cseq, kMaxForwards);
  return row;
}

}  // namespace understudy::engine
