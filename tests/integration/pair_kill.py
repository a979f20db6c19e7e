#!/usr/bin/env python3
"""The primary of a pair dies by SIGKILL at random moments, again and again, under 50 calls a second: no call is lost,
whether it talks or rings, and in the end both nodes have the same journal.

A supervisor starts the dead node again, at once or within two seconds. Now and then it is the backup that dies, or the
new primary before its peer is back; then nobody serves until it is. UNDERSTUDY_KILLS says how often the primary dies.
"""
# time-limit: 290
import os
import random
import time

from harness import claims, daemon, sandbox, sip
from harness.claims import claim, expect, note, until
from harness.pair import Pair
from harness.patient import PatientCalls
from harness.ringing_load import RingingLoad
from harness.sip_trace import SipTrace, share

WANTED = int(os.environ.get("UNDERSTUDY_KILLS", "0"))
KILLS, LONGEST, FEWEST = (WANTED, 3600, WANTED) if WANTED else (50, 150, 25)  # deaths, at most so many seconds for them
RATE, RINGING_RATE, HELD, NUMBERS = 50, 4, 30, 20
ROUNDS = ["primary"] * 5 + ["backup", "again"]  # who dies; "again": the new primary too, before its peer is back
GOAL_MS = {"arbiter": 300, "etcd": 3000}

sandbox.enter()
directory = sandbox.directory("pair_kill")
PHONES = sandbox.PHONE_ADDRESS
ADDRESSES = {"caller": f"{PHONES}:5080", "callee": f"{PHONES}:5090", "ringing": f"{PHONES}:5081", "rung": f"{PHONES}:5091"}
DNS = [daemon.extension(str(1001 + number)) for number in range(NUMBERS)] + [
    daemon.trunk("from", ADDRESSES["caller"]), daemon.trunk("from-ringing", ADDRESSES["ringing"]),
    daemon.trunk("to", ADDRESSES["callee"], prefix="service"), daemon.trunk("rings", ADDRESSES["rung"], prefix="9")]
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
witness = os.environ.get("UNDERSTUDY_WITNESS", "arbiter")
pair = Pair(directory, DNS, witness=witness, holder=os.environ.get("UNDERSTUDY_HOLDER", "1") == "1")
agent = sip.Agent(f"{PHONES}:5070", pair.server)
calls = PatientCalls(directory, pair.server, ADDRESSES["caller"], ADDRESSES["callee"], RATE)
ringing = RingingLoad(pair.server, ADDRESSES["ringing"], ADDRESSES["rung"], RINGING_RATE, "9-ring", seed)
trace = SipTrace(5060)
held, rang, failovers, outages = [], set(), [], []
usual, after_loss = [], []  # set-up times


def prepare():
    for node in pair.nodes:
        node.restart_after = lambda: chance.choice((0.0, chance.uniform(0, 2)))
    pair.start()
    for number in range(NUMBERS):
        expect(agent.register(str(1001 + number)).status == 200, f"{1001 + number} is not registered")
    ringing.start()
    held.extend(agent.call("9-held", user="1001") for _ in range(HELD))
    calls.start()
    time.sleep(4)
    return f"{HELD} calls held, {RATE} a second, {RINGING_RATE} more that ring; witness {witness}, seed {seed}"


def kill_primary(times):
    """Notes how long it took from the death until the server's first answer."""
    node = pair.primary()
    rang.update(ringing.caller.ringing())
    dead = node.kill()
    answered = until(lambda: trace.first_answer(dead), 30, f"after the death of {node.name} nobody answers", interval=0.005)
    times.append(answered - dead)
    return node


def kill_backup():
    begin = time.time()
    usual.extend(trace.setup_times(begin - 2, begin))
    dead = pair.backup().kill()
    time.sleep(2)
    after_loss.extend(trace.setup_times(dead, dead + 1))


def expect_whole():
    status = pair.primary().status()
    expect(status["calls"] >= HELD, f"{status['name']} knows of {status['calls']} calls, {HELD} are held")
    expect(status["registrations"] == NUMBERS, f"{status['name']} has {status['registrations']} registrations of {NUMBERS}")
    failures = ringing.caller.failures + ringing.called.failures
    expect(not failures, f"{len(failures)} calls that rang have failed, first {failures[:3]}")
    pair.expect_no_crash()


def die_often():
    end, rounds = time.monotonic() + LONGEST, []
    while len(failovers) + len(outages) < KILLS and time.monotonic() < end:
        pair.wait_ready(60)
        time.sleep(chance.uniform(0, 0.7))
        rounds = rounds or chance.sample(ROUNDS, len(ROUNDS))
        who = rounds.pop()
        if who == "backup":
            kill_backup()
        else:
            kill_primary(failovers)
        if who == "again":
            time.sleep(chance.uniform(0, 0.4))
            kill_primary(outages)
        expect_whole()
    deaths = len(failovers) + len(outages)
    expect(deaths >= FEWEST, f"only {deaths} deaths in {LONGEST} s")
    return f"{deaths} deaths of the primary, {len(outages)} of them before the other was back; {len(rang)} calls rang then"


def figures(name, times):
    note(f"{name}: median {share(times, 0.5):.0f} ms, p99 {share(times, 0.99):.0f} ms, max {share(times, 1):.0f} ms of {len(times)}")


def print_figures():
    figures(f"from the death to the first answer (goal: p99 under {GOAL_MS[witness]} ms)", failovers)
    figures("the same where nobody was left to serve", outages)
    figures("call set-up, usual", usual)
    figures("call set-up in the second after the loss of the backup (goal: p99 at most twice the usual)", after_loss)


def ringing_calls():
    failures = ringing.finish(60)
    expect(not failures, f"{len(failures)} calls failed, first {failures[:3]}")
    caller = ringing.caller
    ended = {leg.call_id for leg in caller.legs.values() if leg.state == "released"}
    expect(rang <= ended, f"{len(rang - ended)} of {len(rang)} calls that rang at a death were lost")
    expect(caller.cancelled > 0 and caller.made > 0, f"{caller.cancelled} cancelled, {caller.made} answered")
    return f"{caller.made} answered, {caller.cancelled} cancelled, {ringing.repeated()} repetitions"


def other_calls():
    made = calls.finish()
    return f"{made} calls, {calls.repeated()} repetitions"


def held_calls():
    for call in held:
        call.bye()
    return f"{len(held)} calls released with 200"


def equal_journals():
    pair.wait_ready(60)
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, calls are held, and more come", prepare):
    claim("the primary dies often: calls and registrations are with the other", die_often)
    print_figures()
    claim("every held call is released as if nothing had happened", held_calls)
    claim("every call that rang at a death could be answered or cancelled", ringing_calls)
    claim("no call of sipp failed, and it saw nothing unexpected", other_calls)
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
