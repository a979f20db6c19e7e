#!/usr/bin/env python3
"""The pure rooms call nothing that differs from one run to the next: reads the undefined symbols of their archives.

Needs the plain build (bazel build //...); $UNDERSTUDY_BIN or bazel-bin is where it lies.
"""
import os
import re
import subprocess
import sys

PURE_ROOMS = ("base", "sip", "tlib", "engine", "replication")

FORBIDDEN = re.compile("|".join((
    r"^(clock_gettime|gettimeofday|time|ftime|times|clock|localtime(_r)?|mktime|nanosleep|usleep|sleep)$",
    r"^(s?rand|rand_r|s?random|[dlmejn]rand48|getrandom|getentropy|arc4random\w*)$",
    r"^(secure_)?getenv$",
    r"^pthread_(create|mutex_lock|cond_\w+|rwlock_\w+)$",
    r"^(socket|bind|listen|accept4?|connect|send|sendto|sendmm?sg|recv|recvfrom|recvmm?sg|poll|select|epoll_\w+)$",
    r"^(open|open64|openat|creat|fopen|fopen64|read|pread\w*|fsync|fdatasync|mmap|mmap64)$",
    r"^absl::(\w+::)*(Now|GetCurrentTimeNanos|SleepFor|AbslInternalSleepFor)\(",
    r"^absl::(\w+::)*(Mutex|CondVar|Notification|BitGen|RandenPool|RandomSeed)\w*",
    r"^std::(chrono::.*clock::now|random_device|thread|this_thread|condition_variable|(basic_)?[io]?fstream|basic_filebuf)",
)))


def forbidden(symbols):
    return sorted({symbol for symbol in symbols if FORBIDDEN.search(symbol)})


def undefined_symbols(archive):
    done = subprocess.run(["nm", "-uC", archive], capture_output=True, text=True, check=True)
    return [line.strip()[2:].strip() for line in done.stdout.splitlines() if line.strip().startswith("U ")]


def libraries(room):
    wanted = f'kind("cc_library rule", //{room}/...) - attr(testonly, 1, //{room}/...)'
    done = subprocess.run(["bazel", "query", "--noshow_progress", wanted], capture_output=True, text=True, check=True)
    return done.stdout.split()


def archive_of(label, bin_directory):
    package, _, name = label.removeprefix("//").partition(":")
    return os.path.join(bin_directory, package, f"lib{name}.a")


def check_room(room, bin_directory):
    wrong = []
    seen = 0
    for label in libraries(room):
        archive = archive_of(label, bin_directory)
        # A library of headers only has no archive; its users' archives show what it calls.
        if os.path.exists(archive):
            seen += 1
            wrong += [f"{label}: {symbol}" for symbol in forbidden(undefined_symbols(archive))]
    claim = f"{room} calls no clock, chance, thread, socket or file"
    if not seen:
        print(f"SKIP {claim}: no archive of it has been built")
        return True
    print(f"FAIL {claim}" if wrong else f"PASS {claim} ({seen} archives)")
    for line in wrong:
        print(f"    {line}")
    return not wrong


def check_the_check():
    wrong = ["clock_gettime", "rand", "getenv", "sendmsg", "absl::lts_20220623::Now()", "pthread_create",
             "std::chrono::_V2::steady_clock::now()", "std::random_device::_M_getval()"]
    fine = ["memcpy", "absl::lts_20220623::Time", "timegm", "send_reply", "engine::Reader::read(int)"]
    good = forbidden(wrong) == sorted(wrong) and not forbidden(fine)
    print(("PASS" if good else "FAIL") + " a call of a clock is noticed")
    return good


def main():
    bin_directory = os.environ.get("UNDERSTUDY_BIN", "bazel-bin")
    good = check_the_check()
    for room in PURE_ROOMS:
        if os.path.exists(f"{room}/BUILD.bazel"):
            good &= check_room(room, bin_directory)
    return 0 if good else 1


if __name__ == "__main__":
    sys.exit(main())
