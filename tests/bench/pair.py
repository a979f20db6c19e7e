#!/usr/bin/env python3
"""What a pair costs, and how long a backup takes to come back.

    bazel build //daemon:understudyd //tools:arbiter //tools:socket-holder //tools:understudyctl
    tests/bench/pair.py latency --seconds 20      one node and pairs (received, durable) in turn, A B C A B C
    tests/bench/pair.py resync --calls 100000     a backup that was away, is blank, has everything, lacks 1,000 calls
    tests/bench/pair.py paced --calls 2000        the same at ha-max-calls-sync-at-once: 500
    tests/bench/pair.py replay --calls 20000      entries a second while a backup catches up

Node, loopback and disk as for compare.py. The primary has one core; the other is for the backup, the witness, sipp and
sockets' holder. failover.py is about the death of a primary.
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
import pair_measure
import pair_report
import procfs
from compare import ROOT, pinned, progress
from load import Load
from pair_servers import PairServer
from servers import ServerError, Understudy

ALONE = "alone"
BACKUP_NICE = 10
PROGRAMS = ("tools/arbiter", "tools/socket-holder", "tools/understudyctl")


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("part", choices=("latency", "resync", "paced", "replay"))
    parser.add_argument("--modes", nargs="+", choices=(ALONE, "received", "durable"), help="default: all, or received")
    parser.add_argument("--rate", type=int, help="calls a second (default: 500; 2000 to set held calls up)")
    parser.add_argument("--seconds", type=int, default=20, help="length of a run of latency")
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--calls", type=int, help="that are held (default: resync 100000, paced 2000, replay 20000)")
    parser.add_argument("--missing", type=int, default=1000, help="calls that a backup lacks in the last part of resync")
    parser.add_argument("--settle", type=int, default=40, help="seconds after which finished transactions are forgotten")
    parser.add_argument("--probe-rate", type=int, default=50, help="new calls a second while a backup is filled")
    parser.add_argument("--pace", type=int, default=500, help="ha-max-calls-sync-at-once of paced")
    parser.add_argument("--directory", help="where journals and sipp's files go; on a real disk (default: /var/tmp)")
    parser.add_argument("--keep", action="store_true", help="keep the files")
    parser.add_argument("--binary", default=os.path.join(ROOT, "bazel-bin/daemon/understudyd"))
    parser.add_argument("--json", help="append every single result to this file, one JSON object a line")
    args = parser.parse_args()
    args.rate = args.rate or (500 if args.part == "latency" else 2000)
    args.calls = args.calls or {"paced": 2000, "replay": 20000}.get(args.part, 100000)
    args.modes = args.modes or ([ALONE, "received", "durable"] if args.part == "latency" else ["received"])
    return args


def why_not(args):
    missing = [name for name in ("sipp", "cc", "taskset") if shutil.which(name) is None]
    if missing:
        return f"{missing[0]} is not installed"
    base = os.path.dirname(os.path.dirname(args.binary))
    missing = [path for path in (args.binary, *(os.path.join(base, name) for name in PROGRAMS)) if not os.path.isfile(path)]
    if missing:
        return f"no {missing[0]}; bazel build //daemon:understudyd //tools:arbiter //tools:socket-holder //tools:understudyctl"
    if len(procfs.allowed_cpus()) < 2:
        return "two processor cores are needed"
    return None


class Run:
    """One call of the script."""

    def __init__(self, args, directory):
        self.args, self.directory, self.made = args, directory, 0
        self.on_server_core, self.on_load_core = (pinned(core, 0) for core in procfs.allowed_cpus()[:2])
        self.bench = measure.Bench(Load(os.path.join(directory, "sipp"), self.on_load_core), args.keep)

    def maker(self, mode, options="", backup_nice=0):
        """A backup that is filled would keep the callers waiting who share its core: they come first."""
        def make():
            self.made += 1
            place = os.path.join(self.directory, f"{mode}-{self.made}")
            if mode == ALONE:
                return Understudy(place, self.on_server_core, self.args.binary)
            return PairServer(place, self.on_server_core, self.args.binary, mode,
                              pinned(procfs.allowed_cpus()[1], backup_nice), options)
        return make

    def record(self, what, figures):
        if self.args.json:
            with open(self.args.json, "a", encoding="utf-8") as file:
                row = {"part": self.args.part, "what": what, "load_average": os.getloadavg()[0],
                       "at": time.strftime("%Y-%m-%dT%H:%M:%SZ", time.gmtime()), **figures}
                file.write(json.dumps(row) + "\n")
        return figures

    def latency(self):
        found = {}
        for number in range(self.args.rounds):
            for mode in self.args.modes:
                figures = pair_measure.latency(self.bench, self.maker(mode), self.args.rate, self.args.seconds)
                progress(f"{number + 1}/{self.args.rounds} {pair_report.latency_line(mode, figures)}")
                found.setdefault(mode, []).append(self.record(mode, figures))
        title = f"{self.args.rate} calls a second, {self.args.seconds} s, median of {self.args.rounds}"
        print(pair_report.latency_table(title, found))

    def resync(self):
        for mode in self.args.modes:
            print(f"{mode}: {self.args.calls} calls held, set up at {self.args.rate}/s, {self.args.settle} s later")
            for what, figures in pair_measure.resync(self.bench, self.maker(mode, backup_nice=BACKUP_NICE), self.args.calls, self.args.rate,
                                                     self.args.missing, self.args.settle, self.args.probe_rate, progress):
                print(pair_report.fill_text(what, self.record(f"{mode}: {what}", figures)), flush=True)

    def paced(self):
        for mode in self.args.modes:
            make = self.maker(mode, f"ha-max-calls-sync-at-once: {self.args.pace}", BACKUP_NICE)
            figures = pair_measure.paced(self.bench, make, self.args.calls, self.args.rate, self.args.settle,
                                         self.args.probe_rate)
            what = f"{mode}: {self.args.calls} calls at {self.args.pace} at once"
            print(pair_report.fill_text(what, self.record(what, figures)))

    def replay(self):
        for mode in self.args.modes:
            figures = pair_measure.replay(self.bench, self.maker(mode), self.args.calls, self.args.rate)
            print(pair_report.replay_text(mode, self.record(mode, figures)))


def main():
    args = arguments()
    reason = why_not(args)
    if reason:
        print(f"SKIP the pair's figures: {reason}")
        return 0
    parent = args.directory or "/var/tmp"
    os.makedirs(parent, exist_ok=True)
    directory = tempfile.mkdtemp(prefix="understudy-pair-", dir=os.path.abspath(parent))
    print(f"journals on {procfs.filesystem_of(parent)}; primary on core {procfs.allowed_cpus()[0]}; backup, witness and sipp on "
          f"core {procfs.allowed_cpus()[1]}; load average {os.getloadavg()[0]:.1f}", flush=True)
    signal.signal(signal.SIGTERM, lambda *_: sys.exit(1))
    try:
        getattr(Run(args, directory), args.part)()
    except (ServerError, measure.Incomplete) as error:
        print(error, file=sys.stderr)
        return 1
    finally:
        if not args.keep:
            shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
