// The calls of sipp's built-in uac and uas (INVITE, 180, 200, ACK, BYE, 200) as entries: for benchmarks, and to see
// what a row costs.
#ifndef UNDERSTUDY_ENGINE_BENCH_SIPP_CALLS_H_
#define UNDERSTUDY_ENGINE_BENCH_SIPP_CALLS_H_

#include <cstdint>
#include <deque>
#include <string>
#include <vector>

#include "absl/strings/string_view.h"
#include "engine/effect.h"
#include "engine/input.h"
#include "engine/input_codec.h"
#include "engine/state.h"

namespace understudy::engine {

class SippCalls {
 public:
  // A configuration with a Trunk on either side. One call every half millisecond from here on.
  SippCalls();

  // Six entries a call, in two halves.
  void SetUp();                   // the next call, until its ACK
  void Release();                 // the oldest call that is up
  void Run(int calls, int held);  // that many calls, `held` of them at once
  void Pass(Duration span);       // time goes by; an entry

  const std::vector<Entry>& entries() const { return entries_; }
  absl::string_view encoded(size_t i) const;  // aligned, as DecodeInput wants it
  const State& state() const { return state_; }

 private:
  struct Up {
    int number = 0;
    std::string to_tag;
  };

  const Effects& Append(Input input);
  const Effects& Say(const Endpoint& from, std::string text);

  State state_;
  Effects effects_;
  EngineTime now_;
  InputEncoder encoder_;
  std::vector<Entry> entries_;
  std::deque<std::string> texts_;
  std::vector<uint64_t> encoded_;
  std::vector<size_t> offsets_ = {0};
  std::deque<Up> up_;
  int next_call_ = 0;
};

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_BENCH_SIPP_CALLS_H_
