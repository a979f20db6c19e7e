"""A pair of servers on one host: the witness, the socket holder, and two nodes that are started again when they die.

    pair = Pair(directory, dns).start()      # both in sync
    pair.primary().kill()                    # its supervisor starts it again after a while
    pair.wait_ready()
"""
import json
import os
import socket
import subprocess
import threading
import time
import urllib.error

from harness import programs, sandbox
from harness.claims import expect, until
from harness.daemon import Daemon
from harness.journals import EqualJournals

LOOPBACK = "127.0.0.1"
WITNESS_PORT, ETCD_PEER_PORT = 7100, 7101
PEER_PORTS, HTTP_PORTS = {"sip-a": 7001, "sip-b": 7002}, {"sip-a": 8091, "sip-b": 8092}
TLIB_PORTS, WEBSOCKET_PORTS = {"sip-a": 5071, "sip-b": 5072}, {"sip-a": 5073, "sip-b": 5074}
OTHER = {"sip-a": "sip-b", "sip-b": "sip-a"}

NODE = """\
  control: {control}
{holder}  peer:
    address: {loopback}
    port: {peer_port}
    listen-address: {loopback}
    listen-port: {listen_port}
{peer}  witness: {{type: {witness}, endpoints: ["http://{loopback}:{witness_port}"]}}
"""


def answers(port):
    """Whether somebody listens there."""
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((LOOPBACK, port)) == 0


class Helper:
    """A process beside the nodes: the witness, the socket holder."""

    def __init__(self, directory, name, command, ready):
        self.log = os.path.join(directory, name + ".log")
        self.name, self.command, self.process, self._ready = name, command, None, ready

    def start(self):
        with open(self.log, "ab") as log:
            self.process = subprocess.Popen(self.command, stdin=subprocess.DEVNULL, stdout=log, stderr=log)
        until(self._up, 10, f"the {self.name} does not start; see {self.log}", interval=0.01)
        return self

    def _up(self):
        expect(self.process.poll() is None, f"the {self.name} ended with {self.process.poll()}; see {self.log}")
        return self._ready()

    def kill(self):
        self.process.kill()
        self.process.wait()


def arbiter(directory):
    helper = Helper(directory, "arbiter", [programs.built("tools/arbiter"), "--listen", f"{LOOPBACK}:{WITNESS_PORT}",
                                           "--file", os.path.join(directory, "arbiter")], lambda: answers(WITNESS_PORT))
    helper.memory = os.path.join(directory, "arbiter")
    return helper


def etcd(directory):
    here, there = f"http://{LOOPBACK}:{WITNESS_PORT}", f"http://{LOOPBACK}:{ETCD_PEER_PORT}"
    data = os.path.join(directory, "etcd")
    helper = Helper(directory, "etcd", [
        "etcd", "--name", "witness", "--data-dir", data, "--listen-client-urls", here, "--advertise-client-urls", here,
        "--listen-peer-urls", there, "--initial-advertise-peer-urls", there, "--initial-cluster", f"witness={there}",
        "--log-level", "warn"], lambda: answers(WITNESS_PORT))
    helper.memory = data
    return helper


class Node(Daemon):
    """One of the two. While it is supervised, each death is followed by a start, `restart_after()` seconds later."""

    def __init__(self, pair, name, dns, options, peer, **more):
        self.peer_port, self.control = PEER_PORTS[name], os.path.join(pair.directory, name + ".control")
        holder = f"  socket-holder: {pair.socket_path}\n" if pair.holder else ""
        holder += f"  tlib-port: {TLIB_PORTS[name]}\n  tlib-websocket-port: {WEBSOCKET_PORTS[name]}\n" if pair.tlib else ""
        holder += pair.node_lines
        self.section = NODE.format(
            control=self.control, holder=holder, loopback=LOOPBACK, peer_port=PEER_PORTS[OTHER[name]],
            listen_port=self.peer_port, witness=pair.witness_type, witness_port=WITNESS_PORT,
            peer="".join(f"    {line}\n" for line in peer))
        super().__init__(pair.directory, dns, options=options, node=self.section, name=name, http_port=HTTP_PORTS[name],
                         durability=os.environ.get("UNDERSTUDY_DURABILITY", "durable"), **more)
        self.name, self.restart_after, self.ends = name, lambda: 0.0, []
        self._supervisor, self._wanted, self._expected = None, False, set()

    def supervise(self):
        """Starts it, and again whenever it ends. It does not run now."""
        if self._supervisor:
            self._supervisor.join()
        self._wanted = True
        self.launch()
        self._supervisor = threading.Thread(target=self._watch, daemon=True)
        self._supervisor.start()
        return self

    def _watch(self):
        while True:
            process = self.process
            code = process.wait()
            if process.pid not in self._expected:
                self.ends.append(code)
            pause = self.restart_after()
            time.sleep(pause)
            if not self._wanted:
                return
            self.launch()

    def kill(self):
        """SIGKILL. Returns the time of day when it was certainly dead."""
        process = self.process
        self._expected.add(process.pid)
        process.kill()
        process.wait()
        return time.time()

    def leave(self, seconds=20):
        """Ends it for good, by SIGTERM."""
        self._wanted = False
        process = self.process
        self._expected.add(process.pid)
        code = self.terminate(seconds)
        if self._supervisor:
            self._supervisor.join()
        return code

    def rest(self):
        """Its supervisor leaves it alone from now on; it may be killed, and started with supervise()."""
        self._wanted = False

    def status(self):
        """What the node says of itself; {} when it does not answer."""
        try:
            return json.loads(self.get("/server?sipServer&format=json"))
        except (OSError, urllib.error.URLError, ValueError):
            return {}

    def role(self):
        return self.status().get("role")

    def ready(self):
        return self.status().get("readyForSwitchover") == 1

    def ctl(self, *arguments, seconds=30):
        """understudyctl: (exit code, output)."""
        return self.tool("understudyctl", "--socket", self.control, *arguments, seconds=seconds)

    def events(self, event):
        """The lines of its log with this event id, in order."""
        return [line for line in self.log_text().splitlines() if f" {event} " in line]


class Pair(EqualJournals):
    """`peer`: more lines of the section node.peer. `holder`: whether a socket holder owns the service address. `tlib`: whether
    clients of the T-Library may come, to `clients`, or to `websockets`. `streams`: what else the holder holds, as
    {"tls": port}. `node`: more lines of each node's section."""

    clients = ",".join(f"{LOOPBACK}:{port}" for port in TLIB_PORTS.values())
    websockets = ",".join(f"ws://{LOOPBACK}:{port}/tlib" for port in WEBSOCKET_PORTS.values())

    def __init__(self, directory, dns, options="", peer=(), witness="arbiter", holder=True, tlib=False, streams=None, node="", **more):
        self.directory, self.witness_type, self.tlib, self.node_lines = directory, witness, tlib, node
        self.holder, self.socket_path = None, os.path.join(directory, "sockets")
        if holder:
            address = f"{sandbox.ADDRESS}:5060"
            more_of_it = [word for name, port in (streams or {}).items()
                          for word in (f"--{name}", f"{sandbox.ADDRESS}:{port}")]
            self.holder = Helper(directory, "holder", [programs.built("tools/socket-holder"), "--sip", address,
                                                       "--socket", self.socket_path, *more_of_it],
                                 lambda: os.path.exists(self.socket_path))
        self.witness = etcd(directory) if witness == "etcd" else arbiter(directory)
        self.nodes = [Node(self, name, dns, options, peer, **more) for name in PEER_PORTS]
        self.server = self.nodes[0].server

    def start(self):
        """Witness, holder, sip-a, then sip-b; returns when they are in sync."""
        self.witness.start()
        if self.holder:
            self.holder.start()
        self.nodes[0].supervise()
        until(lambda: self.nodes[0].role() == "primary", 15, self._why("sip-a does not become primary"))
        self.nodes[1].supervise()
        self.wait_ready()
        return self

    def primary(self, seconds=15):
        """The node that serves, once there is one."""
        return until(lambda: next((node for node in self.nodes if node.role() == "primary"), None), seconds,
                     self._why("there is no primary"), interval=0.02)

    def other(self, node):
        return next(other for other in self.nodes if other is not node)

    def backup(self):
        return self.other(self.primary())

    def wait_ready(self, seconds=30):
        """Until both say that a switchover would lose nothing."""
        until(self.is_ready, seconds, self._why("the pair is not ready"), interval=0.02)
        return self

    def is_ready(self):
        statuses = [node.status() for node in self.nodes]
        return (sorted(status.get("role", "") for status in statuses) == ["backup", "primary"]
                and all(status.get("readyForSwitchover") == 1 for status in statuses))

    def _why(self, what):
        def say():
            told = [f"{node.name}: {status.get('role', 'no answer')}, ready {status.get('readyForSwitchover')}, "
                    f"{status.get('register', '')}" for node in self.nodes for status in [node.status()]]
            return f"{what}: {'; '.join(told)}; see {self.directory}/*/understudyd.log"
        return say

    def expect_no_crash(self):
        ends = {node.name: node.ends for node in self.nodes if node.ends}
        expect(not ends, f"nodes ended by themselves, with {ends}; see {self.directory}/*/understudyd.log")

    def kill_all(self):
        """Ends everything at once, so that another pair can take its ports."""
        for node in self.nodes:
            node.rest()
            if node.process and node.process.poll() is None:
                node.kill()
        for helper in (self.holder, self.witness):
            if helper and helper.process.poll() is None:
                helper.kill()

    def leave(self):
        """Ends both nodes, the backup first, so that their logs end alike."""
        primary = self.primary()
        for node in (self.other(primary), primary):
            code = node.leave()
            expect(code == 0, f"{node.name} ended with {code}; see {node.log}")
