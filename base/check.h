// Assertions that stay on in release builds. A failed CHECK is our own mistake: the process says where and
// aborts before the entry at hand is appended.
//
//   US_CHECK(call != nullptr);
//   US_CHECK_EQ(entry.lsn, state.lsn.Next());
#ifndef UNDERSTUDY_BASE_CHECK_H_
#define UNDERSTUDY_BASE_CHECK_H_

namespace understudy {

// Prints "file:line: check failed: text" to standard error, calls the hook if there is one, and aborts.
[[noreturn]] void CheckFailed(const char* file, int line, const char* text);

// Called once by a failing CHECK before the abort. Must be async-signal-safe. Not thread-safe to set.
void SetCheckFailedHook(void (*hook)());

}  // namespace understudy

#define US_CHECK(condition) \
  (static_cast<bool>(condition) ? static_cast<void>(0) \
                                : ::understudy::CheckFailed(__FILE__, __LINE__, #condition))
#define US_CHECK_EQ(a, b) US_CHECK((a) == (b))
#define US_CHECK_NE(a, b) US_CHECK((a) != (b))
#define US_CHECK_LT(a, b) US_CHECK((a) < (b))
#define US_CHECK_LE(a, b) US_CHECK((a) <= (b))
#define US_CHECK_GT(a, b) US_CHECK((a) > (b))
#define US_CHECK_GE(a, b) US_CHECK((a) >= (b))

#endif  // UNDERSTUDY_BASE_CHECK_H_
