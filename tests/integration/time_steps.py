#!/usr/bin/env python3
"""Time that jumps, stands still or passes while nobody serves: no call and no registration is lost, no timer is early
or fires twice.

Two servers at the same time: one is stopped for 40 s (SIGSTOP), the other has its wall clock stepped by an hour both
ways, and is then started again after five minutes of which it knows nothing but its clocks (harness/clock.py).
"""
# time-limit: 150
import datetime
import time

from harness import claims, daemon, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.clock import SECOND, Clock
from harness.ringing import RingingPhone

STOPPED, PATIENCE = 40, 8  # seconds: of the stop, and of a call that nobody answers
SHORT = 30                 # lifetime of a registration, less than the stop
GRACE = 32                 # what has run out while nobody served gets this long to be renewed
DOWN, HOUR = 300, 3600

sandbox.enter()
directory = sandbox.directory("time")
clock = Clock(directory)
uas = f"{sandbox.PHONE_ADDRESS}:5090"


class Life:
    """A server with an agent (1001), a phone that only ever rings (1002), and a call in progress."""

    def __init__(self, name, port, environment=None):
        self.server = daemon.Daemon(directory, [
            daemon.extension("1001"), daemon.extension("1002", f", no-answer-timeout: {PATIENCE}"),
            daemon.trunk("to", uas, prefix="service")], name=name, port=port, environment=environment,
            options=f"registrar-min-timeout: {SHORT}").start()
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

    def expect_expiry(self):
        """Kept is not kept for ever: nobody renews the registrations, so they end when their grace does."""
        until(lambda: self.server.metric("understudy_registrations") == 0, GRACE + 5,
              f"registrations are left though nobody renewed them; see {self.server.log}")
        lasted = time.monotonic() - self.back
        expect(GRACE - 1 < lasted < GRACE + 4, f"the registrations ended {lasted:.1f} s after the server served again")
        return f"{lasted:.1f} s"

    def serves_again(self, after, unserved):
        """All is well after a time, by the journal of so many seconds, that nobody served."""
        self.back = time.monotonic()
        note = self.unanswered(self.back - after)
        self.expect_whole()
        gaps = [entry["gap_ns"] / SECOND for entry in self.server.entries("--kind", "service-gap")]
        expect(max(gaps, default=0) >= unserved - 1, f"the journal knows of {gaps} s unserved, it was {unserved} s")
        return f"{note}, {max(gaps):.0f} s unserved"

    def expect_replayable(self):
        expect(self.server.terminate() == 0, f"the server ended with {self.server.process.returncode}")
        code, text = self.server.tool("replay", "--verify", self.server.journal)
        expect(code == 0, f"replay ended with {code}: {text[-300:]}")


def wall_jumps():
    """Of the wall clock from one entry to the next, in seconds, where they are no passing of time."""
    entries = steps.server.entries()
    times = [(datetime.datetime.fromisoformat(entry["wall_time"][:19]).timestamp(), entry["engine_time_ns"] / SECOND)
             for entry in entries]
    steps_seen = [(after[0] - before[0]) - (after[1] - before[1]) for before, after in zip(times, times[1:])]
    return [step for step in steps_seen if abs(step) > 60]


def stepped():
    notes = []
    for hours in (1, -1):
        steps.ring()
        clock.set(HOUR * hours)
        notes.append(steps.unanswered())
        steps.register()
        steps.expect_whole()
    jumps = wall_jumps()
    expect([round(jump / 60) for jump in jumps] == [60, -120], f"the journal's wall clock jumped by {jumps} s")
    return ", ".join(notes)


def five_minutes():
    """Both registrations have run out long ago: they get a grace to be renewed, as nobody could renew them."""
    steps.ring()
    time.sleep(4)  # in which nothing comes: it was served all the same
    steps.server.kill()
    died = time.monotonic()
    clock.set(DOWN, DOWN)
    steps.server.start()
    return steps.serves_again(died, DOWN)


def thawed():
    time.sleep(max(STOPPED - (time.monotonic() - frozen_at), 0))
    stopped.server.thaw()
    until(stopped.server.healthy, 5, f"the server does not serve again; see {stopped.server.log}")
    return stopped.serves_again(frozen_at, STOPPED)


def replays():
    steps.expect_replayable()
    stopped.expect_replayable()


Caller(directory, "uas", ["-sn", "uas"], uas).start()
stopped = Life("stopped", 5060)
steps = Life("steps", 5260, clock.environment)
stopped.ring()
time.sleep(1)
stopped.server.freeze()
frozen_at = time.monotonic()
claim("the wall clock is stepped an hour forward, then an hour back: nothing is lost or early", stepped)
claim("down for five minutes: calls and registrations are kept, the ringing call ends once", five_minutes)
claim(f"stopped for {STOPPED} s (SIGSTOP): calls and registrations are kept, the ringing call ends once", thawed)
claim("a registration that nobody renews ends with its grace",
      lambda: ", ".join(life.expect_expiry() for life in (steps, stopped)))
claim("both journals replay bit for bit", replays)
claims.finish()
