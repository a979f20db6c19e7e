#!/usr/bin/env python3
"""A pair on small disks: the backup is away for long, the primary's disk becomes full, the backup's disk becomes full.

Each node has its journal on a tmpfs. While the backup is away the primary writes more than its log may hold, and drops
what it does not need itself. A full disk ends no call and begins none; who was away too long is filled by state.
"""
# time-limit: 250
import errno
import itertools
import json
import os
import secrets
import subprocess
import urllib.error

from harness import claims, daemon, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.pair import Pair

MIB = 1 << 20
DISK, LOW, LOG = 128, 8, 16  # MiB: of a disk, its low-space, max-size of the log
WRITTEN = 3 * LOG  # MiB, with the backup away
OCTETS = 30000  # of a message that is written to the log and refused
HELD = 6
CANNOT_START, JOURNAL_FAILED, DISK_LOW = "00-04504", "00-04512", "00-04514"
STATE_TAKEN, EQUAL, DIFFERS, DIVERGED = "00-20105", "00-20106", "00-20107", "00-20088"

sandbox.enter()
directory = sandbox.directory("pair_disk")
uas = f"{sandbox.PHONE_ADDRESS}:5090"
pair = Pair(directory, [daemon.extension("1001"), daemon.trunk("to", uas, prefix="service")],
            peer=["peer-retention: 1s"],
            journal_options=f"snapshot-interval: 1s, low-space: {LOW}MiB, retention: {{max-size: {LOG}MiB}}")
first, second = pair.nodes
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", pair.server)
held, numbers = [], itertools.count(1)


def prepare():
    for node in pair.nodes:
        node.restart_after = lambda: 0.5
        os.makedirs(node.journal)
        subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={DISK}m", "none", node.journal], check=True)
    pair.start()
    Caller(directory, "uas", ["-sn", "uas"], uas).start()
    expect(agent.register("1001").status == 200, "1001 is not registered")
    for _ in range(HELD):
        hold_one()


def hold_one():
    held.append(until(lambda: agent.call("service", user="1001"), 5, "no call can be made"))


def write(mebibytes):
    """Messages to nobody: each is an entry of its size, and answered with 404."""
    for _ in range(mebibytes * MIB // OCTETS):
        request = agent.build("MESSAGE", "nobody", secrets.token_hex(8), next(numbers), user="1001", body="x" * OCTETS)
        answer = agent.final(request, 20)
        expect(answer.status == 404, f"MESSAGE got {answer.first}")


def free(node):
    disk = os.statvfs(node.journal)
    return disk.f_bavail * disk.f_frsize


def fill(node, left):
    """A file that leaves at most so many bytes of the node's disk; called again, it takes what has been given up since."""
    with open(os.path.join(node.journal, "filler"), "ab", buffering=0) as file:
        while free(node) > left:
            try:
                file.write(b"x" * min(free(node) - left, MIB))
            except OSError as error:  # the node was quicker
                expect(error.errno == errno.ENOSPC, f"the disk of {node.name} is not filled: {error}")


def make_room(node):
    os.unlink(os.path.join(node.journal, "filler"))


def first_lsn(node):
    code, text = node.tool("journal-dump", "--stat", "--json", node.journal)
    expect(code == 0, f"journal-dump --stat of {node.name} ended with {code}: {text[-200:]}")
    return json.loads(text)["first_lsn"]


def drops_what_it_need_not_keep():
    second.rest()
    second.kill()
    until(lambda: first.status().get("unprotected") == 1, 10, f"{first.name} does not go on alone; see {first.log}")
    end = first.status()["lsn"]
    write(WRITTEN)
    until(lambda: write(1) or first_lsn(first) > end, 20, f"{first.name} keeps entries for an absent peer for ever")
    expect(first.status()["diskLow"] == 0, f"the disk is low: {free(first) // MIB} MiB free")
    return f"{WRITTEN} MiB written, the log begins at lsn {first_lsn(first)}, the backup has {end}; {free(first) // MIB} MiB free"


def has_what_it_needs():
    first.kill()
    until(lambda: first.role() == "primary", 15, f"{first.name} does not come back; see {first.log}")
    expect(first.status()["calls"] == HELD, f"{first.name} knows of {first.status()['calls']} calls, {HELD} are held")
    held.pop().bye()
    hold_one()


def touched_low(node):
    """The disk is looked at when something is written."""
    expect(agent.register("1001").status == 200, "REGISTER is refused")
    return node.status()["diskLow"]


def full():
    def still_low():
        fill(first, LOW * MIB // 2)
        return touched_low(first) == 1 and not fill(first, LOW * MIB // 2)

    until(still_low, 10, f"{first.name} does not see that its disk is low", interval=0.2)
    answer = sip.Call(agent, "service", "1001").invite()
    expect(answer.status == 503, f"a new call got {answer.first}")
    until(lambda: first.events(DISK_LOW), 5, f"no alarm in {first.log}")
    try:
        first.get("/readyz")
        expect(False, "/readyz says that new calls are welcome")
    except urllib.error.HTTPError as error:
        expect(error.code == 503, f"/readyz: {error.code}")
    for _ in range(HELD // 2):
        held.pop().bye()
    return f"a new call gets {answer.first}; {HELD // 2} calls ended; {free(first) // 1024} KiB free"


def filled_by_state():
    make_room(first)
    until(lambda: touched_low(first) == 0, 10, f"{first.name} does not see that its disk has room", interval=0.2)
    hold_one()
    second.supervise()
    pair.wait_ready(60)
    expect(second.events(STATE_TAKEN), f"{second.name} was not sent the state; see {second.log}")
    expect_equal()
    expect(second.status()["calls"] == len(held), f"{second.name} knows of {second.status()['calls']} calls, not {len(held)}")


def expect_equal(before=0):
    until(lambda: len(first.events(EQUAL)) > before, 20, f"nobody proves that the states are equal; see {first.log}")
    bad = [line for node in pair.nodes for event in (DIFFERS, DIVERGED) for line in node.events(event)]
    expect(not bad, f"a node says: {bad[:1]}")


def backup_full():
    global proofs
    proofs = len(first.events(EQUAL))
    second.ends.clear()
    fill(second, 0)
    for _ in range(LOG):
        if first.status()["unprotected"] == 1:
            break
        write(1)
    until(lambda: first.status()["unprotected"] == 1, 10, f"{first.name} does not go on alone; see {first.log}")
    hold_one()
    held.pop(0).bye()
    until(lambda: second.ends, 10, f"{second.name} goes on with a full disk; see {second.log}")
    said = [line for event in (JOURNAL_FAILED, CANNOT_START) for line in second.events(event)]
    expect(said and "space" in said[0].lower(), f"{second.name} does not say why: {said[:1]}")
    return f"{second.name} ended with {second.ends[0]}: {said[0].partition('00-')[2][:150]}"


def back_with_room():
    make_room(second)
    pair.wait_ready(60)
    expect_equal(proofs)
    expect(pair.primary() is first, f"{first.name} is not the primary")
    code, text = first.ctl("switchover")
    expect(code == 0, f"understudyctl switchover ended with {code}: {text}")
    pair.wait_ready()
    while held:
        held.pop().bye()


def whole():
    pair.leave()
    expect(not first.ends, f"{first.name} ended by itself, with {first.ends}; see {first.log}")
    return pair.expect_equal_journals()


if claim("a pair on two small disks is in sync, with calls", prepare):
    claim("with the backup away for longer than peer-retention, the primary's log stays within its size",
          drops_what_it_need_not_keep)
    claim("it has kept what it needs itself: killed, it comes back with every call", has_what_it_needs)
    claim("alone and full: an alarm, 503 for new calls, and calls in progress end as they should", full)
    claim("with room again the backup comes back and is filled by state, and both are equal", filled_by_state)
    claim("the backup's disk is full: it ends and says why; the primary goes on alone", backup_full)
    claim("with room there, it is in sync again, and takes over", back_with_room)
    claim("both journals are whole and equal", whole)
claims.finish()
