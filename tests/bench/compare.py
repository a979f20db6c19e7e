#!/usr/bin/env python3
"""The same calls through this server (journal on, local-sync) and through Kamailio, in turn, in one run.

    bazel build //daemon:understudyd
    tests/bench/compare.py --quick                 about 2 minutes, a first look
    tests/bench/compare.py                         about 30 minutes, the figures of docs/performance.md
    tests/bench/compare.py --all                   about 60 minutes: memory at rest, and one From and To for all calls, too

A call is INVITE 100 180 200 ACK, half a second, BYE 200 over UDP on the loopback. The server runs on one core, both
sipps on the other. CPU is the time of all the server's threads on a processor. Servers take turns (A B A B); the
figures are medians. sipp and a C compiler must be there; without Kamailio (scripts/setup.sh bench) only ours is measured.
"""
import argparse
import json
import os
import shutil
import signal
import sys
import tempfile
import time

import measure
import procfs
import report
from load import Load
from servers import Kamailio, ServerError, Understudy, missing_kamailio

HERE = os.path.dirname(os.path.realpath(__file__))
ROOT = os.path.dirname(os.path.dirname(HERE))
PARTS = ("rates", "highest", "held", "long", "plateau")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--quick", action="store_true", help="short runs, one round, no search: a first look")
    parser.add_argument("--all", action="store_true", help="every part, and the rates again with one From and To")
    parser.add_argument("--only", nargs="+", choices=PARTS, help="parts to measure (default: all but plateau)")
    parser.add_argument("--servers", nargs="+", choices=("understudy", "kamailio"), default=["understudy", "kamailio"])
    parser.add_argument("--rates", nargs="+", type=int, default=[500, 2000], help="calls a second")
    parser.add_argument("--seconds", type=int, default=20, help="length of a run at a rate")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--one-pair", action="store_true", help="one From and To for all calls")
    parser.add_argument("--ring-ms", type=int, default=0, help="the callee rings so long before it answers")
    parser.add_argument("--held-calls", type=int, default=10000)
    parser.add_argument("--held-rate", type=int, default=500)
    parser.add_argument("--long-seconds", type=int, default=120)
    parser.add_argument("--plateau-runs", type=int, default=10)
    parser.add_argument("--plateau-seconds", type=int, default=20)
    parser.add_argument("--nice", type=int, default=0, metavar="N",
                        help="nice value of servers and sipp alike; -20 when others use the machine too")
    parser.add_argument("--directory", help="where journals and sipp's files go; on a real disk (default: /var/tmp)")
    parser.add_argument("--keep", action="store_true", help="keep the files")
    parser.add_argument("--binary", default=os.path.join(ROOT, "bazel-bin/daemon/understudyd"))
    parser.add_argument("--json", help="append every single result to this file, one JSON object a line")
    args = parser.parse_args()
    if args.quick:
        args.seconds, args.rounds, args.held_calls = 5, 1, 2000
        args.only = args.only or ["rates", "held"]
    args.only = args.only or [part for part in PARTS if args.all or part != "plateau"]
    return args


def why_not(args):
    """What is missing to measure anything at all."""
    for program in ("sipp", "cc", "taskset"):
        if shutil.which(program) is None:
            return f"{program} is not installed"
    if "understudy" in args.servers and not os.path.isfile(args.binary):
        return f"no {args.binary}: bazel build //daemon:understudyd"
    if len(procfs.allowed_cpus()) < 2:
        return "two processor cores are needed: one for the server, one for sipp"
    return None


def pinned(core, nice):
    """How a command begins that runs on `core` alone."""
    return ["taskset", "-c", str(core)] + (["nice", "-n", str(nice)] if nice else [])


class Run:
    """One call of the script."""

    def __init__(self, args, directory):
        self.args = args
        self.directory = directory
        self.on_server_core, on_load_core = (pinned(core, args.nice) for core in procfs.allowed_cpus()[:2])
        self.on_load_core = on_load_core
        self.made = 0
        self.incomplete = []
        self.vary(args.one_pair)

    def vary(self, one_pair):
        self.one_pair = one_pair
        load = Load(os.path.join(self.directory, "one-pair" if one_pair else "sipp"), self.on_load_core, one_pair,
                    self.args.ring_ms)
        self.bench = measure.Bench(load, self.args.keep)

    def maker(self, name):
        def make():
            self.made += 1
            place = os.path.join(self.directory, f"{name}-{self.made}")
            if name == "kamailio":
                return Kamailio(place, self.on_server_core)
            return Understudy(place, self.on_server_core, self.args.binary)
        return make

    def record(self, part, figures):
        if self.args.json:
            with open(self.args.json, "a", encoding="utf-8") as file:
                row = {"part": part, "one_pair": self.one_pair, "load_average": os.getloadavg()[0],
                       "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **figures}
                file.write(json.dumps(row) + "\n")
        return figures

    def in_turn(self, part, rounds, measured):
        """{server: medians}. `measured`(maker, say) is done for each server in each round."""
        found = {}
        for number in range(rounds):
            for name in self.args.servers:
                def say(text, name=name):
                    progress(f"{part} {number + 1}/{rounds} {name}: {text}")
                try:
                    figures = measured(self.maker(name), say)
                except measure.Incomplete as reason:
                    self.incomplete.append(f"{part}: {reason}")
                    say(f"INCOMPLETE: {reason}")
                    continue
                if figures is None:
                    say("nothing was clean")
                    continue
                found.setdefault(name, []).append(self.record(part, figures))
        return {name: report.median_of(rows) for name, rows in found.items()}

    def rates(self):
        for rate in self.args.rates:
            def measured(make, say, rate=rate):
                figures = measure.at_rate(self.bench, make, rate, self.args.seconds)
                say(f"{figures['cpu_per_10k']:.2f} CPU s/10k at {rate}/s, p99 {figures['setup_p99_ms']:.1f} ms, "
                    f"{figures['failed']} failed, {figures['retransmitted']} retransmitted: {measure.verdict(figures)} "
                    f"(load average {os.getloadavg()[0]:.1f}{stalls(figures)})")
                return figures
            pair = ", one From and To" if self.one_pair else ""
            yield report.load_table(f"{rate} calls a second, {self.args.seconds} s, median of {self.args.rounds}{pair}",
                                    self.in_turn("rates", self.args.rounds, measured))

    def highest(self):
        def measured(make, say):
            return measure.highest_clean_rate(self.bench, make, 2000, 20, say)
        results = self.in_turn("highest", 1, measured)
        rates = ", ".join(f"{name} {row['rate']}/s{' or more (sipp-bound)' if row.get('bound') else ''}" for name, row in results.items())
        yield report.load_table(f"Highest clean rate, 20 s: {rates}", results)

    def held(self):
        def measured(make, say):
            figures = measure.held_calls(self.bench, make, self.args.held_calls, self.args.held_rate)
            say(f"{figures['kib_per_call']:.2f} KiB a call, {figures['kib_per_call_later']:.2f} later")
            return figures
        yield report.held_table(self.in_turn("held", 1, measured))

    def long(self):
        def measured(make, say):
            figures = measure.long_run(self.bench, make, max(self.args.rates), self.args.long_seconds)
            say(f"peak {figures['peak_rss_mib']:.0f} MiB resident")
            return figures
        yield report.long_table(self.in_turn("long", 1, measured))

    def plateau(self):
        def measured(make, say):
            return measure.plateau(self.bench, make, max(self.args.rates), self.args.plateau_seconds, 60,
                                   self.args.plateau_runs, say)
        yield report.plateau_table(self.in_turn("plateau", 1, measured))


def stalls(figures):
    """What explains retransmissions, if there were any."""
    slow, drops = figures["stalls_ms"], figures["counted"].get("kernel_drops", 0)
    text = f", {len(slow)} commits took over 100 ms, the longest {max(slow)} ms" if slow else ""
    return text + (f", {drops:.0f} datagrams dropped in the kernel" if drops else "")


def progress(text):
    print(f"[{time.strftime('%H:%M:%S')}] {text}", file=sys.stderr, flush=True)


def main():
    args = arguments()
    reason = why_not(args)
    if reason:
        print(f"SKIP comparison: {reason}")
        return 0
    if "kamailio" in args.servers and missing_kamailio():
        print(f"note: {missing_kamailio()}")
        args.servers.remove("kamailio")
    if not args.servers:
        return 0
    parent = args.directory or "/var/tmp"
    os.makedirs(parent, exist_ok=True)
    kind = procfs.filesystem_of(parent)
    if kind in ("tmpfs", "ramfs"):
        print(f"note: {parent} is {kind}: syncs cost nothing there, the figures flatter the journal")
    directory = tempfile.mkdtemp(prefix="understudy-bench-", dir=os.path.abspath(parent))
    print(f"journal on {kind}; server on core {procfs.allowed_cpus()[0]}, sipp on core {procfs.allowed_cpus()[1]}; "
          f"{'one From and To for all calls' if args.one_pair else 'From varies'}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))  # so that servers and sipp end with us
    run, done = Run(args, directory), []
    try:
        for part in args.only + (["rates"] if args.all and not args.one_pair else []):
            if args.all and part in done:
                run.vary(one_pair=True)
            done.append(part)
            for table in getattr(run, part)():
                print(f"\n{table}", flush=True)
    except ServerError as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if not args.keep:
            shutil.rmtree(directory, ignore_errors=True)
    for reason in run.incomplete:
        print(f"INCOMPLETE {reason}", file=sys.stderr)
    return 1 if run.incomplete else 0


if __name__ == "__main__":
    sys.exit(main())
