"""The servers that are compared. Each is started fresh for a measurement, pinned to one core, and ended by its id.

A server has: name, start(), stop(), pids(), and what it says about itself: held_calls(); facts(), slow_commits_ms(), which
may be empty.
"""
import os
import re
import shutil
import signal
import socket
import subprocess
import time
import urllib.request

import procfs

HERE = os.path.dirname(os.path.realpath(__file__))
KAMAILIO_MODULES = "/usr/lib/x86_64-linux-gnu/kamailio/modules/"
KAMAILIO_SHARED_MIB = 4096
KAMAILIO_PRIVATE_MIB = 64
START_SECONDS = 20
STOP_SECONDS = 30


class ServerError(Exception):
    pass


def free_port(kind=socket.SOCK_DGRAM):
    with socket.socket(socket.AF_INET, kind) as probe:
        probe.bind(("127.0.0.1", 0))
        return probe.getsockname()[1]


class Process:
    """One program in a directory of its own."""

    def __init__(self, directory, start):
        """`start`: the command's beginning that pins the program."""
        self.directory = directory
        self.start_with = start
        self.process = None

    def launch(self, command):
        with open(os.path.join(self.directory, "log"), "ab") as log:
            self.process = subprocess.Popen([*self.start_with, *command], stdin=subprocess.DEVNULL,
                                            stdout=log, stderr=log, start_new_session=True)

    def pids(self):
        return procfs.children_of(self.process.pid)

    def alive(self):
        return self.process is not None and self.process.poll() is None

    def await_ready(self, ready, seconds=START_SECONDS):
        end = time.monotonic() + seconds
        while not ready():
            if not self.alive() or time.monotonic() > end:
                self.stop()
                raise ServerError(f"{self.name} did not start: see {self.directory}/log")
            time.sleep(0.05)

    def stop(self):
        if not self.alive():
            return
        pids = self.pids()
        self.process.send_signal(signal.SIGTERM)
        try:
            self.process.wait(STOP_SECONDS)
        except subprocess.TimeoutExpired:
            for pid in pids:
                os.kill(pid, signal.SIGKILL)
            self.process.wait()


class Understudy(Process):
    """This server: journal on, local-sync, in `directory`."""

    name = "understudy"

    def __init__(self, directory, start, binary):
        os.makedirs(directory)
        super().__init__(directory, start)
        self.binary = binary
        self.http_port = free_port(socket.SOCK_STREAM)

    def start(self, port, caller_port, callee_port):
        self.configure(port, caller_port, callee_port)
        self.begin()
        self.await_ready(self._healthy)

    def configure(self, port, caller_port, callee_port, durability="local-sync", node="", sections="", options="", trunks=()):
        """Writes the file. `node`: more lines of that section; `sections`: of options; `options`: more of section TServer;
        `trunks`: ports from which calls come, too."""
        more = "".join(f'      - {{number: caller-{n}, type: Trunk, options: {{TServer: {{contact: "127.0.0.1:{trunk}"}}}}}}\n'
                       for n, trunk in enumerate(trunks))
        with open(os.path.join(self.directory, "config.yaml"), "w", encoding="utf-8") as file:
            file.write(f"""node:
  name: {os.path.basename(self.directory)}
  http-port: {self.http_port}
  journal: {{path: {self.directory}/journal, durability: {durability}}}
{node}pair:
  options:
    TServer: {{sip-address: 127.0.0.1, sip-port: {port}{options and ", " + options}}}
{sections}  switch:
    name: Main
    dns:
      - {{number: caller, type: Trunk, options: {{TServer: {{contact: "127.0.0.1:{caller_port}"}}}}}}
      - {{number: callee, type: Trunk, options: {{TServer: {{contact: "127.0.0.1:{callee_port}", prefix: "s"}}}}}}
{more}""")

    def begin(self):
        self.launch([self.binary, "--config", os.path.join(self.directory, "config.yaml")])

    def _healthy(self):
        try:
            return self._get("/healthz") == "ok\n"
        except OSError:
            return False

    def _get(self, path):
        with urllib.request.urlopen(f"http://127.0.0.1:{self.http_port}{path}", timeout=5) as answer:
            return answer.read().decode()

    def facts(self):
        """{metric: value}, of those without a label."""
        found = {}
        for line in self._get("/metrics").splitlines():
            name, _, value = line.rpartition(" ")
            if name and not line.startswith("#") and "{" not in name:
                found[name] = float(value)
        return found

    def histogram(self, name):
        """[(upper bound in seconds, how many so far)] of one without other labels."""
        buckets = re.findall(rf'(?m)^{name}_bucket{{le="([^"]+)"}} (\d+)', self._get("/metrics"))
        return [(float(bound), int(count)) for bound, count in buckets]

    def held_calls(self):
        return int(self.facts()["understudy_calls"])

    def slow_commits_ms(self):
        """Of commits that took 100 ms and longer, as the server logs them."""
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as log:
            return [int(found) for found in re.findall(r"slow commit ms=(\d+)", log.read())]


class Kamailio(Process):
    """Debian's package: tm, record-route, dialogs; the fast allocator; one worker. Not a B2BUA, and without a journal."""

    name = "kamailio"

    def __init__(self, directory, start):
        os.makedirs(directory)
        super().__init__(directory, start)
        self.socket = os.path.join(directory, "ctl.sock")

    def start(self, port, caller_port, callee_port):
        with open(os.path.join(HERE, "kamailio.cfg"), encoding="ascii") as file:
            text = file.read()
        for mark, value in (("LISTEN", f"127.0.0.1:{port}"), ("CALLEE", f"127.0.0.1:{callee_port}"),
                            ("DIRECTORY", self.directory), ("MODULES", KAMAILIO_MODULES)):
            text = text.replace(mark, value)
        config = os.path.join(self.directory, "kamailio.cfg")
        with open(config, "w", encoding="ascii") as file:
            file.write(text)
        self.launch(["kamailio", "-f", config, "-DD", "-E", "-x", "tlsf", "-X", "tlsf",
                     "-m", str(KAMAILIO_SHARED_MIB), "-M", str(KAMAILIO_PRIVATE_MIB), "-Y", self.directory,
                     "-P", os.path.join(self.directory, "pid")])
        self.await_ready(lambda: os.path.exists(self.socket))
        time.sleep(0.5)

    def held_calls(self):
        """Its dialogs that are confirmed."""
        done = subprocess.run(["kamcmd", "-s", f"unix:{self.socket}", "dlg.stats_active"], stdout=subprocess.PIPE,
                              stderr=subprocess.STDOUT, timeout=10, check=False)
        found = re.search(rb"ongoing: (\d+)", done.stdout)
        if not found:
            raise ServerError(f"kamailio does not say how many dialogs it has: {done.stdout.decode(errors='replace')}")
        return int(found.group(1))

    def facts(self):
        return {}

    def slow_commits_ms(self):
        return []


def missing_kamailio():
    """Why Kamailio cannot take part, or None."""
    if shutil.which("kamailio") is None or not os.path.isdir(KAMAILIO_MODULES):
        return "Kamailio is not installed (apt-get install kamailio): only our own figures"
    return None
