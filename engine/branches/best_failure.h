// Which of several failures the caller hears (RFC 3261 16.7, step 6). Pure.
#ifndef UNDERSTUDY_ENGINE_BRANCHES_BEST_FAILURE_H_
#define UNDERSTUDY_ENGINE_BRANCHES_BEST_FAILURE_H_

namespace understudy::engine {

// Whether `status` says more than `other`: a 6xx before all, then the lowest class, in it what may be tried otherwise,
// and what says least (408 of a silence of 32 s, 503) last. Of two alike the first counts. `other` may be 0: none.
bool IsBetterFailure(int status, int other);

}  // namespace understudy::engine

#endif  // UNDERSTUDY_ENGINE_BRANCHES_BEST_FAILURE_H_
