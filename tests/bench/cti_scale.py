#!/usr/bin/env python3
"""What many clients of the T-Library cost a pair: time on a processor, delay of events, memory.

    bazel build //daemon:understudyd //tools:arbiter //tools:socket-holder //tools:understudyctl //tests/bench:cti_load
    tests/bench/cti_scale.py                        2,000 clients with 5 registrations each, 200 calls a second
    tests/bench/cti_scale.py --clients 0            the same calls by one client: what the others add
    tests/bench/cti_scale.py --by phones            the calls come from a Trunk; clients only hear of them

A call is RequestMakeCall, two phones that answer at once (sipp), half a second, RequestReleaseCall; or INVITE from a Trunk to
one phone, half a second, BYE. Each phone is registered by several clients (clients times registrations over phones), and every
one of them hears its events. The age
of an event is from its entry's time, taken when the SIP message or request that it comes of has been read, to its being
processed in the client, which is cti_load. The primary has one core; all else (backup, witness, sipp, clients) shares the
other. Two pairs take turns: received, and durable.
"""
import argparse
import json
import os
import shutil
import socket
import subprocess
import sys
import tempfile
import time

import pair_measure
import procfs
from compare import ROOT, pinned
from load import Load
from pair_servers import PairNode, PairServer, await_
from servers import ServerError, free_port

DISK = "understudy_commit_latency_seconds"
FIRST_NUMBER = 10000
SETTLE_SECONDS = 3
OPENING_SECONDS = 180


class CtiNode(PairNode):
    """With phones, all at the callee's address, and a port for clients."""

    phones = 0  # of all nodes that are made from now on

    def __init__(self, directory, name, start, binary):
        super().__init__(directory, name, start, binary)
        self.tlib_port = free_port(socket.SOCK_STREAM)

    def configure(self, port, caller_port, callee_port, durability, node, *more):
        super().configure(port, caller_port, caller_port, durability, f"{node}  tlib-port: {self.tlib_port}\n", *more)
        contact = f'contact: "127.0.0.1:{callee_port}"'
        with open(os.path.join(self.directory, "config.yaml"), "a", encoding="utf-8") as file:
            for number in range(FIRST_NUMBER, FIRST_NUMBER + self.phones):
                file.write(f'      - {{number: "{number}", type: Extension, options: {{TServer: {{{contact}}}}}}}\n')


class CtiPair(PairServer):
    node_class = CtiNode

    def clients_at(self):
        return ",".join(f"127.0.0.1:{node.tlib_port}" for node in self.nodes)


class Clients:
    """One cti_load."""

    def __init__(self, command, log):
        self._out = log + ".json"
        with open(self._out, "wb") as out, open(log, "wb") as errors:
            self.process = subprocess.Popen(command, stdin=subprocess.DEVNULL, stdout=out, stderr=errors)
        self._log = log

    def phase(self, name):
        with open(self._out, encoding="utf-8") as file:
            lines = [json.loads(line) for line in file if line.endswith("\n")]
        return next((line for line in lines if line["phase"] == name), None)

    def wait(self, name, seconds):
        def come():
            if self.phase(name) is None and self.process.poll() is not None:
                raise ServerError(f"cti_load ended with {self.process.returncode}; see {self._log}")
            return self.phase(name)
        return await_(come, seconds, f"cti_load is not {name}; see {self._log}", interval=0.1)

    def stop(self):
        if self.process.poll() is None:
            self.process.terminate()
            self.process.wait(60)


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--clients", type=int, default=2000, help="0: one, which only makes the calls")
    parser.add_argument("--registrations", type=int, default=5, help="of each client")
    parser.add_argument("--phones", type=int, default=2000, help="an even number")
    parser.add_argument("--rate", type=int, default=200, help="calls a second")
    parser.add_argument("--seconds", type=int, default=30, help="of calls")
    parser.add_argument("--by", choices=("clients", "phones"), default="clients", help="who makes the calls")
    parser.add_argument("--rounds", type=int, default=1)
    parser.add_argument("--modes", nargs="+", choices=("received", "durable"), default=["received", "durable"])
    parser.add_argument("--directory", help="where journals and logs go; on a real disk (default: /var/tmp)")
    parser.add_argument("--keep", action="store_true", help="keep the files")
    parser.add_argument("--binary", default=os.path.join(ROOT, "bazel-bin/daemon/understudyd"))
    parser.add_argument("--json", help="append every single result to this file, one JSON object a line")
    return parser.parse_args()


def rss_kib(node):
    """Resident now, but for files."""
    with open(f"/proc/{node.pids()[0]}/status", encoding="ascii") as file:
        return next(int(line.split()[1]) for line in file if line.startswith("RssAnon:"))


class Measurement:
    """One pair, its phones and its clients, from start to end."""

    def __init__(self, args, directory, mode, number):
        self.args, self.mode = args, mode
        core, other = procfs.allowed_cpus()[:2]
        self.start_others = pinned(other, 0)
        CtiNode.phones = args.phones
        self.directory = os.path.join(directory, f"{mode}-{number}")
        self.pair = CtiPair(self.directory, pinned(core, 0), args.binary, mode, self.start_others)
        self.load = Load(os.path.join(directory, "sipp"), self.start_others)
        self.running = [self.pair]

    def run(self):
        try:
            return self._run()
        finally:
            for process in reversed(self.running):
                process.stop()

    def _run(self):
        self.port, self.caller_port, callee_port = (free_port() for _ in range(3))
        self.pair.start(self.port, self.caller_port, callee_port)
        self.running.append(self.load.sipp("desk", ["-sf", os.path.join(ROOT, "tests/bench/desk.xml"), "-i", "127.0.0.1",
                                                    "-p", str(callee_port)]))
        time.sleep(SETTLE_SECONDS)
        bare = [rss_kib(node) for node in self.pair.nodes]
        clients = self._clients()
        self.running.append(clients)
        registered = clients.wait("registered", OPENING_SECONDS)
        time.sleep(SETTLE_SECONDS)
        count = max(self.args.clients, 1)
        per_client = [(now - before) / count for now, before in zip((rss_kib(node) for node in self.pair.nodes), bare)]
        clients.wait("calling", 60)
        found = self._calls(clients)
        return {"mode": self.mode, "clients": count, "registrations": registered["registrations"], "rate": self.args.rate,
                "kib_per_client": per_client, **found}

    def _clients(self):
        only_calls = self.args.clients == 0  # one client that has every phone
        count = 1 if only_calls else self.args.clients
        registrations = min(1000, self.args.phones) if only_calls else self.args.registrations
        phones = min(self.args.phones, count * registrations)
        program = os.path.join(os.path.dirname(os.path.dirname(self.args.binary)), "tests/bench/cti_load")
        return Clients([*self.start_others, program, "--server", self.pair.clients_at(), "--dns",
                        f"{FIRST_NUMBER}..{FIRST_NUMBER + phones - 1}", "--clients", str(count), "--registrations",
                        str(registrations), "--rate", str(self.args.rate if self.args.by == "clients" else 0), "--idle-seconds", str(2 * SETTLE_SECONDS),
                        "--seconds", str(self.args.seconds)], os.path.join(self.directory, "cti_load"))

    def _call_from_trunk(self):
        """sipp's calls, each to another phone."""
        with open(self.load.caller, encoding="ascii") as file:
            scenario = file.read().replace("[service]", "[field0]")
        path = os.path.join(self.directory, "caller.xml")
        with open(path, "w", encoding="ascii") as file:
            file.write(scenario)
        with open(path + ".csv", "w", encoding="ascii") as file:
            file.write("RANDOM\n" + "".join(f"{FIRST_NUMBER + phone};\n" for phone in range(self.args.phones)))
        return self.load.sipp("caller", ["-sf", path, "-inf", path + ".csv", "-i", "127.0.0.1", "-p", str(self.caller_port),
                                         f"127.0.0.1:{self.port}", "-r", str(self.args.rate), "-m",
                                         str(self.args.rate * self.args.seconds), "-d", "500"])

    def _calls(self, clients):
        disk, facts, before = self.pair.histogram(DISK), self.pair.facts(), self._cpu(clients)
        caller = self._call_from_trunk() if self.args.by == "phones" else None
        time.sleep(self.args.seconds)
        later, now, after = self.pair.histogram(DISK), self.pair.facts(), self._cpu(clients)
        report = clients.wait("done", 120)
        if caller:
            caller.wait(5)
            caller.stop()
            report["calls"].update(released=caller.total("SuccessfulCall"), failed=caller.total("FailedCall"))
        primary, backup, load = (end - begin for begin, end in zip(before, after))
        return {"cpu_seconds": primary, "backup_cpu_seconds": backup, "cti_load_cpu_seconds": load,
                "seconds": self.args.seconds, "commits": now[DISK + "_count"] - facts[DISK + "_count"],
                "disk_p50_ms": pair_measure.quantile(disk, later, 0.5) * 1000,
                "disk_p99_ms": pair_measure.quantile(disk, later, 0.99) * 1000,
                "load_average": os.getloadavg()[0], "report": report}

    def _cpu(self, clients):
        return [procfs.cpu_seconds(pids) for pids in (self.pair.primary.pids(), self.pair.backup.pids(), [clients.process.pid])]


def say(found):
    report, age, answer = found["report"], found["report"]["event_age"], found["report"]["answer"]
    calls, events = report["calls"], report["events"]
    wrong = {**{key: calls[key] for key in ("refused", "failed", "postponed", "left")},
             **{key: events[key] for key in ("lost", "twice", "disordered", "doubled")}, **report["sessions"]}
    per_10k = 10000 / max(calls["released"], 1)
    print(f"{found['mode']}: {found['clients']} client{'s' * (found['clients'] > 1)} with {found['registrations']} registrations; "
          f"{calls['released']} calls, {age['count'] / found['seconds']:.0f} events a second\n"
          f"  event age p50 {age['p50_ms']:.1f} ms, p99 {age['p99_ms']:.1f} ms, max {age['max_ms']:.0f} ms; "
          f"answer p50 {answer['p50_ms']:.1f} ms, p99 {answer['p99_ms']:.1f} ms\n"
          f"  commit (fsync) p50 {found['disk_p50_ms']:.2f} ms, p99 {found['disk_p99_ms']:.2f} ms of {found['commits']:.0f}\n"
          f"  CPU seconds in {found['seconds']} s: primary {found['cpu_seconds']:.1f}, backup {found['backup_cpu_seconds']:.1f}, "
          f"cti_load {found['cti_load_cpu_seconds']:.1f}; per 10,000 calls: {found['cpu_seconds'] * per_10k:.2f}, "
          f"{found['backup_cpu_seconds'] * per_10k:.2f}\n"
          f"  memory per client: primary {found['kib_per_client'][0]:.1f} KiB, backup {found['kib_per_client'][1]:.1f} KiB; "
          f"load average {found['load_average']:.1f}\n"
          f"  wrong: {({key: value for key, value in wrong.items() if value}) or 'nothing'}", flush=True)


def main():
    args = arguments()
    missing = [name for name in ("sipp", "cc", "taskset") if shutil.which(name) is None]
    if missing or not os.path.isfile(args.binary) or len(procfs.allowed_cpus()) < 2:
        print(f"cti_scale.py: {missing[0] + ' is not installed' if missing else 'see --help for what to build; two cores'}")
        return 2
    directory = tempfile.mkdtemp(prefix="cti-scale-", dir=args.directory or "/var/tmp")
    try:
        for number in range(args.rounds):
            for mode in args.modes:
                found = Measurement(args, directory, mode, number).run()
                say(found)
                if args.json:
                    with open(args.json, "a", encoding="utf-8") as file:
                        file.write(json.dumps(found) + "\n")
    except ServerError as error:
        print(f"cti_scale.py: {error}; files are in {directory}")
        return 1
    if not args.keep:
        shutil.rmtree(directory)
    return 0


if __name__ == "__main__":
    sys.exit(main())
