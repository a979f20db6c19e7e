#!/usr/bin/env python3
"""SIGHUP at both nodes of a pair: what was read is in force, and stays so whoever serves next. Beside it, what a node says of
its health while it is backup, and while the pair holds what it has to say.
"""
# time-limit: 120
import time
import urllib.error

from harness import claims, daemon, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.pair import Pair

sandbox.enter()
directory = sandbox.directory("pair_reload")
uas = f"{sandbox.PHONE_ADDRESS}:5090"
OLD = [daemon.extension("1001"), daemon.trunk("to", uas, prefix="service")]
NEW = [*OLD, daemon.extension("1003")]
pair = Pair(directory, OLD)
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", pair.server)
calls = []


def prepare():
    pair.start()
    Caller(directory, "uas", ["-sn", "uas"], uas).start()
    expect(agent.register("1001").status == 200, "1001 is not registered")
    expect(agent.register("1003").status >= 400, "1003 is registered, and in nobody's file")


def reload(node, dns, words):
    seen = node.log_text().count(words)
    node.configure(dns, node=node.section)
    node.reload()
    until(lambda: node.log_text().count(words) > seen, 10, f"{node.name} does not say '{words}'; see {node.log}")


def add():
    reload(pair.backup(), NEW, "kept until this node serves")
    reload(pair.primary(), NEW, "changed, in force")
    expect_there()
    calls.append(agent.call("service", user="1003"))


def expect_there():
    answer = agent.register("1003")
    expect(answer.status == 200, f"REGISTER of 1003 got {answer.first}; see {directory}/*/understudyd.log")
    primary = pair.primary()
    expect(primary.metric("understudy_registrations") == 2, f"{primary.name} has another number of registrations than 2")


def failover():
    old = pair.primary()
    old.kill()
    until(lambda: pair.other(old).role() == "primary", 10, "nobody takes over")
    expect_there()
    calls.pop().bye()
    calls.append(agent.call("service", user="1003"))
    return f"{pair.primary().name} serves"


def switch_back():
    pair.wait_ready()
    code, text = pair.primary().ctl("switchover")
    expect(code == 0, f"understudyctl switchover ended with {code}: {text[:300]}")
    expect_there()
    calls.pop().bye()
    pair.wait_ready()
    expect(all(node.status()["sameConfiguration"] == 1 for node in pair.nodes), "the nodes' files are said to differ")


def refused():
    backup = pair.backup()
    reload(backup, [*NEW, "      - nonsense"], "00-04521")
    old = pair.primary()
    old.kill()
    until(lambda: backup.role() == "primary", 10, "nobody takes over")
    expect_there()


def page(node, path):
    """(HTTP status, text)."""
    try:
        return 200, node.get(path)
    except urllib.error.HTTPError as error:
        with error:
            return error.code, error.read().decode()


def idle_backup():
    """Past the time after which a primary that waits for its disk is no place for calls."""
    backup = pair.backup()
    time.sleep(2.5)
    waits = backup.metric("understudy_journal_waiting_milliseconds")
    expect(waits < 1000, f"an idle backup says that it waits for the disk for {waits} ms")
    expect(page(backup, "/healthz") == (200, "ok\n"), f"/healthz of a backup: {page(backup, '/healthz')}")
    ready = page(backup, "/readyz")
    expect(ready == (503, "backup: this node does not serve\n"), f"/readyz of a backup: {ready}")
    expect(page(pair.primary(), "/readyz") == (200, "ok\n"), f"/readyz of a primary: {page(pair.primary(), '/readyz')}")
    expect(backup.status()["readyForUpgrade"] == 1, "a backup with a primary is not ready for an upgrade")


def held():
    """Neither backup nor witness: the primary says nothing to phones until it knows that nobody else serves."""
    pair.wait_ready()
    primary, backup = pair.primary(), pair.backup()
    pair.witness.kill()
    until(lambda: primary.metric("understudy_witness_lost") == 1, 10, f"{primary.name} does not miss the witness")
    backup.freeze()
    try:
        agent.send(agent.build("REGISTER", "1001", "held", 1, user="1001", headers="Expires: 600\r\n"))
        reason = until(lambda: next((text for status, text in [page(primary, "/readyz")] if "held by the pair" in text), None),
                       15, f"{primary.name} does not say that the pair holds it")
        expect("the witness does not answer" in reason, f"/readyz: {reason}")
        expect(page(primary, "/healthz") == (200, "ok\n"), f"/healthz of a primary that holds: {page(primary, '/healthz')}")
    finally:
        backup.thaw()
        pair.witness.start()
    until(lambda: page(primary, "/readyz")[0] == 200, 15, f"{primary.name} does not become ready again")
    return reason.strip()


if claim("a pair is in sync and does not know 1003", prepare):
    claim("an idle backup is alive, is no place for calls and says why", idle_backup)
    if claim("both nodes read a file with 1003: it registers and calls", add):
        claim("the primary dies: 1003 is registered at the other, its call goes on", failover)
        claim("switched back: 1003 is still there, and the nodes' files are the same", switch_back)
        claim("a file with a mistake changes nothing, after the next failover neither", refused)
    claim("a primary that the pair holds is alive and says what it waits for", held)
claims.finish()
