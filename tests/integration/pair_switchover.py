#!/usr/bin/env python3
"""Planned switchovers to and fro under 50 calls a second: nothing is lost, and nobody gets a message twice.

UNDERSTUDY_SWITCHOVERS says how many.
"""
# time-limit: 200
import os
import random
import re
import time

from harness import claims, sandbox
from harness.claims import claim, expect, note
from harness.pair import Pair
from harness.pair_load import PairLoad
from harness.sip_trace import SipTrace, doubled, share
from harness.stalls import slow_commits

SWITCHOVERS = int(os.environ.get("UNDERSTUDY_SWITCHOVERS", "50"))
GOAL_MS = 50

sandbox.enter()
directory = sandbox.directory("pair_switchover")
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
pair = Pair(directory, PairLoad.DNS)
load = PairLoad(directory, pair.server, seed)
trace = SipTrace(5060)
told, begun = [], []  # seconds of each pause by the server's account, and when it was


def prepare():
    pair.start()
    return f"{load.start()}; seed {seed}"


def switch():
    before = pair.primary()
    load.note_ringing()
    begin = time.time()
    code, text = before.ctl("switchover")
    expect(code == 0, f"understudyctl switchover at {before.name} ended with {code}: {text[:300]}")
    pause = re.search(r"waited ([0-9.eE+-]+) ms", text)
    expect(pause, f"understudyctl switchover said {text[:300]}")
    told.append(float(pause.group(1)) / 1000)
    after = pair.primary()
    expect(after is not before, f"{before.name} is still the primary; see {before.log}")
    pair.wait_ready()
    begun.append(begin)


def to_and_fro():
    for number in range(SWITCHOVERS):
        time.sleep(chance.uniform(0.1, 0.6))
        switch()
        load.expect_whole(pair)
        ends = [node.ends for node in pair.nodes]
        expect(ends == [[], []], f"after {number + 1} switchovers nodes ended with {ends}; see {directory}")


def print_pauses():
    silent = [trace.longest_silence(begin - 0.1, begin + 0.3) for begin in begun]
    for name, times in (("by understudyctl", told), ("as the longest silence of the server within 0.4 s", silent)):
        middle, late, last = (share(times, part) for part in (0.5, 0.99, 1))
        note(f"pause {name} (goal {GOAL_MS} ms): median {middle:.1f} ms, p99 {late:.1f} ms, max {last:.1f} ms")


def nothing_twice():
    trace.stop()
    slow = [commit for node in pair.nodes for commit in slow_commits(node.log)]
    twice = [one for one in doubled(trace.seen) if not any(one.at - 1 < end and begin < one.at for begin, end in slow)]
    expect(not twice, f"{len(twice)} messages came twice for no reason, first {twice[0] if twice else ''}")
    return f"{sum(seen.sent for seen in trace.seen)} messages of the server"


def epochs_in_logs():
    for node in pair.nodes:
        epochs = [int(epoch) for epoch in re.findall(r" node=\S+ epoch=(\d+)", node.log_text())]
        expect(len(epochs) > SWITCHOVERS, f"{node.log} names {len(epochs)} epochs in {SWITCHOVERS} switchovers")
        falls = [(one, next_one) for one, next_one in zip(epochs, epochs[1:]) if next_one < one]
        expect(not falls, f"the epoch falls in {node.log}: {falls[:3]}")


def equal_journals():
    pair.wait_ready()
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, calls are held, and more come", prepare):
    claim(f"{SWITCHOVERS} switchovers to and fro: each succeeds, calls and registrations are with the other", to_and_fro)
    print_pauses()
    load.claim_end()
    claim("the server repeated nothing that its peers had not repeated or left unanswered", nothing_twice)
    claim("the epoch in either log never falls", epochs_in_logs)
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
