#!/usr/bin/env python3
"""A server that gets a twentieth of a core and far more calls than that is good for, over UDP, TCP and TLS, one after the other.

Each call is completed or refused by 503, those that were up are not hurt, and when the load is gone everything is taken
again. How many are completed is for tests/bench/overload.py to say: a machine that others use, too, is no measure.
"""
# time-limit: 300
import os

from harness import claims, daemon, sandbox, tls_relay
from harness.caller import Caller
from harness.certificates import Certificates
from harness.cgroup import CpuQuota
from harness.claims import claim, expect, until

CORES, RATE, SECONDS, HELD = 0.05, 1200, 8, 20
HERE = os.path.dirname(os.path.realpath(__file__))
CALLER = os.path.join(HERE, "harness", "overload_caller.xml")
BUFFER = ["-buff_size", str(4 << 20)]  # what comes at once after a wait must not be lost in sipp
CALLEE = os.path.join(HERE, "harness", "overload_callee.xml")

quota = CpuQuota("understudy-overload")
reason = quota.why_not()
if reason:
    quota.end()
    claims.skip("overload", reason)
    claims.finish()
sandbox.enter()
quota.why_not()
directory = sandbox.directory("overload")
pki = Certificates(directory)
certificate, key = pki.certificate("server", sandbox.ADDRESS)
both = pki.both("gateway", sandbox.PHONE_ADDRESS)


class Bench:
    """A server, who calls it, and whom it calls."""

    def __init__(self, transport, port):
        self.transport, self.port = transport, port
        self.caller, self.held, self.later, self.callee = (f"{sandbox.PHONE_ADDRESS}:{port + more}" for more in (20, 21, 22, 30))
        gateways = [daemon.trunk(name, f"sip:{local};transport={transport}", prefix) for name, local, prefix in (
            ("from", self.caller, ""), ("holds", self.held, ""), ("from-later", self.later, ""), ("to", self.callee, "service"))]
        quota.limit(1.0)
        self.server = daemon.Daemon(
            directory, [*gateways, daemon.extension("1001")], name=f"sip-{transport}", port=port, options=f"sip-tls-port: {port + 1}",
            node=f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n  sip-tls-ca: {pki.ca}\n", wrapper=quota.wrapper())
        self.nears = iter(range(port + 40, port + 50))
        self.uas = None

    def sipp(self, name, scenario, arguments, local, calls):
        path, at, remote = scenario, local, self.server.server if calls else None
        if self.transport == "tls":
            path, at = tls_relay.outside(scenario, directory, local), tls_relay.inside(local)
            remote = calls and self._reaching(local)
            if not calls:
                tls_relay.taking(local, both)
        return Caller(directory, f"{self.transport}-{name}", ["-sf", path, *BUFFER, *arguments], at,
                      "u1" if self.transport == "udp" else "t1", remote)

    def _reaching(self, local):
        near = next(self.nears)
        tls_relay.reaching(f"{sandbox.ADDRESS}:{self.port + 1}", near, local, pki.ca)
        return f"{tls_relay.LOOPBACK}:{near}"

    def calls(self, name, local, rate, number, hold_ms):
        return self.sipp(name, CALLER, ["-s", "service", "-r", str(rate), "-m", str(number), "-d", str(hold_ms), "-l", "15000",
                                        "-recv_timeout", "40000"], local, True)

    def start(self):
        self.server.start(30)
        self.uas = self.sipp("uas", CALLEE, [], self.callee, False).start()

    def is_over(self):
        return self.server.metric("understudy_overloaded") == 0 and self.server.metric("understudy_overload_accepted_percent") == 100

    def overload(self):
        kept = self.calls("held", self.held, 10, HELD, (SECONDS + 12) * 1000).start()
        until(lambda: self.server.metric("understudy_calls") == HELD, 20, "the calls to be held are not up")
        quota.limit(CORES)
        load = self.calls("load", self.caller, RATE, RATE * SECONDS, 500).start()
        load.wait(SECONDS + 90)
        made, refused = load.total("completed"), load.total("refused")
        expect(made + refused == RATE * SECONDS, f"{made} completed and {refused} refused of {RATE * SECONDS}: "
               f"{' '.join(load.errors().split())[:300]}")
        expect(refused > 0, "nothing was refused: this was no overload")
        expect(made > 0, "nothing was completed")
        quota.limit(1.0)
        kept.wait(60)
        expect(kept.total("completed") == HELD, f"{kept.total('completed')} of {HELD} calls that were up ended as they should: "
               f"{' '.join(kept.errors().split())[:300]}")
        return f"{made} completed, {refused} refused"

    def recovers(self):
        until(self.is_over, 60, "the overload does not end")
        until(lambda: "the overload is over" in self.server.log_text(), 5, "the log does not say that it is over")
        more = self.calls("after", self.later, 20, 100, 200)
        more.run(60)
        expect(more.total("completed") == 100, f"{more.total('completed')} of 100 calls, {more.total('refused')} refused")

    def told(self):
        log = self.server.log_text()
        begins, ends = log.count("overload: a part of what begins something is refused"), log.count("the overload is over")
        episodes = self.server.metric("understudy_overload_episodes_total")
        expect(begins == episodes >= 1, f"{episodes:.0f} episodes, {begins} lines of their beginning")
        expect(ends == episodes, f"{episodes:.0f} episodes, {ends} lines of their end")
        return f"{episodes:.0f} episodes"

    def leaves_nothing(self):
        until(lambda: self.server.metric("understudy_calls") == 0, 40, "calls are left over")
        expect(self.server.terminate() == 0, f"the server ended with {self.server.process.returncode}; see {self.server.log}")
        self.uas.stop()

    def claim_all(self):
        self.start()
        claim(f"{self.transport}: at {RATE} calls a second on {CORES} of a core each is completed or refused by 503, and {HELD} that were "
              "up are not hurt", self.overload)
        claim(f"{self.transport}: it recovers by itself and takes every call again", self.recovers)
        claim(f"{self.transport}: the log tells of each episode once when it begins and once when it ends", self.told)
        claim(f"{self.transport}: no call is left over", self.leaves_nothing)


for number, way in enumerate(("udp", "tcp", "tls")):
    Bench(way, 5060 + 100 * number).claim_all()
quota.end()
claims.finish()
