#!/usr/bin/env python3
"""Time that jumps, stands still or passes while nobody serves: no call and no registration is lost, no timer is early
or fires twice.

Two servers at the same time: one is stopped for 40 s (SIGSTOP), the other has its wall clock stepped by an hour both
ways, and is then started again after five minutes of which it knows nothing but its clocks (clock_shim.c).
"""
# time-limit: 120
import os
import struct
import subprocess
import time

from harness import claims, daemon, programs, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.ringing import RingingPhone

SECOND = 10**9
STOPPED, PATIENCE = 40, 8  # seconds: of the stop, and of a call that nobody answers
SHORT = 60                 # lifetime of a registration

sandbox.enter()
directory = sandbox.directory("time")
shim, offsets = os.path.join(directory, "clock_shim.so"), os.path.join(directory, "offsets")
uas = f"{sandbox.PHONE_ADDRESS}:5090"


class Life:
    """A server with an agent (1001), a phone that only ever rings (1002), and a call in progress."""

    def __init__(self, name, port, environment=None):
        self.server = daemon.Daemon(directory, [
            daemon.extension("1001"), daemon.extension("1002", f", no-answer-timeout: {PATIENCE}"),
            daemon.trunk("to", uas, prefix="service")], name=name, port=port, environment=environment).start()
        self.agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:{port + 10}", self.server.server)
        self.silent = RingingPhone(f"{sandbox.PHONE_ADDRESS}:{port + 11}", self.server.server)
        self.register()
        self.talking = self.agent.call("service", user="1001")

    def register(self):
        self.agent.register("1001", SHORT)
        self.silent.register("1002", SHORT)

    def ring(self):
        """Calls 1002, who rings and never answers."""
        self.ringing = sip.Call(self.agent, "1002", "1001").ring()
        self.invite = self.silent.latest
        self.rang = time.monotonic()

    def unanswered(self, unserved=0.0):
        """The ringing call ends once, after PATIENCE seconds of service; 1002 is cancelled once."""
        answer = self.ringing.outcome(PATIENCE + 5)
        took = self.ringing.ended - self.rang - unserved
        expect(answer.status in (408, 480), f"the unanswered call got {answer.first}")
        expect(PATIENCE - 0.3 < took < PATIENCE + 2.5, f"it was given up after {took:.1f} s of {PATIENCE} s")
        cancels = self.silent.cancels.count(self.invite)
        expect(cancels == 1, f"1002 was cancelled {cancels} times")
        return f"given up after {took:.1f} s"

    def expect_whole(self):
        """The call in progress is there and can be released, another one can be made, both phones are registered."""
        registrations = self.server.metric("understudy_registrations")
        expect(registrations == 2, f"{registrations:.0f} of 2 registrations are left; see {self.server.log}")
        self.talking.bye()
        self.talking = self.agent.call("service", user="1001")
        sip.Call(self.agent, "1002", "1001").ring().cancel()

    def expect_replayable(self):
        expect(self.server.terminate() == 0, f"the server ended with {self.server.process.returncode}")
        code, text = self.server.tool("replay", "--verify", self.server.journal)
        expect(code == 0, f"replay ended with {code}: {text[-300:]}")


def set_clocks(wall, since_boot=0):
    with open(offsets, "r+b" if os.path.exists(offsets) else "wb") as file:
        file.write(struct.pack("<qq", wall * SECOND, since_boot * SECOND))


def stepped():
    notes = []
    for hours in (1, -1):
        steps.ring()
        set_clocks(3600 * hours)
        notes.append(steps.unanswered())
        steps.register()
        steps.expect_whole()
    return ", ".join(notes)


def five_minutes():
    """Both registrations have run out long ago: they get a grace to be renewed, as nobody could renew them."""
    steps.ring()
    time.sleep(4)  # in which nothing comes: it was served all the same
    steps.server.kill()
    died = time.monotonic()
    set_clocks(300, 300)
    steps.server.start()
    note = steps.unanswered(unserved=time.monotonic() - died)
    steps.expect_whole()
    steps.expect_replayable()
    return note


def thawed():
    time.sleep(max(STOPPED - (time.monotonic() - frozen_at), 0))
    stopped.server.thaw()
    until(stopped.server.healthy, 5, f"the server does not serve again; see {stopped.server.log}")
    note = stopped.unanswered(unserved=time.monotonic() - frozen_at)
    stopped.expect_whole()
    stopped.expect_replayable()
    return note


def build():
    subprocess.run(["gcc", "-shared", "-fPIC", "-O2", "-o", shim, os.path.join(os.path.dirname(__file__), "clock_shim.c"),
                    "-ldl"], check=True)
    set_clocks(0)
    Caller(directory, "uas", ["-sn", "uas"], uas).start()


build()
stopped = Life("stopped", 5060)
steps = Life("steps", 5260, {"LD_PRELOAD": shim, "CLOCK_SHIM": offsets})
stopped.ring()
time.sleep(1)
stopped.server.freeze()
frozen_at = time.monotonic()
claim("the wall clock is stepped an hour forward, then an hour back: nothing is lost or early", stepped)
claim("down for five minutes: calls and registrations are kept, the ringing call ends once", five_minutes)
claim(f"stopped for {STOPPED} s (SIGSTOP): calls and registrations are kept, the ringing call ends once", thawed)
claims.finish()
