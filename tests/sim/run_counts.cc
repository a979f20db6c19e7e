#include "tests/sim/run.h"

namespace understudy::sim {

void RunCounts::Add(const RunCounts& other) {
  virtual_us += other.virtual_us;
  events += other.events;
  calls += other.calls;
  answered += other.answered;
  settled += other.settled;
  messages += other.messages;
  entries += other.entries;
  released += other.released;
  role_changes += other.role_changes;
  epochs += other.epochs;
  spared += other.spared;
  sessions += other.sessions;
  requests += other.requests;
  outcomes += other.outcomes;
  heard += other.heard;
  acknowledgements += other.acknowledgements;
}

}  // namespace understudy::sim
