#!/usr/bin/env python3
"""What phones cost that keep registered: time on a processor, memory, what is written to the disk, and late answers.

    bazel build //daemon:understudyd
    tests/bench/registrations.py                            50,000 phones, each once a minute, 3 minutes
    tests/bench/registrations.py --phones 2000 --period 10  a short run, to see that it works

The server has one core, sipp the other. All phones register once, evenly over a period, and refresh in each further one;
figures are of the refreshes. An answer is late if it took 500 ms: the phone has repeated its request by then.
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
from overload import percentile
from servers import ServerError, Understudy, free_port

HERE = os.path.dirname(os.path.realpath(__file__))
LATE_MS = 500
LEAST_EXPIRES = 70  # registrar-min-timeout is 60


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--phones", type=int, default=50000)
    parser.add_argument("--period", type=int, default=60, help="seconds between two REGISTERs of a phone")
    parser.add_argument("--periods", type=int, default=2, help="of refreshes")
    parser.add_argument("--binary", default=os.path.join(ROOT, "bazel-bin/daemon/understudyd"))
    parser.add_argument("--directory", default="/var/tmp", help="on a real disk")
    return parser.parse_args()


class PhoneServer(Understudy):
    """With so many phones."""

    phones = 0

    def start(self, port, caller_port, callee_port):
        self.configure(port, caller_port, callee_port)
        with open(os.path.join(self.directory, "config.yaml"), "a", encoding="utf-8") as file:
            for number in range(1, self.phones + 1):
                file.write(f'      - {{number: p{number}, type: Extension, options: {{TServer: {{contact: "*"}}}}}}\n')
        self.begin()
        self.await_ready(self._healthy, 20 + self.phones / 500)


def written(pids):
    """Octets that the processes have sent to a disk."""
    total = 0
    for pid in pids:
        with open(f"/proc/{pid}/io", encoding="ascii") as file:
            total += next(int(line.split()[1]) for line in file if line.startswith("write_bytes"))
    return total


def period(args, load, scenario, port, own_port):
    """All phones register once; sipp's figures."""
    rate = args.phones / args.period
    sipp = load.sipp("register", ["-sf", scenario, "-i", "127.0.0.1", "-p", str(own_port), f"127.0.0.1:{port}",
                                  "-r", str(int(rate * 10)), "-rp", "10000", "-m", str(args.phones), "-trace_rtt", "-rtt_freq", "500"])
    sipp.wait(args.period + 60)
    sipp.stop()
    times = sorted(took for _, took in sipp.setups())
    return {"done": sipp.total("SuccessfulCall"), "failed": sipp.total("FailedCall"), "times": times,
            "repeated": sipp.total("Retransmissions")}


def main():
    args = arguments()
    for program in ("sipp", "cc", "taskset"):
        if shutil.which(program) is None:
            print(f"SKIP registrations: {program} is not installed")
            return 0
    directory = tempfile.mkdtemp(prefix="understudy-registrations-", dir=args.directory)
    on_server, on_load = (pinned(core, 0) for core in procfs.allowed_cpus()[:2])
    load = Load(os.path.join(directory, "sipp"), on_load)
    scenario = load.scenario_with(os.path.join(HERE, "register.xml"), "EXPIRES", str(max(args.period * 2 + 30, LEAST_EXPIRES)))
    PhoneServer.phones = args.phones
    server = PhoneServer(os.path.join(directory, "server"), on_server, args.binary)
    port, own_port = free_port(), free_port()
    try:
        server.start(port, own_port, free_port())
        idle = procfs.pss_bytes(server.pids())
        first = period(args, load, scenario, port, own_port)
        registered = procfs.pss_bytes(server.pids())
        began, cpu, octets = time.monotonic(), procfs.cpu_seconds(server.pids()), written(server.pids())
        rows = [period(args, load, scenario, port, own_port) for _ in range(args.periods)]
        seconds = time.monotonic() - began
        cpu, octets = procfs.cpu_seconds(server.pids()) - cpu, written(server.pids()) - octets
        report(args, server, [first, *rows], rows, seconds, cpu, octets, idle, registered)
    except ServerError as error:
        print(f"registrations: {error}", file=sys.stderr)
        return 1
    finally:
        server.stop()
        shutil.rmtree(directory, ignore_errors=True)
    return 0


def report(args, server, everything, rows, seconds, cpu, octets, idle, registered):
    times = sorted(took for row in rows for took in row["times"])
    done, late = sum(row["done"] for row in rows), sum(1 for took in times if took >= LATE_MS)
    facts = server.facts()
    print(f"| {args.phones} phones, each every {args.period} s, {seconds:.0f} s of refreshes (load average {os.getloadavg()[0]:.1f}) | |\n|---|---|")
    print(f"| registered; refused or lost | {facts['understudy_registrations']:.0f}; {sum(row['failed'] for row in everything)} |")
    print(f"| refreshes a second | {done / seconds:.0f} |")
    print(f"| server's core | {100 * cpu / seconds:.1f} %; {10000 * cpu / max(done, 1):.2f} s per 10,000 refreshes |")
    print(f"| written to the disk | {octets / seconds / 1024:.0f} KiB a second; {octets / max(done, 1):.0f} octets a refresh |")
    print(f"| memory: idle, registered, at the end | {idle / 2**20:.0f}, {registered / 2**20:.0f}, "
          f"{procfs.pss_bytes(server.pids()) / 2**20:.0f} MiB; {(registered - idle) / args.phones / 1024:.2f} KiB a phone |")
    print(f"| answered after: p50, p99, max | {percentile(times, 50):.1f}, {percentile(times, 99):.1f}, {times[-1] if times else 0:.0f} ms |")
    print(f"| late (500 ms and more); repeated requests | {late}; {sum(row['repeated'] for row in rows)} |")


if __name__ == "__main__":
    sys.exit(main())
