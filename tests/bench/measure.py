"""One measurement each: start a fresh server, drive it, stop it, return a dictionary of figures."""
import os
import resource
import shutil
import statistics
import time

import procfs
from servers import free_port

HOLD_MS = 500
WARM_UP_CALLS = 500
WARM_UP_RATE = 250
CLEAN_SHARE = 0.001
ACHIEVED_SHARE = 0.99  # of the rate that was asked for; with less sipp is the limit, not the server
COUNTED = {"kernel_drops": "understudy_net_udp_kernel_drops_total", "commits": "understudy_commit_latency_seconds_count",
           "commit_seconds": "understudy_commit_latency_seconds_sum", "too_old": "understudy_effects_too_old_total"}
# A finished INVITE transaction stays for 64*T1 = 32 s; memory is looked at before the first one goes, and after.
GROWTH_FROM_SECONDS = 6
GROWTH_TO_SECONDS = 30
FORGOTTEN_SECONDS = 40


class Incomplete(Exception):
    """A measurement whose figures would mean nothing."""


class Bench:
    """What all measurements share: how to make a server, the load, and where files go."""

    def __init__(self, load, keep=False):
        self.load = load
        self.keep = keep

    def session(self, make_server):
        return Session(self, make_server())


class Session:
    """A running server with both sipps' ports. Use as a context."""

    def __init__(self, bench, server):
        self.load = bench.load
        self.keep = bench.keep
        self.server = server
        self.caller = self.callee = None
        self.port, self.caller_port, self.callee_port = (free_port() for _ in range(3))

    def __enter__(self):
        try:
            self.server.start(self.port, self.caller_port, self.callee_port)
            self.callee = self.load.answer(self.callee_port)
            time.sleep(0.5)
            self._run(WARM_UP_RATE, WARM_UP_CALLS, HOLD_MS)
        except BaseException:  # Ctrl-C too: nothing of ours stays
            self.__exit__()
            raise
        return self

    def __exit__(self, *error):
        for running in (self.caller, self.callee, self.server):
            if running is not None:
                running.stop()
        if not self.keep:
            shutil.rmtree(os.path.join(self.server.directory, "journal"), ignore_errors=True)

    def call(self, rate, calls, hold_ms):
        self.caller = self.load.call(self.port, self.caller_port, rate, calls, hold_ms)
        return self.caller

    def _run(self, rate, calls, hold_ms, each=None):
        """Runs the calls to their end. (sipp, seconds on a processor, peak PSS)."""
        peak = [0]

        def look():
            peak[0] = max(peak[0], procfs.pss_bytes(self.server.pids()))
            if each is not None:
                each()

        before = procfs.cpu_seconds(self.server.pids())
        caller = self.call(rate, calls, hold_ms)
        ended = caller.wait(calls / rate + hold_ms / 1000 + 60, look)
        caller.stop()
        spent = procfs.cpu_seconds(self.server.pids()) - before
        look()
        if not ended:
            print(f"    {self.server.name}: calls were still open at the end", flush=True)
        return caller, spent, peak[0]

    def run(self, rate, seconds, each=None):
        """`rate` calls a second for `seconds`."""
        calls = int(rate * seconds)
        repeated_before = self.callee.total("Retransmissions")
        threads_before = procfs.cpu_by_thread(self.server.pids())
        facts_before, slow_before = self.server.facts(), len(self.server.slow_commits_ms())
        sipp_before, began = self._sipp_seconds(), time.monotonic()
        caller, spent, peak = self._run(rate, calls, HOLD_MS, each)
        sipp_share = (self._sipp_seconds() - sipp_before) / (time.monotonic() - began)
        threads = procfs.cpu_by_thread(self.server.pids())
        time.sleep(1.2)  # the callee writes its figures once a second
        done, failed = caller.total("SuccessfulCall"), caller.total("FailedCall")
        setups = caller.setups()
        times = sorted(took for _, took in setups)
        return {
            "achieved": achieved_rate(setups), "sipp_share": sipp_share,
            "peak_rss_mib": procfs.peak_rss_bytes(self.server.pids()) / 2**20,
            "server": self.server.name, "rate": rate, "seconds": seconds, "calls": calls, "done": done,
            "failed": failed + max(0, calls - done - failed),
            "retransmitted": caller.total("Retransmissions") + self.callee.total("Retransmissions") - repeated_before,
            "cpu_per_10k": spent / done * 10000 if done else float("nan"),
            "cpu_share": spent / seconds,
            "setup_p50_ms": percentile(times, 50), "setup_p99_ms": percentile(times, 99),
            "peak_pss_mib": peak / 2**20,
            "threads": by_name(threads_before, threads, done),
            "stalls_ms": self.server.slow_commits_ms()[slow_before:],
            "counted": difference(facts_before, self.server.facts(), COUNTED),
        }


    def _sipp_seconds(self):
        """On a processor: of callers that have ended, and of the called side until now."""
        ended = resource.getrusage(resource.RUSAGE_CHILDREN)
        return ended.ru_utime + ended.ru_stime + procfs.cpu_seconds([self.callee.pid])


def achieved_rate(setups):
    """Calls a second from the first INVITE to the last."""
    sent = [when for when, _ in setups]
    return (len(sent) - 1) * 1000 / (max(sent) - min(sent)) if len(sent) > 1 else float("nan")


def difference(before, after, names):
    return {name: after[full] - before.get(full, 0) for name, full in names.items() if full in after}


def percentile(ordered, p):
    return ordered[min(len(ordered) - 1, len(ordered) * p // 100)] if ordered else float("nan")


def by_name(before, after, calls):
    """Seconds per 10,000 calls by thread name, largest first."""
    sums = {}
    for key, seconds in after.items():
        sums[key[0]] = sums.get(key[0], 0) + (seconds - before.get(key, 0)) / max(calls, 1) * 10000
    return {name: round(value, 3) for name, value in sorted(sums.items(), key=lambda row: -row[1]) if value > 0.005}


def verdict(figures):
    """"clean", "not clean", or "sipp-bound": sipp did not offer the rate, which says nothing about the server's limit."""
    if figures["failed"] + figures["retransmitted"] >= CLEAN_SHARE * figures["calls"]:
        return "not clean"
    return "clean" if figures["achieved"] >= ACHIEVED_SHARE * figures["rate"] else "sipp-bound"


def at_rate(bench, make_server, rate, seconds):
    with bench.session(make_server) as session:
        return session.run(rate, seconds)


def highest_clean_rate(bench, make_server, start, seconds, say):
    """Steps up by a quarter until it is not clean twice, then halves the step once. The best clean run; it ends with
    `bound` when sipp, not the server, was the limit."""
    best = None
    rate, step = start, 1.25
    while True:
        figures = at_rate(bench, make_server, int(rate), seconds)
        if verdict(figures) != "clean":
            figures = at_rate(bench, make_server, int(rate), seconds)  # a stall of the machine is no verdict
        found = verdict(figures)
        say(f"{int(rate)}/s: {found} ({figures['achieved']:.0f}/s achieved, sipp's core {100 * figures['sipp_share']:.0f} % busy, "
            f"{figures['failed']} failed, {figures['retransmitted']} retransmitted)")
        if found == "sipp-bound" and best is not None:
            return {**best, "bound": "sipp"}
        if found == "clean":
            best = figures
        elif best is None and rate > 200:
            rate /= 2
            continue
        elif step < 1.2 or best is None:
            return best
        else:
            rate, step = best["rate"], 1.12
        rate *= step


def held_calls(bench, make_server, calls, rate):
    """Memory of calls that stay up: when the last has come up, and when their transactions are forgotten. Incomplete unless
    the server itself says, both times, that all of them are up."""
    with bench.session(make_server) as session:
        time.sleep(FORGOTTEN_SECONDS)  # the warm-up's transactions go first
        idle = procfs.pss_bytes(session.server.pids())
        hold_ms = int((calls / rate + FORGOTTEN_SECONDS + 30) * 1000)
        caller = session.call(rate, calls, hold_ms)
        caller.wait(calls / rate + 3)
        up, held = procfs.pss_bytes(session.server.pids()), session.server.held_calls()
        caller.wait(FORGOTTEN_SECONDS)
        later, held_later = procfs.pss_bytes(session.server.pids()), session.server.held_calls()
        caller.stop()
        if not held == held_later == calls:
            raise Incomplete(f"{session.server.name} holds {held}, later {held_later} of {calls} calls")
        return {"server": session.server.name, "calls": calls, "held": held, "idle_mib": idle / 2**20,
                "up_mib": up / 2**20, "kib_per_call": (up - idle) / held / 1024,
                "kib_per_call_later": (later - idle) / held_later / 1024, "failed": caller.total("FailedCall"),
                "retransmitted": caller.total("Retransmissions")}


def long_run(bench, make_server, rate, seconds):
    """Peak memory, and memory per finished transaction while their number grows."""
    with bench.session(make_server) as session:
        looks = []
        began = time.monotonic()

        def look():
            facts = session.server.facts()
            looks.append((time.monotonic() - began, procfs.pss_bytes(session.server.pids()),
                          facts.get("understudy_transactions_finished", 0)))

        figures = session.run(rate, seconds, look)
        figures["bytes_per_finished"] = growth(looks)
        figures["most_finished"] = max((row[2] for row in looks), default=0)
        figures["memory"] = [(round(row[0]), round(row[1] / 2**20, 1), int(row[2])) for row in looks]
        return figures


def growth(looks):
    """Least squares of memory over finished transactions, where their number only grows."""
    rows = [(row[2], row[1]) for row in looks if GROWTH_FROM_SECONDS <= row[0] <= GROWTH_TO_SECONDS]
    if len(rows) < 5 or rows[-1][0] <= rows[0][0]:
        return float("nan")
    return statistics.linear_regression(*zip(*rows)).slope


def plateau(bench, make_server, rate, seconds, rest, runs, say):
    """Memory after each of `runs` loads and a rest, in one process."""
    with bench.session(make_server) as session:
        found = []
        for number in range(runs):
            figures = session.run(rate, seconds)
            time.sleep(rest)
            found.append(procfs.pss_bytes(session.server.pids()) / 2**20)
            say(f"run {number + 1} of {runs}: {found[-1]:.1f} MiB at rest ({figures['failed']} failed, "
                f"{figures['retransmitted']} retransmitted)")
        return {"server": session.server.name, "rate": rate, "rest_mib": [round(value, 1) for value in found],
                "spread_percent": (max(found) - min(found)) / statistics.median(found) * 100}
