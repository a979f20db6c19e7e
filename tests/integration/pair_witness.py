#!/usr/bin/env python3
"""The witness dies, forgets everything, comes back: under 50 calls a second service goes on and nobody changes roles.
Without it a node that loses its peer as well does what on-witness-loss says: hold, or alone.
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

LOST, BACK, BLANK, UNGUARDED = "00-20095", "00-20096", "00-20097", "00-20103"  # events of the log
HELD_FOR, ALONE_AFTER, SETTLES = 3.0, 1.0, 0.5  # seconds

sandbox.enter()
directory = sandbox.directory("pair_witness")
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
trace = SipTrace(5060)
pair, load = None, None


def new_pair(name, *peer):
    global pair, load
    if pair:
        pair.kill_all()
    place = os.path.join(directory, name)
    os.makedirs(place)
    pair = Pair(place, PairLoad.DNS, peer=peer)
    if load:
        load.close()
    load = PairLoad(place, pair.server, seed)
    pair.start()
    return f"{load.start()}; seed {seed}"


def said(node, event):
    return len(node.events(event))


def expect_service(primary, seconds=2.0):
    """The same node serves, call after call, for a while."""
    end = time.monotonic() + seconds
    while time.monotonic() < end:
        now = time.time()
        until(lambda: trace.first_answer(now), 2, f"nobody answers; see {primary.log}", interval=0.01)
        time.sleep(0.2)
    expect(primary.role() == "primary", f"{primary.name} is {primary.role()} now")
    expect(pair.other(primary).role() == "backup", f"{pair.other(primary).name} is {pair.other(primary).role()} now")
    load.expect_whole(pair)


def dies():
    primary = pair.primary()
    pair.witness.kill()
    until(lambda: said(primary, LOST), 10, f"{primary.name} does not say that the witness is lost; see {primary.log}")
    expect_service(primary)


def forgets():
    primary = pair.primary()
    os.rename(pair.witness.memory, pair.witness.memory + ".kept")
    pair.witness.start()
    until(lambda: said(primary, BLANK), 10, f"{primary.name} does not say that the witness is blank; see {primary.log}")
    expect_service(primary)


def refuses():
    """Who has been primary or backup founds no second pair: with the peer gone as well it waits."""
    primary = pair.primary()
    backup = pair.other(primary)
    backup.rest()
    backup.kill()
    time.sleep(1.0)
    with open(pair.witness.log, encoding="utf-8") as log:
        last = log.read().rpartition("register: blank")[2]
    expect("create by" not in last, f"a node founded a pair in the blank witness; see {pair.witness.log}")
    expect(primary.role() == "primary", f"{primary.name} is {primary.role()} now")


def remembers():
    """The old file is back, and with it everybody."""
    pair.witness.kill()
    os.replace(pair.witness.memory + ".kept", pair.witness.memory)
    pair.witness.start()
    primary = pair.primary()
    until(lambda: said(primary, BACK), 10, f"{primary.name} does not say that the witness is back; see {primary.log}")
    pair.other(primary).supervise()
    pair.wait_ready()
    expect_service(primary)


def news(dead):
    """What the server said since. An answer that it gave, or a 100 or the answer to a BYE that it may have given, to a
    request that came before, is none: who asks again is answered again."""
    before = [one for one in list(trace.seen) if one.at <= dead + SETTLES]
    said, asked = {one.hash for one in before}, {(one.call_id, one.cseq) for one in before if not one.sent}

    def repeats(one):
        relayed = one.method == "INVITE" and one.status > 100
        return one.status and (one.hash in said or (not relayed and (one.call_id, one.cseq) in asked))
    return [one for one in list(trace.seen) if one.sent and one.at > dead + SETTLES and not repeats(one)]


def holds():
    """Nothing new leaves until the witness has agreed that the peer is out; then everything goes on."""
    primary = pair.primary()
    time.sleep(4)  # until nobody repeats what was held before
    load.note_ringing()
    pair.witness.kill()
    pair.other(primary).rest()
    dead = pair.other(primary).kill()
    time.sleep(HELD_FOR)
    left = news(dead)
    expect(not left, f"{primary.name} said {len(left)} new things without peer and witness, first {left[:1]}")
    back = time.time()
    pair.witness.start()
    until(lambda: any(one.at > back for one in news(dead)), 10, f"nothing is said; see {primary.log}")
    pair.other(primary).supervise()
    pair.wait_ready()
    load.expect_whole(pair)


def waits():
    """A backup without a witness does not become primary."""
    primary = pair.primary()
    backup = pair.other(primary)
    load.note_ringing()
    pair.witness.kill()
    time.sleep(0.2)
    primary.rest()
    dead = primary.kill()
    time.sleep(HELD_FOR)
    expect(backup.role() != "primary", f"{backup.name} became primary without the witness")
    expect(trace.first_answer(dead) is None, "somebody answers though the primary is dead and the witness too")
    pair.witness.start()
    until(lambda: backup.role() == "primary", 10, f"{backup.name} does not become primary; see {backup.log}")
    primary.supervise()
    pair.wait_ready()
    load.expect_whole(pair)


def goes_on_alone():
    primary = pair.primary()
    load.note_ringing()
    pair.witness.kill()
    pair.other(primary).rest()
    dead = pair.other(primary).kill()
    until(lambda: said(primary, UNGUARDED), 10, f"{primary.name} does not go on alone; see {primary.log}")
    answered = until(lambda: trace.first_answer(dead + ALONE_AFTER / 2), 10, f"nobody answers; see {primary.log}")
    time.sleep(2)
    now = time.time()
    until(lambda: trace.first_answer(now), 2, f"nobody answers; see {primary.log}")
    pair.witness.start()
    pair.other(primary).supervise()
    pair.wait_ready()
    load.expect_whole(pair)
    return f"alone after {answered - dead:.1f} s"


def equal_journals():
    pair.wait_ready()
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, calls are held, and more come", lambda: new_pair("hold")):
    claim("the witness dies: service goes on, the log has the alarm, nobody changes roles", dies)
    claim("it comes back and has forgotten everything: the log has the alarm, nobody changes roles", forgets)
    claim("nobody founds a second pair in the blank witness, though the peer dies as well", refuses)
    claim("with its old file everything is as before", remembers)
    claim("hold: without peer and witness nothing new leaves until the witness is back", holds)
    claim("a backup without a witness does not take over until the witness is back", waits)
    load.claim_end()
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
if claim("another pair, whose nodes may go on alone", lambda: new_pair(
        "alone", "on-witness-loss: alone", f"witness-loss-time: {ALONE_AFTER:.0f}s")):
    claim("alone: without peer and witness the primary goes on", goes_on_alone)
    load.claim_end()
    claim("both journals of that pair, too", equal_journals)
claims.finish()
