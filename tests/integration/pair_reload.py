#!/usr/bin/env python3
"""SIGHUP at both nodes of a pair: what was read is in force, and stays so whoever serves next."""
# time-limit: 120
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


if claim("a pair is in sync and does not know 1003", prepare):
    if claim("both nodes read a file with 1003: it registers and calls", add):
        claim("the primary dies: 1003 is registered at the other, its call goes on", failover)
        claim("switched back: 1003 is still there, and the nodes' files are the same", switch_back)
        claim("a file with a mistake changes nothing, after the next failover neither", refused)
claims.finish()
