#!/usr/bin/env python3
"""Calls a second that a server completes when twice as many are offered as it can do, over the most that it can do.

    bazel build //daemon:understudyd
    tests/bench/overload.py                     a fifth of a core, some 4 minutes: the table of docs/performance.md
    tests/bench/overload.py --cores 1 --factors 2 4
    tests/bench/overload.py --without           the same with overload-delay 0, to see what it is good for

The server is held to its share by a control group (run as root); both sipps have the other core. First the highest rate
is looked for: the most calls a second that were completed in any run, whatever was offered. Then the server gets a multiple
of it. A call is INVITE 100 180 200 ACK, half a second, BYE 200; a refused one INVITE 503 ACK.
"""
import argparse
import os
import shutil
import sys
import tempfile
import time

import procfs
from compare import ROOT, pinned
from load import Load
from servers import ServerError, Understudy, free_port

sys.path.insert(0, os.path.join(ROOT, "tests/integration"))
from harness.cgroup import CpuQuota  # noqa: E402

CALLER, CALLEE = (os.path.join(ROOT, f"tests/integration/harness/overload_{side}.xml") for side in ("caller", "callee"))
HOLD_MS = 500
ALL_SHARE = 0.97  # of the offered calls completed: the server could do it
STEP = 1.5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--cores", type=float, default=0.2, help="what the server gets")
    parser.add_argument("--factors", nargs="+", type=float, default=[2.0], help="times the highest rate")
    parser.add_argument("--seconds", type=int, default=20, help="of a run that counts")
    parser.add_argument("--search-seconds", type=int, default=8)
    parser.add_argument("--start", type=int, default=400, help="first rate of the search")
    parser.add_argument("--without", action="store_true", help="the server refuses nothing")
    parser.add_argument("--delay", default="100ms", help="overload-delay")
    parser.add_argument("--binary", default=os.path.join(ROOT, "bazel-bin/daemon/understudyd"))
    parser.add_argument("--directory", default="/var/tmp")
    parser.add_argument("--keep", action="store_true")
    return parser.parse_args()


class Bench:
    def __init__(self, args, quota, directory):
        self.args, self.quota, self.directory = args, quota, directory
        on_server, on_load = (pinned(core, 0) for core in procfs.allowed_cpus()[:2])
        self.start_server = [*on_server, *quota.wrapper()]
        self.load = Load(os.path.join(directory, "sipp"), on_load)
        self.made = 0

    def run(self, rate, seconds):
        """A fresh server; figures of the middle of the run, when it has settled, and of what became of each call."""
        self.made += 1
        server = Understudy(os.path.join(self.directory, f"server-{self.made}"), self.start_server, self.args.binary)
        port, caller_port, callee_port = (free_port() for _ in range(3))
        delay = "0s" if self.args.without else self.args.delay
        self.quota.limit(1.0)
        server.configure(port, caller_port, callee_port, node=f"  limits: {{overload-delay: {delay}}}\n")
        server.begin()
        server.await_ready(server._healthy)
        callee = self.load.sipp("callee", ["-sf", CALLEE, "-i", "127.0.0.1", "-p", str(callee_port)])
        try:
            time.sleep(0.5)
            self.quota.limit(self.args.cores)
            return self._measure(server, port, caller_port, rate, seconds)
        finally:
            self.quota.limit(1.0)
            callee.stop()
            server.stop()

    def _measure(self, server, port, caller_port, rate, seconds):
        calls = rate * seconds
        began, cpu = time.monotonic(), procfs.cpu_seconds(server.pids())
        caller = self.load.sipp("caller", ["-sf", CALLER, "-i", "127.0.0.1", "-p", str(caller_port), f"127.0.0.1:{port}",
                                           "-s", "service", "-r", str(rate), "-m", str(calls), "-d", str(HOLD_MS),
                                           "-recv_timeout", "40000", "-trace_rtt", "-rtt_freq", "200"])
        caller.wait(seconds)
        elapsed, spent = time.monotonic() - began, procfs.cpu_seconds(server.pids()) - cpu
        completed = self._rate(caller, "completed", seconds)
        caller.wait(60)
        facts = server.facts()
        caller.stop()
        times = sorted(took for _, took in caller.setups())
        done, refused = caller.total("completed"), caller.total("refused")
        return {"rate": rate, "completed": completed, "done": done, "refused": refused, "lost": calls - done - refused,
                "cores": spent / elapsed, "retransmitted": caller.total("Retransmissions"),
                "p50": percentile(times, 50), "p99": percentile(times, 99),
                "drops": facts.get("understudy_net_udp_kernel_drops_total", 0),
                "episodes": facts.get("understudy_overload_episodes_total", 0)}

    @staticmethod
    def _rate(caller, column, seconds):
        """A second, from a quarter of the run on: calls that were begun in its first quarter have settled it."""
        rows = caller.rows(column)
        first = next((row for row in rows if row[0] >= seconds / 4), None)
        last = next((row for row in reversed(rows) if row[0] <= seconds), None)
        if not first or not last or last[0] <= first[0]:
            return float("nan")
        return (last[1] - first[1]) / (last[0] - first[0])


def percentile(ordered, p):
    return ordered[min(len(ordered) - 1, len(ordered) * p // 100)] if ordered else float("nan")


def highest(bench, args):
    """The most calls a second that any run completed."""
    best, rate, low, high = 0.0, args.start, 0, None
    for _ in range(8):
        figures = bench.run(rate, args.search_seconds)
        say(figures)
        best = max(best, figures["completed"])
        if figures["completed"] >= ALL_SHARE * rate and not figures["lost"]:
            low = rate
        else:
            high = rate
        if high is not None and high <= low * 1.1:
            break
        rate = int(rate * STEP) if high is None else (low + high) // 2 if low else rate // 2
    return best


def say(figures):
    print(f"[{time.strftime('%H:%M:%S')}] {figures['rate']}/s offered: {figures['completed']:.0f}/s completed, "
          f"{figures['done']} done, {figures['refused']} refused, {figures['lost']} lost, "
          f"{figures['retransmitted']} retransmitted, {figures['drops']:.0f} dropped, {figures['cores']:.2f} cores, "
          f"set-up {figures['p50']:.0f}, {figures['p99']:.0f} ms", file=sys.stderr, flush=True)


def table(best, rows):
    print(f"highest: {best:.0f} calls a second completed\n")
    print("| offered | completed a second | of the highest | refused | lost | set-up p50, p99 |")
    print("|---|---|---|---|---|---|")
    for row in rows:
        print(f"| {row['rate']} | {row['completed']:.0f} | **{100 * row['completed'] / best:.0f} %** | {row['refused']} | "
              f"{row['lost']} | {row['p50']:.0f}, {row['p99']:.0f} ms |")


def main():
    args = arguments()
    quota = CpuQuota("understudy-bench")
    reason = quota.why_not() or (shutil.which("sipp") is None and "sipp is not installed")
    if not reason and not os.path.isfile(args.binary):
        reason = f"no {args.binary}: bazel build //daemon:understudyd"
    if reason:
        print(f"SKIP overload: {reason}")
        return 0
    directory = tempfile.mkdtemp(prefix="understudy-overload-", dir=args.directory)
    try:
        bench = Bench(args, quota, directory)
        best = highest(bench, args)
        rows = []
        for factor in args.factors:
            rows.append(bench.run(int(best * factor), args.seconds))
            say(rows[-1])
        table(best, rows)
    except ServerError as error:
        print(f"overload: {error}", file=sys.stderr)
        return 1
    finally:
        quota.end()
        if args.keep:
            print(f"files: {directory}")
        else:
            shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
