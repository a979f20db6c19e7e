// An engine that is checked after every entry: what a test drives instead of a bare State.
//
//   CheckedEngine engine;
//   const engine::Effects& effects = engine.Apply(input);
//   EXPECT_THAT(engine.faults(), testing::IsEmpty());
//
// Beside the state stands a replica that lives on encoded inputs and is saved and loaded after each of them, so a
// fact that the state holds outside its fields, or a lookup that is not rebuilt, makes the two differ.
#ifndef UNDERSTUDY_TESTS_SCENARIOS_CHECKED_ENGINE_H_
#define UNDERSTUDY_TESTS_SCENARIOS_CHECKED_ENGINE_H_

#include <cstdint>
#include <functional>
#include <map>
#include <string>
#include <vector>

#include "base/time.h"
#include "engine/apply.h"
#include "engine/effect.h"
#include "engine/input.h"
#include "engine/input_codec.h"
#include "engine/state.h"

namespace understudy::tests {

class CheckedEngine {
 public:
  // At the feature level that this program gives a new journal.
  CheckedEngine();

  // The effects stay valid until the next call.
  const engine::Effects& Apply(engine::Input input);

  // Time passes between entries only. Applies no timer: see NextDeadline of the state.
  void Advance(Duration span) { now_ = now_ + span; }
  void AdvanceTo(EngineTime time) { now_ = time; }
  // As the sequencer does: an entry at each deadline until `span` is over, which `apply` applies.
  void Pass(Duration span, const std::function<void(engine::ClockAdvanced)>& apply);
  EngineTime now() const { return now_; }

  // Of both states, as if an older program had written the journal so far.
  void SetFeatureLevel(uint32_t level) { state_.feature_level = replica_.feature_level = level; }

  void NextEpoch() { epoch_ = epoch_.Next(); }
  Epoch epoch() const { return epoch_; }

  const engine::State& state() const { return state_; }

  // Everything that was found wrong so far, each with the lsn.
  const std::vector<std::string>& faults() const { return faults_; }

 private:
  void Fault(std::string text);
  void Replay(const engine::Entry& entry, uint64_t hash);
  void CheckSnapshot();
  void CheckTimers();
  void CheckRows();
  void CheckUpdates(engine::LegId leg, engine::TransactionId received, engine::TransactionId sent);
  void CheckEarly(const engine::Leg& leg);
  void CheckDevices();
  void CheckSessions();
  void CheckLegs();
  void CheckMessages();
  void CheckProgress();

  engine::State state_;
  engine::State replica_;
  engine::Effects effects_;
  engine::InputEncoder encoder_;
  std::vector<uint64_t> encoded_;
  Epoch epoch_;
  EngineTime now_;
  std::map<engine::CallId, engine::CallProgress::Step> progress_;  // the last step of every call
  std::vector<std::string> faults_;
};

}  // namespace understudy::tests

#endif  // UNDERSTUDY_TESTS_SCENARIOS_CHECKED_ENGINE_H_
