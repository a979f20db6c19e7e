#!/usr/bin/env python3
"""The link between the nodes breaks, or its cable is cut and restored, many times while a blank backup is being filled with
the state, thousands of held calls, and new calls come and go on the same DNs: afterwards the pair is in sync, both nodes
have proven that their states are equal, and that state is what the primary's journal gives from its first entry.

UNDERSTUDY_HELD says how many calls are held, UNDERSTUDY_FLAPS how often the cable is cut.
"""
# time-limit: 290
import os
import random
import shutil
import time

from harness import claims, daemon, sandbox
from harness.claims import claim, expect, until
from harness.hosts import PHONES, Hosts
from harness.load import CalledParty, CallerParty, Load

HELD, FLAPS = int(os.environ.get("UNDERSTUDY_HELD", "2500")), int(os.environ.get("UNDERSTUDY_FLAPS", "15"))
FAST, SLOW = 200, 30  # calls a second: while they are made to be held, and those that come and go
BEGUN, TAKEN, PROVEN, DIFFERS = "00-20104", "00-20105", "00-20106", "00-20107"


class HoldingCaller(CallerParty):
    """Holds the first HELD calls until hang_up()."""

    def __init__(self, *arguments):
        super().__init__(*arguments)
        self.hanging_up = False

    def later(self, leg, seconds, text):
        hold = int(leg.call_id.split("-")[1]) < HELD
        super().later(leg, 10**6 if hold else seconds, text)

    def held(self):
        return sum(leg.state == "leaving" and not leg.said for leg in list(self.legs.values()))

    def fire(self):
        """When it hangs up, a few at a time."""
        super().fire()
        if self.hanging_up:
            for leg in [leg for leg in self.legs.values() if leg.state == "leaving" and not leg.said][:2]:
                self.say(leg, leg.waiting)


sandbox.enter()
directory = sandbox.directory("pair_flap")
caller, called = f"{PHONES}:5080", f"{PHONES}:5090"
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
hosts = Hosts(directory, [daemon.trunk("from", caller), daemon.trunk("to", called, prefix="service")],
              options="ha-max-calls-sync-at-once: 200")
load = Load(hosts.server, caller, called, FAST, parties=(HoldingCaller(caller, hosts.server, "service", 0.3),
                                                         CalledParty(called, hosts.server)))


def prepare():
    hosts.start()
    load.start()
    until(lambda: load.caller.held() >= HELD, 120, lambda: f"only {load.caller.held()} calls are held", 0.2)
    load.rate = SLOW
    hosts.wait_ready(60)
    return f"{HELD} calls are held, {SLOW} a second come and go; seed {seed}"


def lose_backup(backup):
    """It comes back blank, and asks for the whole state as soon as there is a link."""
    backup.kill()
    shutil.rmtree(backup.journal)
    backup.launch()
    until(backup.status, 20, f"{backup.name} does not start; see {backup.log}")
    code, text = backup.tool("understudyctl", "--socket", backup.control, "resync")
    expect(code == 0, f"understudyctl resync ended with {code}: {text}")


def flap():
    primary = hosts.primary()
    backup = hosts.other(primary)
    with hosts.cut("cable"):
        lose_backup(backup)
    interrupted = 0
    for _ in range(FLAPS):
        time.sleep(chance.uniform(0.2, 1.8))
        interrupted += len(primary.events(BEGUN)) > 0 and not backup.events(TAKEN)
        if chance.random() < 0.4:
            hosts.break_link()
            continue
        with hosts.cut("cable"):
            time.sleep(chance.choice((chance.uniform(0.05, 0.5), chance.uniform(1.2, 2))))
    hosts.wait_ready(120)
    expect(hosts.primary() is primary, "the primary moved")
    expect(interrupted > 1, f"the state was sent too fast: it was interrupted {interrupted} times")
    return (f"cut or broken {FLAPS} times, {interrupted} times while the state was sent; begun {len(primary.events(BEGUN))} times; "
            f"{', '.join(line.partition('lsn=')[2] for line in backup.events(TAKEN))}")


def proven():
    for node in hosts.nodes:
        expect(not node.events(DIFFERS), f"{node.name} says that the states differ: {node.events(DIFFERS)[:1]}")
        expect(node.events(PROVEN), f"{node.name} has proven nothing; see {node.log}")
    last = {node.events(PROVEN)[-1].partition("what=")[2] for node in hosts.nodes}
    expect(len(last) == 1, f"the last proofs are of different states: {last}")
    return last.pop()


def hang_up():
    load.caller.hanging_up = True
    failures = load.finish(60)
    expect(not failures, f"{len(failures)} calls failed, first {failures[:3]}")
    expect(load.caller.made > HELD, f"only {load.caller.made} calls were made")
    return f"{load.caller.made} calls, {load.repeated()} repetitions"


def same():
    primary = hosts.primary()
    for node in (hosts.other(primary), primary):
        expect(node.terminate(20) == 0, f"{node.name} ended badly; see {node.log}")
    text = hosts.expect_equal_journals()
    code, stat = primary.tool("journal-dump", "--stat", "--json", primary.journal)
    expect(code == 0 and '"first_lsn":1,' in stat.replace(" ", ""), f"the primary's journal does not begin with lsn 1: {stat[:200]}")
    return text


if claim("two hosts, thousands of calls are held, more come", prepare):
    claim("the cable is cut and restored while the backup is filled: in sync in the end", flap)
    claim("both nodes have proven that their states are equal", proven)
    claim("no call failed", hang_up)
    claim("both journals agree, and the state is what the primary's gives from lsn 1", same)
claims.finish()
