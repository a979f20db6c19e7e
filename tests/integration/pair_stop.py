#!/usr/bin/env python3
"""The primary stands still (SIGSTOP) under 50 calls a second and goes on after the other has taken over: it sends nothing
but what the other has sent too, nothing old, and is backup again.

Both nodes have the same sockets, so what the late one sends cannot be told from the other's by looking at it. But each
counts the datagrams it sent: what one has sent since the end of its stop is its count less what was on the wire until then.
"""
# time-limit: 200
import os
import random
import time

from harness import claims, sandbox
from harness.claims import claim, expect, until
from harness.pair import Pair
from harness.pair_load import PairLoad
from harness.sip_trace import SipTrace

STOPS = [float(text) for text in os.environ.get("UNDERSTUDY_STOPS", "1.6 5 1.3 20 2.5").split()]  # seconds
RELEASE_AGE, SUSPECT = 2.0, 1.0  # seconds, as configured by default
SENT = "understudy_net_udp_datagrams_out_total"

sandbox.enter()
directory = sandbox.directory("pair_stop")
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
pair = Pair(directory, PairLoad.DNS)
load = PairLoad(directory, pair.server, seed)
trace = SipTrace(5060)
on_wire = {node.name: 0 for node in pair.nodes}  # what the trace saw of each
since, late_in_reign = 0.0, 0                    # when the present primary's reign began, and what the other sent in it


def prepare():
    pair.start()
    return f"{load.start()}; seed {seed}"


def sent_between(begin, end):
    return [seen for seen in list(trace.seen) if seen.sent and begin < seen.at <= end]


def stop(seconds):
    global since, late_in_reign
    pair.wait_ready()
    time.sleep(chance.uniform(0.2, 1.0))
    load.note_ringing()
    old = pair.primary()
    new = pair.other(old)
    old.freeze()
    frozen = time.time()
    try:
        answered = until(lambda: trace.first_answer(frozen + SUSPECT / 2), 20, f"nobody answers while {old.name} is stopped",
                         interval=0.01)
        on_wire[old.name] += len(sent_between(since, frozen + SUSPECT / 2)) - late_in_reign
        since = frozen + SUSPECT / 2
        expect(new.role() == "primary", f"{new.name} is {new.role()} while {old.name} is stopped; see {new.log}")
        time.sleep(max(frozen + seconds - time.time(), 0))
    finally:
        old.thaw()
    thawed = time.time()
    until(lambda: old.role() == "backup", 20, f"{old.name} does not become backup; see {old.log}")
    pair.wait_ready()
    time.sleep(max(thawed + RELEASE_AGE + 0.2 - time.time(), 0))
    late = late_in_reign = int(old.metric(SENT)) - on_wire[old.name]
    on_wire[old.name] += late
    expect_only_repetitions(old, late, thawed, seconds)
    load.expect_whole(pair)
    pair.expect_no_crash()
    return f"served again after {answered - frozen:.2f} s, {late} late datagrams"


def expect_only_repetitions(old, late, thawed, stopped):
    """What came late is on the wire twice: nothing is old, and nothing is news."""
    expect(late >= 0, f"{old.name} has sent {-late} datagrams fewer than were seen of it")
    expect(late == 0 or stopped < RELEASE_AGE, f"{old.name} sent {late} datagrams after {stopped} s, which are too old")
    latest, twice = {}, 0
    for seen in list(trace.seen):
        if seen.sent:
            twice += thawed < seen.at <= thawed + RELEASE_AGE and thawed - latest.get(seen.hash, 0) < 2 * RELEASE_AGE
            latest[seen.hash] = seen.at
    expect(late <= twice, f"{old.name} sent {late} datagrams late, and only {twice} were on the wire twice: the rest is news")


def no_news():
    """What the server sent in all is what the nodes sent as far as the wire tells them apart: nothing else came."""
    trace.stop()
    total, counted = sum(seen.sent for seen in trace.seen), sum(int(node.metric(SENT)) for node in pair.nodes)
    expect(total == counted, f"{total} datagrams were seen, the nodes have sent {counted}")
    return f"{total} datagrams"


def equal_journals():
    pair.wait_ready()
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, calls are held, and more come", prepare):
    for length in STOPS:
        claim(f"the primary is stopped for {length} s: the other serves, the late one sends no news and is backup again",
              lambda seconds=length: stop(seconds))
    load.claim_end()
    claim("every datagram of the server is one that its nodes have counted", no_news)
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
