#!/usr/bin/env python3
"""Fifty deaths by SIGKILL at random moments, under load, some while it is still reading its snapshot: no established call
is lost, and nothing that anybody has seen is missing in the journal.

A snapshot is taken every second, and the wall clock runs ahead, so that old entries are dropped too.
"""
# time-limit: 250
import collections
import json
import os
import random
import re
import time

from harness import claims, daemon, sandbox, sip
from harness.claims import claim, expect, until
from harness.clock import Clock
from harness.load import Load
from harness.sip_tap import SipTap

KILLS, HELD, RATE = 50, 40, 50
STEP, MAX_AGE = 5, 60  # seconds: of the wall clock at each death, and of an entry that is kept
EARLY = 0.3            # share of the lives that do not get as far as serving

sandbox.enter()
directory = sandbox.directory("crash")
uac, uas = f"{sandbox.PHONE_ADDRESS}:5080", f"{sandbox.PHONE_ADDRESS}:5090"
clock = Clock(directory)
server = daemon.Daemon(directory, [daemon.extension("1001"), daemon.trunk("from", uac),
                                   daemon.trunk("to", uas, prefix="service")], environment=clock.environment,
                       journal_options=f"snapshot-interval: 1s, retention: {{max-age: {MAX_AGE}s}}")
load = Load(server.server, uac, uas, RATE)
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)
tap = SipTap(server.port)
held, restarts = [], []
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)


class Received:
    """The messages in the journal, as they come: what is dropped later was seen before."""

    def __init__(self):
        self.last, self.requests, self.calls_of = 0, set(), collections.defaultdict(set)
        self.asked, self.answered = set(), set()

    def read(self):
        for entry in server.entries("--kind", "sip-received", "--lsn", f"{self.last + 1}.."):
            self.last = entry["lsn"]
            self.calls_of[entry["sip_call_id"]].update(entry["calls"])
            if "status" in entry:
                self.answered.update((call, entry["method"], entry["status"]) for call in entry["calls"])
            else:
                self.requests.add((entry["sip_call_id"], entry["cseq"], entry["method"]))
                self.asked.update((call, entry["method"]) for call in entry["calls"])


received = Received()


def held_numbers():
    """{Call-ID of a held call: the journal's number of the call}."""
    return {call.call_id: number for call in held for number in received.calls_of[call.call_id]}


def prepare():
    server.start()
    load.start()
    agent.register("1001")
    held.extend(agent.call("service", user="1001") for _ in range(HELD))
    received.read()
    expect(len(held_numbers()) == HELD, f"{len(held_numbers())} calls in the journal for {HELD} that are held")
    return f"{HELD} calls held, {RATE} new ones a second, seed {seed}"


def live():
    """Starts again; now and then only as far as somewhere between its first instruction and its first answer."""
    early = 0
    while chance.random() < EARLY:
        server.launch()
        time.sleep(chance.uniform(0, 0.1))
        server.kill()
        early += 1
    started = time.monotonic()
    server.start()
    restarts.append(time.monotonic() - started)
    return early


def snapshots():
    """The lsns of those that are written to their end."""
    return {int(name.split("-")[1]) for name in os.listdir(server.journal) if re.fullmatch(r"snapshot-\d+", name)}


def live_for_a_while():
    """Any time at all; each second life lasts until its first snapshot is there, however slow the machine is."""
    before = snapshots()
    if len(restarts) % 2:
        until(lambda: snapshots() - before, 10, f"no snapshot is written; see {server.log}")
        time.sleep(chance.uniform(0, 0.8))
    else:
        time.sleep(chance.uniform(0.2, 1.8))


def die_often():
    early = 0
    while len(restarts) + early < KILLS:
        live_for_a_while()
        server.kill()
        clock.set(STEP * len(restarts))
        early += live()
        received.read()
        up = {call["call"] for call in server.up_calls() if call["is"] == call["and is"] == "confirmed"}
        lost = sorted(call_id for call_id, number in held_numbers().items() if number not in up)
        expect(not lost, f"after restart {len(restarts)} {len(lost)} of {HELD} held calls are lost, first {lost[:3]}")
        calls, registrations = server.metric("understudy_calls"), server.metric("understudy_registrations")
        expect(calls >= HELD, f"after restart {len(restarts)} the server knows of {calls:.0f} calls, {HELD} are held")
        expect(registrations == 1, f"after restart {len(restarts)} the registration is lost")
    middle = sorted(restarts)[len(restarts) // 2]
    return (f"{early} of them before it served; serving again after {1000 * middle:.0f} ms in the middle, "
            f"{1000 * max(restarts):.0f} ms at most")


def held_calls():
    for call in held:
        call.bye()
    return f"{len(held)} calls released with 200"


def load_went_on():
    failures, made = load.finish(40), load.caller.made
    expect(not failures, f"{len(failures)} of {made + len(failures)} calls failed, first {failures[:3]}")
    expect(made > len(restarts) * RATE * 0.3, f"only {made} calls were made")
    return f"{made} calls, {load.repeated()} repetitions"


def from_snapshots():
    """The lives did begin with snapshots, of a journal whose beginning was gone."""
    begun = [int(lsn) for lsn in re.findall(r"journal recovered .*?\bsnapshot=(\d+)", server.log_text())]
    expect(len(set(begun)) > len(restarts) // 2,
           f"{len(set(begun))} different snapshots in {len(begun)} lives; see {server.log}")
    first = json.loads(server.tool("journal-dump", "--stat", "--json", server.journal)[1])["first_lsn"]
    expect(first > 1, "nothing was dropped: the journal still begins with lsn 1")
    return f"{len(set(begun))} different snapshots in {len(begun)} lives; entries before lsn {first} are dropped"


def relayed(answer):
    """Whether an answer says what the other side said: 100 and the answers to all but INVITE are the server's own."""
    _, _, method, status = answer
    return method == "INVITE" and 100 < status < 300


# What may be the reason of a request: who releases a call without a word about the answer has acknowledged it all the same.
REASONS = {"ACK": ("ACK", "BYE")}


def known(call_id, fact, facts):
    return any((call, *fact) in facts for call in received.calls_of.get(call_id, ()))


def expect_none(missing, what):
    expect(not missing, f"{len(missing)} {what}, first: {sorted(missing)[:3]}")


def nothing_missing():
    tap.stop()
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    received.read()
    relays = {answer for answer in tap.answers if relayed(answer)}
    expect(len(relays) > 500, f"only {len(relays)} relayed answers were seen")
    expect(len(tap.requests) > 1000, f"only {len(tap.requests)} requests of the server were seen")
    expect_none({answer[:3] for answer in tap.answers} - received.requests, "requests were answered and are in no entry")
    expect_none({(call_id, method, status) for call_id, _, method, status in relays
                 if not known(call_id, (method, status), received.answered)}, "answers were relayed and are in no entry")
    expect_none({(call_id, method) for call_id, _, method in tap.requests
                 if not any(known(call_id, (reason,), received.asked) for reason in REASONS.get(method, (method,)))},
                "requests were sent for no entry of their call")
    return f"{len(tap.answers)} answers, {len(tap.requests)} requests; {len(received.requests)} requests in the journal"


def replays():
    code, text = server.tool("replay", "--verify", server.journal)
    expect(code == 0, f"replay ended with {code}: {text[-500:]}")


if claim("calls are held, and more come", prepare):
    claim(f"{KILLS} times killed and started again: no established call and no registration is lost", die_often)
    claim("every held call is released as if nothing had happened", held_calls)
    claim("the calls that came, rang and went while it died succeeded all", load_went_on)
    claim("it came back from snapshots, of a journal whose beginning was dropped", from_snapshots)
    claim("every answer and request that a peer has seen has its entry in the journal", nothing_missing)
    claim("the journal of all lives replays bit for bit", replays)
claims.finish()
