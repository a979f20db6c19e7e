#!/usr/bin/env python3
"""What a call costs the server over UDP, TCP and TLS, side by side in one run.

    bazel build //daemon:understudyd
    tests/bench/transports.py                      500 calls a second, 3 rounds: some 3 minutes
    tests/bench/transports.py --rate 1000 --seconds 10

A call is that of compare.py, and both sides of it come over the same transport: each sipp has one connection. TLS is spoken
by socat for sipp, one in front of each; of all that the server's time on a processor alone is counted. Transports take turns
(A B C A B C), each with a fresh server; figures are medians.
"""
import argparse
import os
import shutil
import socket
import statistics
import subprocess
import sys
import tempfile
import time

import measure
import procfs
from compare import ROOT, pinned
from load import Load
from servers import ServerError, Understudy, free_port

sys.path.insert(0, os.path.join(ROOT, "tests/integration"))
from harness.certificates import Certificates  # noqa: E402

TRANSPORTS = ("udp", "tcp", "tls")
SOCAT_SECONDS = 5


def arguments():
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--rate", type=int, default=500, help="calls a second")
    parser.add_argument("--seconds", type=int, default=8)
    parser.add_argument("--rounds", type=int, default=3)
    parser.add_argument("--transports", nargs="+", choices=TRANSPORTS, default=list(TRANSPORTS))
    parser.add_argument("--binary", default=os.path.join(ROOT, "bazel-bin/daemon/understudyd"))
    parser.add_argument("--directory", default="/var/tmp", help="on a real disk")
    return parser.parse_args()


class TransportServer(Understudy):
    """Calls its callee by one transport, and listens for all."""

    def __init__(self, directory, start, binary, transport, files):
        super().__init__(directory, start, binary)
        self.transport, self.files = transport, files
        self.tls_port = free_port(socket.SOCK_STREAM)

    def configure(self, port, caller_port, callee_port, *_):
        ca, certificate, key = self.files
        super().configure(port, caller_port, callee_port, options=f"sip-tls-port: {self.tls_port}",
                          node=f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n  sip-tls-ca: {ca}\n")
        path = os.path.join(self.directory, "config.yaml")
        with open(path, encoding="utf-8") as file:
            text = file.read()
        with open(path, "w", encoding="utf-8") as file:
            file.write(text.replace(f'"127.0.0.1:{callee_port}"', f'"sip:127.0.0.1:{callee_port};transport={self.transport}"'))


class TransportLoad(Load):
    """sipp over one transport; in front of TLS, socat."""

    def __init__(self, directory, start, transport, files):
        self.transport, self.files = transport, files
        self.mode = "u1" if transport == "udp" else "t1"
        self.socats = []
        self.server = None
        super().__init__(directory, start)

    def _scenario(self, name, mark, value):
        path = super()._scenario(name, mark, value)
        with open(path, encoding="ascii") as file:
            text = file.read()
        with open(path, "w", encoding="ascii") as file:
            file.write(text.replace("SIP/2.0/UDP", "SIP/2.0/[transport]")
                       .replace("<sip:[local_ip]:[local_port]>", f"<sip:127.0.0.1:CONTACT;transport={self.transport}>"))
        return path

    def answer(self, port):
        """The called side at `port`, as the server sees it."""
        own = free_port(socket.SOCK_STREAM) if self.transport == "tls" else port
        if own != port:
            _, certificate, key = self.files
            self._socat(port, f"OPENSSL-LISTEN:{port},bind=127.0.0.1,cert={certificate},key={key},verify=0,fork,reuseaddr",
                        f"TCP:127.0.0.1:{own}")
        with open(self.callee, encoding="ascii") as file:
            text = file.read()
        path = f"{self.callee}.{port}.xml"
        with open(path, "w", encoding="ascii") as file:
            file.write(text.replace("CONTACT", str(port)))
        return self.sipp("callee", ["-sf", path, "-i", "127.0.0.1", "-p", str(own)], self.mode)

    def call(self, server_port, port, rate, calls, hold_ms):
        if self.transport == "tls":
            front = free_port(socket.SOCK_STREAM)
            self._socat(front, f"TCP-LISTEN:{front},bind=127.0.0.1,fork,reuseaddr",
                        f"OPENSSL:127.0.0.1:{self.server.tls_port},verify=0")
            server_port = front
        return self.sipp("caller", ["-sf", self.caller, "-i", "127.0.0.1", "-p", str(port), f"127.0.0.1:{server_port}",
                                    "-s", "service", "-r", str(rate), "-m", str(calls), "-d", str(hold_ms),
                                    "-trace_rtt", "-rtt_freq", "200"], self.mode)

    def _socat(self, port, listen, connect):
        self.socats.append(subprocess.Popen([*self.start, "socat", listen, connect], stdin=subprocess.DEVNULL,
                                            stderr=subprocess.DEVNULL, start_new_session=True))
        end = time.monotonic() + SOCAT_SECONDS
        while not _listens(port):
            if time.monotonic() > end:
                raise ServerError(f"socat does not listen at {port}")
            time.sleep(0.02)

    def end(self):
        for socat in self.socats:
            for pid in procfs.children_of(socat.pid)[::-1]:
                os.kill(pid, 15)
            socat.wait()
        self.socats = []


def _listens(port):
    """By the kernel's table: to connect would begin a handshake."""
    with open("/proc/net/tcp", encoding="ascii") as file:
        return any(line.split()[1].endswith(f":{port:04X}") and line.split()[3] == "0A" for line in file.readlines()[1:])


def one(args, directory, number, transport, files, cores):
    load = TransportLoad(os.path.join(directory, f"sipp-{transport}-{number}"), cores[1], transport, files)
    server = TransportServer(os.path.join(directory, f"{transport}-{number}"), cores[0], args.binary, transport, files)
    load.server = server
    try:
        return measure.at_rate(measure.Bench(load), lambda: server, args.rate, args.seconds)
    finally:
        load.end()


def table(found):
    print("| | CPU s/10k (each round) | over UDP | set-up p50, p99 | failed |\n|---|---|---|---|---|")
    middle = {name: statistics.median(row["cpu_per_10k"] for row in rows) for name, rows in found.items()}
    for name, rows in found.items():
        each = ", ".join(f"{row['cpu_per_10k']:.2f}" for row in rows)
        over = f"{middle[name] / middle['udp']:.2f}" if "udp" in middle else "-"
        p50, p99 = (statistics.median(row[f"setup_{p}_ms"] for row in rows) for p in ("p50", "p99"))
        print(f"| {name.upper()} | **{middle[name]:.2f}** ({each}) | {over} | {p50:.1f}, {p99:.1f} ms | "
              f"{sum(row['failed'] for row in rows)} |")


def main():
    args = arguments()
    for program in ("sipp", "socat", "openssl", "cc", "taskset"):
        if shutil.which(program) is None:
            print(f"SKIP transports: {program} is not installed")
            return 0
    directory = tempfile.mkdtemp(prefix="understudy-transports-", dir=args.directory)
    pki = Certificates(directory)
    files = (pki.ca, *pki.certificate("bench"))
    cores = [pinned(core, 0) for core in procfs.allowed_cpus()[:2]]
    found = {transport: [] for transport in args.transports}
    try:
        for number in range(args.rounds):
            for transport in args.transports:
                figures = one(args, directory, number, transport, files, cores)
                found[transport].append(figures)
                print(f"[{time.strftime('%H:%M:%S')}] {number + 1}/{args.rounds} {transport}: {figures['cpu_per_10k']:.2f} CPU s/10k, "
                      f"{figures['done']} calls, {figures['failed']} failed (load average {os.getloadavg()[0]:.1f})",
                      file=sys.stderr, flush=True)
        table(found)
    finally:
        shutil.rmtree(directory, ignore_errors=True)
    return 0


if __name__ == "__main__":
    sys.exit(main())
