#!/usr/bin/env python3
"""Fifty clients make and release calls through a pair whose primary is killed every few seconds and comes back: no client
misses an event, hears one twice or out of order, and each request has exactly one outcome.

UNDERSTUDY_KILLS says how often the primary dies, UNDERSTUDY_RATE how many calls a second are made.
"""
# time-limit: 280
import json
import os
import random
import time

from harness import claims, sandbox
from harness.claims import claim, expect, note
from harness.cti_load import CtiLoad
from harness.desk import Desks
from harness.pair import Pair

CLIENTS = 50
RATE = int(os.environ.get("UNDERSTUDY_RATE", "40"))
NUMBERS = 5 * RATE  # enough for all calls that wait for a death's end
REGISTRATIONS = 2 * NUMBERS // CLIENTS  # each number is heard by two clients
KILLS = int(os.environ.get("UNDERSTUDY_KILLS", "12"))
LONGEST, FEWEST = (100, min(6, KILLS)) if KILLS <= 12 else (3600, KILLS)  # seconds for all deaths; deaths that must be
ACKNOWLEDGEMENTS = 0.05  # of all entries, at most
DESKS = f"{sandbox.PHONE_ADDRESS}:5070"

sandbox.enter()
directory = sandbox.directory("pair_tlib_load")
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
numbers = range(2000, 2000 + NUMBERS)
pair = Pair(directory, [f'      - {{number: "{number}", type: Extension, options: {{TServer: {{contact: "{DESKS}"}}}}}}'
                        for number in numbers], tlib=True)
desks = Desks(DESKS, pair.server)
load = CtiLoad(directory, Pair.clients, (numbers[0], numbers[-1]), CLIENTS, REGISTRATIONS, RATE)


def prepare():
    for node in pair.nodes:
        node.restart_after = lambda: chance.choice((0.0, chance.uniform(0, 1)))
    pair.start()
    desks.start()
    load.start()
    time.sleep(3)
    load.expect_running()
    return f"{CLIENTS} clients, {RATE} calls a second, seed {seed}"


def die_often():
    end, deaths = time.monotonic() + LONGEST, 0
    while deaths < KILLS and time.monotonic() < end:
        pair.wait_ready(60)
        time.sleep(chance.uniform(1, 4))
        pair.primary().kill()
        deaths += 1
        load.expect_running()
        pair.expect_no_crash()
    expect(deaths >= FEWEST, f"only {deaths} deaths in {LONGEST} s")
    pair.wait_ready(60)
    return f"{deaths} deaths of the primary"


def phones():
    failures = desks.finish(40)
    expect(not failures, f"{len(failures)} phones have failed or are in a call still, first {failures[:3]}")
    expect(desks.answered > 0, "no phone was called")
    return f"{desks.answered} answered, {desks.released} released by BYE, {desks.repeated} repetitions"


def equal_journals():
    pair.wait_ready(60)
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


def acknowledgements():
    kinds = json.loads(pair.nodes[0].tool("journal-dump", "--stat", "--json", pair.nodes[0].journal)[1])["kinds"]
    entries = {kind: count["entries"] for kind, count in kinds.items()}
    share = entries["clients-acknowledged"] / sum(entries.values())
    expect(share < ACKNOWLEDGEMENTS, f"{100 * share:.1f} % of {sum(entries.values())} entries: {entries}")
    return f"{100 * share:.1f} % of {sum(entries.values())} entries"


if claim("a pair is in sync, and clients make calls", prepare):
    claim("the primary dies often, and the other goes on", die_often)
    claim("calls come to their end", load.finish)
    claim("each request has exactly one outcome", load.expect_outcomes)
    claim("each call was made once, answered, and released when it was asked", load.expect_calls)
    claim("each client's events come without gap or repetition, and in order for each DN", load.expect_streams)
    claim("every session outlives every death", load.expect_sessions)
    claim("no phone is left in a call", phones)
    for line in load.figures():
        note(line)
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
    claim(f"acknowledgements are under {100 * ACKNOWLEDGEMENTS:.0f} % of all entries", acknowledgements)
claims.finish()
