#!/usr/bin/env python3
"""Whoever is not the peer: garbage at the peer's port, a node of another cluster, one with another service address. Each is
refused with a reason that tells what to do, and costs no call. Two nodes whose files differ are told so, and stay equal.
"""
# time-limit: 200
import os
import random
import socket
import time

from harness import claims, daemon, sandbox
from harness.claims import claim, expect, until
from harness.pair import LOOPBACK, Pair
from harness.pair_load import PairLoad
from harness.peer_frames import ACK, APPEND, HELLO, frame, greeting

LINK_FAILED, REFUSED, REFUSED_US, DIFFERS, DIVERGED = "00-20082", "00-20084", "00-20085", "00-20086", "00-20088"
GARBAGE_ROUNDS, GROWTH_KIB = 30, 16 * 1024

sandbox.enter()
directory = sandbox.directory("pair_refusals")
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)
pair = Pair(directory, PairLoad.DNS)
load = PairLoad(directory, pair.server, seed)
strangers = []  # connections that stay open


def prepare():
    pair.start()
    return f"{load.start()}; seed {seed}"


def expect_undisturbed(primary):
    expect(pair.is_ready(), "the pair is not ready any more")
    expect(primary.role() == "primary", f"{primary.name} is {primary.role()} now")
    load.expect_whole(pair)
    pair.expect_no_crash()


def garbage():
    """What may come, and what the log must say of it."""
    return [
        (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", "not a frame"),
        (bytes.fromhex("16030100c8010000c40303") + chance.randbytes(194), "speaks TLS"),
        (b"\xff" * 64, "not a frame"),
        (frame(0xFFFE, b"understudy-link 9"), "does not begin with"),
        (greeting()[:-1] + b"\0", "wrong checksum"),
        (greeting() + frame(ACK, b"\0" * 32), "first frame is a Hello"),
        (greeting() + frame(APPEND, chance.randbytes(5000)), "first frame is a Hello"),
        (greeting() + frame(HELLO, chance.randbytes(800)), ""),
        (greeting() + frame(HELLO, b""), ""),
        (greeting() + b"\xff\xff\x00\x00" + b"\0" * 8, ""),  # a long frame that never comes
        (chance.randbytes(chance.randrange(1, 2000)), ""),
    ]


def throw(port, data, keep):
    """Sends it, and goes when the server goes; or leaves the connection open."""
    connection = socket.create_connection((LOOPBACK, port), 2)
    strangers.append(connection)
    try:
        connection.sendall(data)
        if not keep:
            connection.shutdown(socket.SHUT_WR)
            connection.recv(4096)
    except OSError:  # closed at once: as good
        pass
    if not keep:
        strangers.pop().close()


def garbage_comes():
    primary = pair.primary()
    memory = [primary.memory()]
    for number in range(GARBAGE_ROUNDS):
        for data, _ in garbage():
            for node in pair.nodes:
                throw(node.peer_port, data, keep=number % 10 == 0)
        time.sleep(0.1)
    log = primary.log_text()
    for _, wanted in garbage():
        expect(wanted in log, f"the log does not say \"{wanted}\"; see {primary.log}")
    memory.append(primary.memory())
    expect_undisturbed(primary)
    expect(memory[1] - memory[0] < GROWTH_KIB, f"{primary.name} grew from {memory[0]} to {memory[1]} KiB")
    for connection in strangers:
        connection.close()
    return f"{len(primary.events(LINK_FAILED)) + len(primary.events(REFUSED))} lines of the log, memory {memory} KiB"


def join_as(backup, journal=None, port=None):
    """Starts the backup anew as somebody else."""
    backup.rest()
    if backup.process.poll() is None:
        backup.kill()
    backup.journal, backup.port = journal or backup.journal, port or backup.port
    backup.configure(PairLoad.DNS, node=backup.section)
    backup.supervise()


def told(node, event, *words):
    return [line for line in node.events(event) if all(word in line for word in words)]


def of_another_cluster():
    """It has served alone before, as a pair of its own: its journal belongs to that."""
    primary = pair.primary()
    backup, own = pair.other(primary), pair.other(primary).journal
    alone = daemon.Daemon(directory, [daemon.extension("1001")], name="sip-x", port=5260).start()
    expect(alone.terminate() == 0, "sip-x does not end")
    join_as(backup, journal=alone.journal)
    until(lambda: told(primary, REFUSED, "is of cluster", "give it an empty journal.path"), 10,
          f"{primary.name} does not say that {backup.name} is of another cluster; see {primary.log} and {backup.log}")
    until(lambda: told(backup, REFUSED_US), 10, f"{backup.name} does not say that it is refused; see {backup.log}")
    expect(primary.role() == "primary" and backup.role() == "joining", f"{backup.name} is {backup.role()}")
    join_as(backup, journal=own)
    pair.wait_ready()
    expect_undisturbed(primary)


def with_another_address():
    primary = pair.primary()
    backup, own = pair.other(primary), primary.port
    pair_holds, backup.section = backup.section, "".join(
        line for line in backup.section.splitlines(True) if "socket-holder" not in line)
    join_as(backup, port=5062)
    until(lambda: told(primary, REFUSED, "service address", ":5062"), 10,
          f"{primary.name} does not say that {backup.name} has another service address; see {primary.log}")
    until(lambda: told(backup, REFUSED_US, ":5062"), 10, f"{backup.name} does not say that it is refused; see {backup.log}")
    backup.section = pair_holds
    join_as(backup, port=own)
    pair.wait_ready()
    expect_undisturbed(primary)


def with_another_file():
    """The primary's file is the state's; when the other becomes primary, its own is."""
    primary = pair.primary()
    backup = pair.other(primary)
    backup.rest()
    backup.kill()
    backup.configure([*PairLoad.DNS, daemon.extension("1999")], node=backup.section)
    backup.supervise()
    pair.wait_ready()
    for node in pair.nodes:
        until(lambda: node.events(DIFFERS), 5, f"{node.name} does not say that the files differ; see {node.log}")
        expect(node.status().get("sameConfiguration") == 0, f"{node.name} says sameConfiguration {node.status()}")
    for _ in range(4):
        load.note_ringing()
        before = pair.primary()
        before.kill()
        until(lambda: pair.primary() is not before, 10, f"nobody takes over from {before.name}")
        pair.wait_ready()
        load.expect_whole(pair)
    for node in pair.nodes:
        expect(not node.events(DIVERGED), f"{node.name} has diverged: {node.events(DIVERGED)[:1]}")


def equal_journals():
    pair.wait_ready()
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("a pair is in sync, calls are held, and more come", prepare):
    claim("garbage at the peers' ports is refused with its reason, and disturbs nobody", garbage_comes)
    claim("a node of another cluster is refused with what to do about it", of_another_cluster)
    claim("a node with another service address is refused with both addresses", with_another_address)
    claim("nodes with different files are told so, and stay equal over four deaths of the primary", with_another_file)
    load.claim_end()
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
