#!/usr/bin/env python3
"""A backup that stands still (SIGSTOP) under 200 calls a second, its link alive: what waits for it waits no longer than
max-hold, and costs nothing but the time.

First with a max-hold longer than the stop: everything is held for 3 s, and the journal grows no more than it would have.
Then with the default: the primary goes on alone, and the pair is whole again by itself. UNDERSTUDY_RATE: calls a second.
"""
# time-limit: 200
import os
import time

from harness import claims, daemon, sandbox
from harness.claims import claim, expect, note
from harness.load import Load
from harness.pair import Pair
from harness.sip_trace import SipTrace, share

RATE, SECONDS = int(os.environ.get("UNDERSTUDY_RATE", "200")), 8  # calls a second, for so long
STALL, MOST_MORE = 3.0, 0.10  # seconds; of entries
STOP, MAX_HOLD = 5.0, 0.25    # seconds; the default
GENEROUS = 0.5                # seconds that a busy machine may add
ALONE = "00-20091"
# Effects that were held so long shall leave; nobody takes a silent link for dead.
PATIENT = {"peer": ["max-hold: 10s", "release-age: 20s"]}
LINK = ["backup-sync: {addp-timeout: 20, addp-remote-timeout: 20}"]

sandbox.enter()
directory = sandbox.directory("pair_slow")
PHONES = sandbox.PHONE_ADDRESS
trace = SipTrace(5060)
entries = []  # a call, usually and stalled


class Trial:
    """A pair of its own, and calls through it. Ends with the block."""

    def __init__(self, name, port, **more):
        caller, called = f"{PHONES}:{port}", f"{PHONES}:{port + 1}"
        path = os.path.join(directory, name)
        os.makedirs(path)
        self.pair = Pair(path, [daemon.trunk("from", caller), daemon.trunk("to", called, "service")], sections=LINK, **more)
        self.load = Load(self.pair.server, caller, called, RATE)

    def start(self):
        self.pair.start()
        self.primary = self.pair.primary()
        self.first, self.alarms = self.lsn(), len(self.primary.events(ALONE))
        self.load.start()
        return self

    def __enter__(self):
        return self.start()

    def __exit__(self, *_):
        for node in self.pair.nodes:
            node.rest()
            node.process.kill()
        for helper in (self.pair.witness, self.pair.holder):
            helper.kill()

    def lsn(self):
        return int(self.primary.metric("understudy_lsn"))

    def went_alone(self):
        return len(self.primary.events(ALONE)) > self.alarms

    def finish(self):
        """Entries per call."""
        failures = self.load.finish(60)
        expect(not failures, f"{len(failures)} calls failed, first {failures[:3]}")
        entries = self.lsn() - self.first
        self.pair.wait_ready(60)
        self.pair.leave()
        self.pair.expect_no_crash()
        self.pair.expect_equal_journals()
        return entries / self.load.caller.made


def stop_backup(pair, seconds):
    """The backup stands still; the times between which it did."""
    backup = pair.backup()
    backup.freeze()
    begin = time.time()
    try:
        time.sleep(seconds)
    finally:
        backup.thaw()
    return begin, time.time()


def plain():
    with Trial("plain", 5280, **PATIENT) as trial:
        time.sleep(SECONDS)
        entries.append(trial.finish())
    return f"{entries[0]:.2f} entries a call"


def stalled():
    with Trial("held", 5282, **PATIENT) as trial:
        time.sleep((SECONDS - STALL) / 2)
        stop_backup(trial.pair, STALL)
        time.sleep((SECONDS - STALL) / 2)
        expect(not trial.went_alone(), f"{trial.primary.name} went on alone; see {trial.primary.log}")
        kept = {name.partition('"')[2][:-2]: int(value) for name, value in trial.primary.metrics().items()
                if "ingress_kept" in name and value}
        entries.append(trial.finish())
    note(f"kept out of the journal: {kept}")
    text = f"{entries[1]:.2f} entries a call, {entries[0]:.2f} without the stall; {trial.load.repeated()} repetitions"
    expect(entries[1] <= entries[0] * (1 + MOST_MORE), text)
    return text


def alone():
    with Trial("alone", 5284) as trial:
        time.sleep(2)
        begin, end = stop_backup(trial.pair, STOP)
        expect(trial.went_alone(), f"{trial.primary.name} does not say that it is unprotected; see {trial.primary.log}")
        trial.pair.wait_ready(30)
        ready = time.time() - end
        expect_in_time(begin, end)
        trial.finish()
    return f"in sync again {ready:.1f} s after the stop"


def expect_in_time(begin, end):
    before, during = (trace.setup_times(*span) for span in ((begin - 1.5, begin - 0.3), (begin - 0.3, end)))
    note(f"call set-up, usual: median {share(before, 0.5):.0f} ms, max {share(before, 1):.0f} ms of {len(before)}; while the "
         f"backup stands still: median {share(during, 0.5):.0f} ms, p99 {share(during, 0.99):.0f} ms, max "
         f"{share(during, 1):.0f} ms of {len(during)} (goal: {1000 * (MAX_HOLD + 0.1):.0f} ms more than usual)")
    expect(len(during) > RATE * STOP / 2, f"only {len(during)} calls were set up")
    expect(max(during) < MAX_HOLD + 0.1 + max(before) + GENEROUS, "a call was set up too late")


if claim("calls of a pair, to compare with", plain):
    claim(f"everything is held for {STALL:.0f} s: no call fails, and the journal has at most 10 % more entries", stalled)
claim("with the default max-hold the primary goes on alone in time, says so, and the pair is whole again", alone)
claims.finish()
