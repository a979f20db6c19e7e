"""A pair on one host as the comparison's servers are: the witness, the socket holder and two nodes, all ended by their ids.

    pair = PairServer(directory, start, binary, "received", start_backup=["taskset", "-c", "1"])
    pair.start(port, caller_port, callee_port)         # returns when both are in sync
    pair.primary.facts(); pair.backup.log_lines("00-20105")

The primary has the server's core; the backup and the witness, which would be on other machines, have another.
"""
import datetime
import json
import os
import re
import socket
import subprocess
import time

import procfs
from servers import Process, ServerError, Understudy, free_port

SYNC_SECONDS = 60
NODE = """  control: {directory}/control
  socket-holder: {holder}
  peer: {{address: 127.0.0.1, port: {peer_port}, listen-address: 127.0.0.1, listen-port: {listen_port}}}
  witness: {{type: arbiter, endpoints: ["http://127.0.0.1:{witness_port}"]}}
"""
BACKUP_SYNC = "    backup-sync: {protocol: addp, addp-timeout: 1, addp-remote-timeout: 1, sync-reconnect-tout: 0.1}\n"


def await_(check, seconds, what, interval=0.02):
    """What check() returns once it is true."""
    end = time.monotonic() + seconds
    while True:
        found = check()
        if found:
            return found
        if time.monotonic() > end:
            raise ServerError(f"{what} within {seconds} s")
        time.sleep(interval)


class Helper(Process):
    """The witness, the socket holder."""

    def __init__(self, directory, name, start, command, ready):
        os.makedirs(os.path.join(directory, name), exist_ok=True)
        super().__init__(os.path.join(directory, name), start)
        self.name, self.command, self.ready = name, command, ready

    def start(self):
        self.launch(self.command)
        self.await_ready(self.ready)


class PairNode(Understudy):
    """One of the two."""

    def __init__(self, directory, name, start, binary):
        super().__init__(os.path.join(directory, name), start, binary)
        self.name = name
        self.listen_port = free_port(socket.SOCK_STREAM)

    def status(self):
        """{} when it does not answer."""
        try:
            return json.loads(self._get("/server?sipServer&format=json"))
        except (OSError, ValueError):
            return {}

    def control(self, *command, seconds=30):
        ctl = os.path.join(os.path.dirname(os.path.dirname(self.binary)), "tools", "understudyctl")
        done = subprocess.run([ctl, "--socket", os.path.join(self.directory, "control"), *command], timeout=seconds,
                              stdout=subprocess.PIPE, stderr=subprocess.STDOUT, check=False)
        return done.returncode, done.stdout.decode(errors="replace")

    def events(self, event, after=0.0):
        """[(time of day, line)] of its log with this id, not before `after`."""
        found = []
        with open(os.path.join(self.directory, "log"), encoding="utf-8", errors="replace") as log:
            for line in log:
                match = re.match(r"(\S+Z) \w+ +(\S+) ", line)
                if not match or match.group(2) != event:
                    continue
                at = datetime.datetime.fromisoformat(match.group(1).replace("Z", "+00:00")).timestamp()
                if at >= after:
                    found.append((at, line.strip()))
        return found

    def kill(self):
        self.process.kill()
        self.process.wait()


class PairServer:
    """`mode`: received or durable. `options`: more of section TServer, for example "ha-max-calls-sync-at-once: 500"."""

    node_class = PairNode

    def __init__(self, directory, start, binary, mode, start_backup, options=""):
        os.makedirs(directory)
        self.name, self.directory, self.mode, self.options = mode, directory, mode, options
        self.nodes = [self.node_class(directory, "sip-a", start, binary), self.node_class(directory, "sip-b", start_backup, binary)]
        self.primary, self.backup = self.nodes
        self.witness_port = free_port(socket.SOCK_STREAM)
        self.probe_port, self.more_port = free_port(), free_port()
        self.holder_path = os.path.join(directory, "sockets")
        self._start_others, self._tools = start_backup, os.path.join(os.path.dirname(os.path.dirname(binary)), "tools")
        self._helpers = []

    def start(self, port, caller_port, callee_port):
        self._helpers = self._make_helpers(port)
        for helper in self._helpers:
            helper.start()
        for node, other in zip(self.nodes, reversed(self.nodes)):
            lines = NODE.format(directory=node.directory, holder=self.holder_path, peer_port=other.listen_port,
                                listen_port=node.listen_port, witness_port=self.witness_port)
            node.configure(port, caller_port, callee_port, self.mode, lines, BACKUP_SYNC, self.options,
                           [self.probe_port, self.more_port])
        self.primary.begin()
        await_(lambda: self.primary.status().get("role") == "primary", 20, "sip-a is not primary")
        self.backup.begin()
        self.await_in_sync()

    def _make_helpers(self, port):
        def answers():
            with socket.socket() as probe:
                return probe.connect_ex(("127.0.0.1", self.witness_port)) == 0
        witness = [os.path.join(self._tools, "arbiter"), "--listen", f"127.0.0.1:{self.witness_port}",
                   "--file", os.path.join(self.directory, "register")]
        holder = [os.path.join(self._tools, "socket-holder"), "--sip", f"127.0.0.1:{port}", "--socket", self.holder_path]
        return [Helper(self.directory, "arbiter", self._start_others, witness, answers),
                Helper(self.directory, "holder", self._start_others, holder, lambda: os.path.exists(self.holder_path))]

    def is_ready(self):
        return all(node.status().get("readyForSwitchover") == 1 for node in self.nodes)

    def await_in_sync(self, seconds=SYNC_SECONDS):
        await_(self.is_ready, seconds, f"the pair is not in sync; see {self.directory}/sip-*/log")

    def stop(self):
        for process in [self.backup, self.primary, *reversed(self._helpers)]:
            process.stop()

    # ---- What the comparison asks a server; it is the primary's.
    def pids(self):
        return self.primary.pids()

    def facts(self):
        return self.primary.facts()

    def histogram(self, name):
        return self.primary.histogram(name)

    def held_calls(self):
        return self.primary.held_calls()

    def slow_commits_ms(self):
        return self.primary.slow_commits_ms()

    def backup_cpu_seconds(self):
        return procfs.cpu_seconds(self.backup.pids())
