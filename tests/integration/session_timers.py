#!/usr/bin/env python3
"""Session timers of the server's own (RFC 4028), with sipp over UDP and TCP: 422 to who asks for too little, refreshes by UPDATE
and by re-INVITE, and a call that ends because the phone behind one leg is gone.
"""
# time-limit: 240
import os

from harness import claims, daemon, sandbox
from harness.caller import Caller
from harness.claims import claim, expect

HARNESS = os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness")
CALLS = 5

sandbox.enter()
directory = sandbox.directory("session_timers")


class Bench:
    """A server with callers and callees of one transport; begun at once, for most of the time they wait."""

    def __init__(self, transport, mode, port):
        refreshed, silent = (f"{sandbox.PHONE_ADDRESS}:{port + more}" for more in (20, 30))
        suffix = f";transport={transport}"
        self.server = daemon.Daemon(directory, [
            daemon.extension("1001"), daemon.trunk("refreshed", f"sip:{refreshed}{suffix}", prefix="8"),
            daemon.trunk("silent", f"sip:{silent}{suffix}", prefix="9")],
            options="sip-session-timer: 90", name=f"sip-{transport}", port=port).start()
        self.callees = [self.sipp(f"{transport}-refreshed", "refreshed_callee", refreshed, mode).start(),
                        self.sipp(f"{transport}-silent", "silent_callee", silent, mode).start()]
        self.caller = self.calls(f"{transport}-caller", "timed_caller", "800", port + 40, mode)
        self.left = self.calls(f"{transport}-left", "left_caller", "900", port + 50, mode)

    @staticmethod
    def sipp(name, scenario, local, mode, remote=None, *more):
        return Caller(directory, name, ["-sf", f"{HARNESS}/{scenario}.xml", "-m", str(CALLS), *more], local, mode, remote)

    def calls(self, name, scenario, number, port, mode):
        return self.sipp(name, scenario, f"{sandbox.PHONE_ADDRESS}:{port}", mode, self.server.server, "-s", number).start()

    def kept(self):
        self.caller.wait(90)
        made = self.caller.expect_clean(CALLS)
        self.callees[0].wait(20)
        self.callees[0].expect_clean(CALLS)
        return f"{made} calls refreshed on both sides"

    def ended(self):
        self.left.wait(120)
        made = self.left.expect_clean(CALLS)
        return f"{made} calls ended"

    def stop(self):
        for callee in self.callees:
            callee.stop()
        expect(self.server.terminate() == 0, f"the server ended with {self.server.process.returncode}; see {self.server.log}")


benches = [("UDP", Bench("udp", "u1", 5060)), ("TCP", Bench("tcp", "t1", 5160))]
for name, bench in benches:
    claim(f"over {name} 60 s are too few, and at half of 90 s both phones are refreshed, each in its way", bench.kept)
for name, bench in benches:
    claim(f"over {name} a call ends when the phone behind one leg does not answer its refresh", bench.ended)
for name, bench in benches:
    claim(f"over {name} the server ends as it should", bench.stop)
claims.finish()
