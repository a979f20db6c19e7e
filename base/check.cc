#include "base/check.h"

#include <cstdio>
#include <cstdlib>

namespace understudy {
namespace {

void (*check_failed_hook)() = nullptr;

}  // namespace

void SetCheckFailedHook(void (*hook)()) { check_failed_hook = hook; }

void CheckFailed(const char* file, int line, const char* text) {
  std::fprintf(stderr, "%s:%d: check failed: %s\n", file, line, text);
  if (check_failed_hook != nullptr) check_failed_hook();
  std::abort();
}

}  // namespace understudy
