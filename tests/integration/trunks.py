#!/usr/bin/env python3
"""Calls to the outside through Trunks whose gateways are sipp: one is not there, one says nothing, one answers each call
with 503, one is full, and one takes what is left; over UDP, TCP and TLS.

The caller must hear of none of that. What the server finds out with OPTIONS it says in its log, its metrics and to
T-Library clients' DNs, and a gateway that comes back gets calls again.
"""
# time-limit: 260
import json
import os
import re
import socket
import urllib.error

from harness import claims, daemon, sandbox, tls_relay
from harness.caller import Caller
from harness.certificates import Certificates
from harness.claims import claim, expect, until
from harness.sip import Agent, Call
from harness.sipp_item import SCENARIOS
from harness.tcp_agent import TcpAgent
from harness.tls_agent import tls_agent

CHECK, FORCE = 2, 2

sandbox.enter()
directory = sandbox.directory("trunks")
pki = Certificates(directory)
certificate, key = pki.certificate("server", sandbox.ADDRESS)
both = pki.both("gateway", sandbox.PHONE_ADDRESS)
AGENTS = {"udp": Agent, "tcp": TcpAgent, "tls": tls_agent(*pki.certificate("phone", sandbox.PHONE_ADDRESS), pki.ca)}


class Bench:
    """A server, its Trunks, and the sipps and sockets that stand for their gateways."""

    def __init__(self, transport, port):
        self.transport, self.port = transport, port
        self.suffix = "" if transport == "udp" else f";transport={transport}"
        self.gateways, self.relays, self.silent = {}, {}, None
        dns = [daemon.extension("1001"),
               self.trunk("gone", 1, f", priority: 1, oos-check: {CHECK}, oos-force: {FORCE}"),
               self.trunk("silent", 2, f", priority: 2, oos-check: {CHECK}, oos-force: {FORCE}"),
               self.trunk("refuses", 3, ", priority: 3"),
               self.trunk("full", 4, ", priority: 4, capacity: 1"),
               self.trunk("last", 5, f", priority: 5, oos-check: {CHECK}")]
        self.server = daemon.Daemon(directory, dns, name=f"sip-{transport}", port=port, level="debug",
                                    options=f"sip-pass-check: true, sip-tls-port: {port + 1}",
                                    node=f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n  sip-tls-ca: {pki.ca}\n")
        self.caller = AGENTS[transport](f"{sandbox.PHONE_ADDRESS}:{port + 40}", f"{sandbox.ADDRESS}:{port + (transport == 'tls')}")

    def place(self, index):
        return f"{sandbox.PHONE_ADDRESS}:{self.port + 40 + index}"

    def trunk(self, name, index, options):
        return daemon.trunk(name, f"sip:{self.place(index)}{self.suffix}", prefix="9", options=options)

    def gateway(self, name, index, scenario="gateway_uas"):
        path, listens = os.path.join(SCENARIOS, scenario + ".xml"), self.place(index)
        if self.transport == "tls":
            self.relays[name] = tls_relay.taking(listens, both)
            path, listens = tls_relay.outside(path, directory, listens), tls_relay.inside(listens)
        self.gateways[name] = Caller(directory, f"{self.transport}-{name}", ["-sf", path, "-nd"], listens,
                                     "u1" if self.transport == "udp" else "t1").start()
        host, port = listens.rsplit(":", 1)
        until(lambda: tls_relay.bound(host, int(port)), 10, f"sipp {name} does not listen", 0.05)

    def stop_gateways(self):
        for one in (*self.gateways.values(), *self.relays.values()):
            one.stop()

    def start(self):
        kind = socket.SOCK_DGRAM if self.transport == "udp" else socket.SOCK_STREAM
        self.silent = socket.socket(socket.AF_INET, kind)
        host, port = self.place(2).rsplit(":", 1)
        self.silent.bind((host, int(port)))
        if self.transport != "udp":
            self.silent.listen(16)  # connections are made by the kernel, and nobody reads
        self.gateway("refuses", 3, "gateway_refuses_uas")
        self.gateway("full", 4)
        self.gateway("last", 5)
        self.server.start()
        return f"at {self.server.server}"

    def metric(self, step):
        found = re.search(rf'understudy_devices_total{{step="{step}"}} (\d+)', self.server.get("/metrics"))
        return int(found.group(1)) if found else 0

    def finds_out(self):
        """Who is not there, or says nothing, is out of service after oos-check and oos-force."""
        until(lambda: self.metric("out-of-service") >= 2, 10 * (CHECK + FORCE), "two devices are not out of service")
        with open(self.server.log, encoding="utf-8", errors="replace") as log:
            text = log.read()
        for name in ("gone", "silent"):
            expect(re.search(rf"out of service.*{name}", text), f"the log has no word of {name}; see {self.server.log}")
        return f"{self.metric('out-of-service')} devices out of service"

    def overflows(self):
        """Two calls at a time: one finds a place, the other goes on to the last Trunk. Both hear nothing of the 503s."""
        before = self.metric("overflowed")
        first = self.caller.call("9001", "1001")
        second = self.caller.call("9002", "1001")
        expect(self.metric("overflowed") - before == 2, f"{self.metric('overflowed') - before} calls were sent on")
        first.bye()
        third = self.caller.call("9003", "1001")
        second.bye()
        third.bye()
        return self.made({"full": 2, "last": 1})

    def made(self, wanted):
        """How many calls each gateway has taken; an OPTIONS is one to sipp, so the INVITEs are counted."""
        taken = {name: self.server_calls(name) for name in wanted}
        expect(taken == wanted, f"gateways have taken {taken}, not {wanted}")
        return str(taken)

    def server_calls(self, name):
        """From the log: calls that have been answered through that Trunk."""
        with open(self.server.log, encoding="utf-8", errors="replace") as log:
            return len(re.findall(rf"step=answered.* to={name} ", log.read()))

    def comes_back(self):
        """The gateway that was not there gets the next call: it has the lowest priority."""
        before = self.metric("back-in-service")
        self.gateway("gone", 1)
        until(lambda: self.metric("back-in-service") > before, 10 * CHECK, "the gateway is not back in service")
        self.caller.call("9004", "1001").bye()
        return self.made({"gone": 1})

    def nobody(self):
        """All are gone, and are found gone by the call itself, over UDP by the report of the network."""
        self.stop_gateways()
        answer = Call(self.caller, "9005", "1001").invite(seconds=40)
        expect(answer.status in (500, 503), f"the caller heard {answer.first}")
        return answer.first

    def unavailable(self):
        """Seven seconds after the last message of all: the longest oos-check and 5 s."""
        until(lambda: "SERVICE_UNAVAILABLE" in self.readiness(), 20, f"/readyz says {self.readiness()}")
        trunks = {row["dn"]: row for row in json.loads(self.server.get("/server?sipTrunkStatistics"))}
        wrong = [name for name in ("gone", "silent", "last") if trunks[name]["inService"]]
        expect(not wrong, f"/server says that {wrong} are in service")
        self.gateway("last", 5)
        until(lambda: self.readiness() == "ok\n", 10 * CHECK, "/readyz does not say ok again")
        return f"{trunks['silent']}"

    def readiness(self):
        try:
            return self.server.get("/readyz")
        except urllib.error.HTTPError as error:
            return error.read().decode()

    def end(self):
        self.stop_gateways()
        self.silent.close()
        expect(self.server.terminate() == 0, f"the server ended with {self.server.process.returncode}")
        return "it ended with 0"


for transport, port in (("udp", 5060), ("tcp", 5160), ("tls", 5260)):
    bench = Bench(transport, port)
    if not claim(f"{transport}: a server with five Trunks, whose gateways are sipp, dead or silent", bench.start):
        continue
    claim(f"{transport}: who does not answer OPTIONS is out of service, in the log and in the metrics", bench.finds_out)
    claim(f"{transport}: 503 and a full Trunk send calls on, and the caller hears nothing of it", bench.overflows)
    claim(f"{transport}: a gateway that answers again gets calls again", bench.comes_back)
    claim(f"{transport}: with all gateways gone the caller hears so", bench.nobody)
    claim(f"{transport}: no device and no SIP: SERVICE_UNAVAILABLE, until somebody answers", bench.unavailable)
    claim(f"{transport}: the server ends as it should", bench.end)
claims.finish()
