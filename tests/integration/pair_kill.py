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

from harness import claims, sandbox
from harness.claims import claim, expect, note, until
from harness.pair import Pair
from harness.pair_load import PairLoad
from harness.sip_trace import SipTrace, share

WANTED = int(os.environ.get("UNDERSTUDY_KILLS", "0"))
KILLS, LONGEST, FEWEST = (WANTED, 3600, WANTED) if WANTED else (50, 150, 25)  # deaths, at most so many seconds for them
SETTLED = 3  # seconds after which nothing is left of the last death
ROUNDS = ["primary"] * 5 + ["backup", "again"]  # who dies; "again": the new primary too, before its peer is back
GOAL_MS = {"arbiter": 300, "etcd": 3000}

sandbox.enter()
directory = sandbox.directory("pair_kill")
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
witness = os.environ.get("UNDERSTUDY_WITNESS", "arbiter")
pair = Pair(directory, PairLoad.DNS, witness=witness, holder=os.environ.get("UNDERSTUDY_HOLDER", "1") == "1")
load = PairLoad(directory, pair.server, seed)
trace = SipTrace(5060)
failovers, outages, worst = [], [], {}  # seconds until the first answer; which death took longest
usual, after_loss = [], []              # set-up times


def prepare():
    for node in pair.nodes:
        node.restart_after = lambda: chance.choice((0.0, chance.uniform(0, 2)))
    pair.start()
    return f"{load.start()}; witness {witness}, seed {seed}"


def kill_primary(times):
    """Notes how long it took from the death until the server's first answer."""
    node = pair.primary()
    load.note_ringing()
    dead = node.kill()
    answered = until(lambda: trace.first_answer(dead), 30, f"nobody answers after {node.name} died", interval=0.005)
    times.append(answered - dead)
    if times[-1] > max(times[:-1], default=0):
        worst[id(times)] = f"{node.name} at {time.strftime('%T', time.gmtime(dead))}"


def kill_backup():
    time.sleep(SETTLED)
    begin = time.time()
    usual.extend(trace.setup_times(begin - 2, begin))
    dead = pair.backup().kill()
    time.sleep(2)
    after_loss.extend(trace.setup_times(dead, dead + 1))


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
        load.expect_whole(pair)
        pair.expect_no_crash()
    deaths = len(failovers) + len(outages)
    expect(deaths >= FEWEST, f"only {deaths} deaths in {LONGEST} s")
    return f"{deaths} deaths of the primary, {len(outages)} of them before the other was back"


def figures(name, times):
    if times:
        middle, late, last = (share(times, part) for part in (0.5, 0.99, 1))
        note(f"{name}: median {middle:.0f} ms, p99 {late:.0f} ms, max {last:.0f} ms of {len(times)}"
             f"{' (death of ' + worst[id(times)] + ' UTC)' if id(times) in worst else ''}")


def print_figures():
    figures(f"from the death to the first answer (goal: p99 under {GOAL_MS[witness]} ms)", failovers)
    figures("the same where nobody was left to serve", outages)
    figures("call set-up, usual", usual)
    figures("call set-up in the second after the loss of the backup (goal: p99 at most twice the usual)", after_loss)


def equal_journals():
    pair.wait_ready(60)
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, calls are held, and more come", prepare):
    claim("the primary dies often: calls and registrations are with the other", die_often)
    print_figures()
    load.claim_end()
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
