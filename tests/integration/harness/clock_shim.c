/* Clocks of a test's choice, preloaded into the server: the file $CLOCK_SHIM holds two 64-bit numbers of nanoseconds,
 * which are added to the wall clock and to the clocks that count from the start of the machine. The file is mapped, so
 * the test may step the wall clock of a running server. */
#define _GNU_SOURCE
#include <dlfcn.h>
#include <fcntl.h>
#include <stdint.h>
#include <stdlib.h>
#include <sys/mman.h>
#include <sys/time.h>
#include <time.h>

static volatile int64_t none[2];
static volatile int64_t* offsets = none;
static int (*real_clock_gettime)(clockid_t, struct timespec*);

__attribute__((constructor)) static void Prepare(void) {
  const char* path = getenv("CLOCK_SHIM");
  const int file = path ? open(path, O_RDONLY | O_CLOEXEC) : -1;
  void* map = file < 0 ? MAP_FAILED : mmap(0, 16, PROT_READ, MAP_SHARED, file, 0);
  if (map != MAP_FAILED) offsets = map;
}

static void Shift(struct timespec* time, int64_t offset) {
  const int64_t all = time->tv_sec * INT64_C(1000000000) + time->tv_nsec + offset;
  time->tv_sec = all / 1000000000;
  time->tv_nsec = all % 1000000000;
}

int clock_gettime(clockid_t clock, struct timespec* time) {
  if (!real_clock_gettime) real_clock_gettime = dlsym(RTLD_NEXT, "clock_gettime");
  const int result = real_clock_gettime(clock, time);
  if (clock == CLOCK_REALTIME || clock == CLOCK_REALTIME_COARSE) Shift(time, offsets[0]);
  if (clock == CLOCK_BOOTTIME || clock == CLOCK_MONOTONIC || clock == CLOCK_MONOTONIC_COARSE) Shift(time, offsets[1]);
  return result;
}

int gettimeofday(struct timeval* restrict time, void* restrict zone) {
  struct timespec now;
  (void)zone;
  clock_gettime(CLOCK_REALTIME, &now);
  time->tv_sec = now.tv_sec;
  time->tv_usec = now.tv_nsec / 1000;
  return 0;
}

time_t time(time_t* out) {
  struct timespec now;
  clock_gettime(CLOCK_REALTIME, &now);
  if (out) *out = now.tv_sec;
  return now.tv_sec;
}
