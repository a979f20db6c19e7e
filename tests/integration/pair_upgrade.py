#!/usr/bin/env python3
"""A pair is upgraded under calls, node by node, and then told to use what the later program brings.

The later program (tests/next) knows feature level 2, and at that level one effect differs: its 100 Trying has one header
field more. Until the level is raised both programs do the same, and either may be backup of the other; afterwards the
earlier one is refused, by its peer and at its own start, and says why.
"""
# time-limit: 200
import glob
import os
import shutil
import sys

from harness import claims, daemon, programs, sandbox, sip
from harness.claims import claim, expect, note, until
from harness.pair import Pair
from harness.patient import PatientCalls

OLD, NEXT = "daemon/understudyd", "tests/next/understudyd_next"
RATE, HELD = 20, 10
IN_SYNC_AND_EQUAL, DIFFERS, DIVERGED = "00-20106", "00-20107", "00-20088"
CANNOT_START, REFUSED, REFUSED_BY_PEER = "00-04504", "00-20084", "00-20085"

if not os.path.exists(programs.built(NEXT)):
    print(f"SKIP no later program to upgrade to: bazel build //tests/next/... makes {programs.built(NEXT)}")
    sys.exit(77)
sandbox.enter()
directory = sandbox.directory("pair_upgrade")
PHONES = sandbox.PHONE_ADDRESS
CALLER, CALLEE = f"{PHONES}:5080", f"{PHONES}:5090"
pair = Pair(directory, [daemon.extension("1001"), daemon.trunk("from", CALLER),
                        daemon.trunk("to", CALLEE, prefix="service")])
first, second = pair.nodes
agent = sip.Agent(f"{PHONES}:5070", pair.server)
calls = PatientCalls(directory, pair.server, CALLER, CALLEE, RATE)
held, begun = [], {}


def prepare():
    pair.start()
    expect(agent.register("1001").status == 200, "1001 is not registered")
    calls.start()
    held.extend(until(lambda: agent.call("service", user="1001"), 5, "no call can be made") for _ in range(HELD))
    return f"{HELD} calls held, {RATE} a second beside them"


def install(node, program):
    """Stops the node and starts it with that program; it may come up or not."""
    expect(node.leave() == 0, f"{node.name} did not end well; see {node.log}")
    node.program = programs.built(program)
    begun[node] = len(node.log_text())
    node.supervise()


def upgrade(node, program=NEXT):
    expect(node.status().get("readyForUpgrade") == 1, f"{node.name} is not ready for an upgrade: {node.status()}")
    install(node, program)
    pair.wait_ready()
    until(lambda: news(node, IN_SYNC_AND_EQUAL) or news(pair.other(node), IN_SYNC_AND_EQUAL), 20,
          f"nobody proves that the states are equal; see {node.log}")


def news(node, event):
    """The lines of its log with this event since its program was installed."""
    return [line for line in node.log_text()[begun.get(node, 0):].splitlines() if f" {event} " in line]


def switch_to(node):
    code, text = pair.other(node).ctl("switchover")
    expect(code == 0, f"understudyctl switchover ended with {code}: {text}")
    pair.wait_ready()
    expect(pair.primary() is node, f"{node.name} is not the primary; see {node.log}")
    expect_calls()


def expect_calls():
    known = pair.primary().status()["calls"]
    expect(known >= HELD, f"{pair.primary().name} knows of {known} calls, {HELD} are held")


def trying():
    """Whether the 100 of a new call has the later program's header field."""
    call = sip.Call(agent, "service", "1001")
    seen = []
    call.invite(provisional=lambda message: seen.append(message) and False)
    call.bye()
    expect(any(message.status == 100 for message in seen), f"the new call got no 100: {[m.first for m in seen]}")
    return any("x-level" in message.headers for message in seen if message.status == 100)


def upgrade_backup():
    upgrade(second)
    expect(first.status()["peerFeatureLevel"] == 2, f"{first.name} says of its peer: {first.status()}")


def both_ways():
    switch_to(second)
    expect(not trying(), f"{second.name} uses level 2 before it was raised")
    upgrade(first)
    switch_to(first)
    upgrade(second, OLD)


def raise_early():
    code, text = first.ctl("raise-feature-level", "2")
    expect(code != 0 and "does not know that level" in text, f"raise-feature-level: {code}, {text}")
    expect(first.status()["featureLevel"] == 1, "the level was raised all the same")
    return text.splitlines()[0]


def raise_level():
    upgrade(second)
    code, text = first.ctl("raise-feature-level", "2")
    expect(code == 0, f"raise-feature-level ended with {code}: {text}")
    until(lambda: all(node.status().get("featureLevel") == 2 for node in pair.nodes), 5, "a node is at another level")
    expect(trying(), f"{first.name} does not use level 2")
    switch_to(second)
    expect(trying(), f"{second.name} does not use level 2")
    switch_to(first)


def too_early_at_start():
    second.restart_after = lambda: 1.0
    install(second, OLD)
    line = until(lambda: news(second, CANNOT_START), 10,
                 f"{second.name} does not say why it cannot start; see {second.log}")
    until(lambda: second.ends, 5, "it did not end")
    expect(set(second.ends) == {3}, f"it ended with {second.ends}")
    expect("start the version that wrote this journal, or a later one" in line[-1], f"it says: {line[-1]}")
    expect(not glob.glob(os.path.join(second.journal, "aside*")), "the journal was set aside")
    return line[-1].partition("why=")[2][:160]


def too_early_as_peer():
    second.rest()
    until(lambda: not second._supervisor.is_alive(), 5, "its supervisor goes on")
    shutil.move(second.journal, second.journal + ".level2")
    second.ends.clear()
    second.supervise()
    told = until(lambda: news(second, REFUSED_BY_PEER), 10, f"{second.name} is not refused; see {second.log}")[0]
    heard = until(lambda: news(first, REFUSED), 10, f"{first.name} does not say that it refuses")[0]
    for line in (told, heard):
        expect("feature level 1; the pair runs at 1, 2 and 2: install the program of this node there" in line, line)
    expect(pair.primary() is first, f"{first.name} is not the primary")
    expect_calls()
    note(told)


def joins_again():
    install(second, NEXT)
    pair.wait_ready()
    until(lambda: news(first, IN_SYNC_AND_EQUAL), 20, f"nobody proves that the states are equal; see {first.log}")
    switch_to(second)


def finish_calls():
    expect(len(held) == HELD, "a held call is missing")
    for call in held:
        call.bye()
    made = calls.finish()
    return f"{made} calls, {calls.repeated()} repetitions; {HELD} held calls released"


def equal():
    for node in pair.nodes:
        bad = [line for event in (DIFFERS, DIVERGED) for line in node.events(event)]
        expect(not bad, f"{node.name} says: {bad[:1]}")
        node.journal_tools = "tests/next"
    pair.wait_ready()
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair of the earlier program is in sync, under calls", prepare):
    claim("the backup is upgraded and is a backup again", upgrade_backup)
    claim("the service goes to it and back, the other upgraded meanwhile; the earlier program may still come back", both_ways)
    claim("the level is not raised while the backup does not know it", raise_early)
    claim("with both upgraded it is raised; both nodes then do what is new, and are equal", raise_level)
    claim("the earlier program refuses its own journal from then on, and leaves it as it is", too_early_at_start)
    claim("the earlier program with an empty journal is refused by its peer, and both say why", too_early_as_peer)
    claim("the later program joins again, and takes over", joins_again)
    claim("no call was lost from the first step to the last", finish_calls)
    claim("nobody diverged, and both journals are whole and equal", equal)
claims.finish()
