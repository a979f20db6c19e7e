"""A pair on two hosts: each node in a network namespace of its own, a service address that moves, cables to be cut.

    hosts = Hosts(directory, dns).start()
    with hosts.cut("link"):      # the cable between the nodes
        ...

The LAN carries phones (PHONES), the witness (PHONES, too) and the service address SERVICE; a cable of their own joins the
two nodes. The operator's scripts move the address: it is added, and told to everybody by ARP, or taken away.
"""
import contextlib
import json
import os
import stat
import subprocess
import sys
import threading
import time

from harness import programs, sandbox
from harness.claims import until
from harness.daemon import Daemon
from harness.journals import EqualJournals
from harness.pair import Helper

PHONES, SERVICE = "10.231.79.2", "10.231.79.100"
LAN = {"sip-a": "10.231.79.11", "sip-b": "10.231.79.12"}
CABLE = {"sip-a": "10.231.80.1", "sip-b": "10.231.80.2"}
OTHER = {"sip-a": "sip-b", "sip-b": "sip-a"}
WITNESS_PORT, PEER_PORT = 7100, 7001

NODE = """\
  control: {control}
  service-up: {up}
  service-down: {down}
  peer:
    address: {there}
    port: {port}
    listen-address: {here}
    listen-port: {port}
{peer}  witness: {{type: arbiter, timeout: 300ms, endpoints: ["http://{phones}:{witness}"]}}
"""
UP = f"""\
#!{sys.executable}
import socket, struct, subprocess, sys
subprocess.run("ip address replace {SERVICE}/24 dev lan".split(), check=True)
raw = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0806))
raw.bind(("lan", 0x0806))
mac, ip = raw.getsockname()[4], socket.inet_aton("{SERVICE}")
arp = struct.pack("!HHBBH", 1, 0x0800, 6, 4, 2) + mac + ip + b"\\xff" * 6 + ip
for _ in range(2):
    raw.send(b"\\xff" * 6 + mac + struct.pack("!H", 0x0806) + arp)
"""
DOWN = f"#!/bin/sh\nip address del {SERVICE}/24 dev lan 2>/dev/null\nexit 0\n"


def run(command):
    subprocess.run(command.split(), check=True, stdout=subprocess.DEVNULL)


class HostNode(Daemon):
    def __init__(self, hosts, name, dns, peer=(), options="", **more):
        self.control = os.path.join(hosts.directory, name + ".control")
        node = NODE.format(control=self.control, up=hosts.up, down=hosts.down, there=CABLE[OTHER[name]], here=CABLE[name],
                           port=PEER_PORT, phones=PHONES, witness=WITNESS_PORT, peer="".join(f"    {line}\n" for line in peer))
        super().__init__(hosts.directory, dns, options=options, node=node, name=name, http_port=8091, durability="durable",
                         wrapper=["ip", "netns", "exec", name], **more)
        self.address, self.server, self.name = SERVICE, f"{SERVICE}:{self.port}", name
        self.configure(dns, options, node)

    def status(self):
        code, text = self.tool("understudyctl", "--socket", self.control, "status", "--json", seconds=10)
        return json.loads(text) if code == 0 else {}

    def role(self):
        return self.status().get("role")

    def events(self, event):
        return [line for line in self.log_text().splitlines() if f" {event} " in line]


class Hosts(EqualJournals):
    def __init__(self, directory, dns, **more):
        self.directory = directory
        self.up, self.down = (self._script(name, text) for name, text in (("up", UP), ("down", DOWN)))
        self._lay_cables()
        self.witness = Helper(directory, "arbiter", [
            programs.built("tools/arbiter"), "--listen", f"{PHONES}:{WITNESS_PORT}", "--file",
            os.path.join(directory, "arbiter")], lambda: "listening" in open(self.witness.log, encoding="utf-8").read())
        self.nodes = [HostNode(self, name, dns, **more) for name in LAN]
        self.server = self.nodes[0].server

    def _script(self, name, text):
        path = os.path.join(self.directory, name)
        with open(path, "w", encoding="utf-8") as file:
            file.write(text)
        os.chmod(path, stat.S_IRWXU)
        return path

    @staticmethod
    def _lay_cables():
        run("mount -t tmpfs none /run")
        run("ip link add lan type bridge")
        run(f"ip address add {PHONES}/24 dev lan")
        run("ip link set lan up")
        for name in LAN:
            run(f"ip netns add {name}")
            run(f"ip link add port-{name} type veth peer name lan netns {name}")
            run(f"ip link set port-{name} master lan up")
            run(f"ip -n {name} address add {LAN[name]}/24 dev lan")
            run(f"ip -n {name} link set lan up")
            run(f"ip -n {name} link set lo up")
        run("ip -n sip-a link add cable type veth peer name cable netns sip-b")
        for name in LAN:
            run(f"ip -n {name} address add {CABLE[name]}/24 dev cable")
            run(f"ip -n {name} link set cable up")

    def start(self):
        self.witness.start()
        self.nodes[0].launch()
        until(lambda: self.nodes[0].role() == "primary", 15, f"sip-a does not become primary; see {self.nodes[0].log}")
        self.nodes[1].launch()
        return self.wait_ready()

    def primary(self):
        found = [node for node in self.nodes if node.role() == "primary"]
        return max(found, key=lambda node: node.status().get("epoch", 0)) if found else None

    def other(self, node):
        return next(other for other in self.nodes if other is not node)

    def wait_ready(self, seconds=30):
        def ready():
            told = [node.status() for node in self.nodes]
            return (sorted(status.get("role", "") for status in told) == ["backup", "primary"]
                    and all(status.get("readyForSwitchover") == 1 for status in told))
        until(ready, seconds, f"the pair is not ready; see {self.directory}/*/understudyd.log", interval=0.05)
        return self

    @contextlib.contextmanager
    def cut(self, what, node=None):
        """"cable": both ways. "to": from `node` to its peer only. "host": `node` from everything. "witness": `node` from
        the witness and the phones."""
        here = node.name if node else "sip-a"
        there = f"{CABLE[OTHER[here]]}/32"
        away, back = {
            "cable": ([f"ip -n {here} link set cable down"], [f"ip -n {here} link set cable up"]),
            "to": ([f"ip -n {here} route add blackhole {there}"], [f"ip -n {here} route del blackhole {there}"]),
            "witness": ([f"ip link set port-{here} down"], [f"ip link set port-{here} up"]),
            "host": ([f"ip -n {here} link set cable down", f"ip link set port-{here} down"],
                     [f"ip -n {here} link set cable up", f"ip link set port-{here} up"]),
        }[what]
        for command in away:
            run(command)
        try:
            yield
        finally:
            for command in back:
                run(command)

    def break_link(self):
        """Kills the connection between the nodes, at both ends."""
        for name in LAN:
            run(f"ip netns exec {name} ss -K -H -t dst {CABLE[OTHER[name]]}")

    def mac(self, node):
        shown = subprocess.run(f"ip -n {node.name} -j link show lan".split(), check=True, stdout=subprocess.PIPE)
        return bytes.fromhex(json.loads(shown.stdout)[0]["address"].replace(":", ""))


class Senders:
    """Which host sent which SIP datagram from the service address, as the phones' host sees them."""

    def __init__(self, port):
        import socket
        self.seen, self._running, self._port = [], True, port
        self._socket = socket.socket(socket.AF_PACKET, socket.SOCK_RAW, socket.htons(0x0800))
        self._socket.bind(("lan", 0x0800))
        self._socket.setsockopt(socket.SOL_SOCKET, 33, 32 << 20)  # SO_RCVBUFFORCE
        self._socket.settimeout(0.2)
        self._thread = threading.Thread(target=self._listen, daemon=True)
        self._thread.start()

    def _listen(self):
        while self._running:
            try:
                frame, address = self._socket.recvfrom(65536)
            except OSError:
                continue
            packet = frame[14:]
            datagram = packet[(packet[0] & 15) * 4:]
            if address[2] != 4 and packet[9] == 17 and int.from_bytes(datagram[:2], "big") == self._port:
                self.seen.append((time.monotonic(), frame[6:12], datagram[8:]))

    def stop(self):
        self._running = False
        self._thread.join()
        return self
