#!/usr/bin/env python3
"""An input that brings a server down brings down one node of a pair, once: the dying primary tells its backup which input
it was, both drop it from then on, and both are up again within seconds. Calls go on.

Both nodes are a test's own build that fails a CHECK on a certain header.
"""
# time-limit: 120
import time

from harness import claims, daemon, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.pair import Pair

sandbox.enter()
directory = sandbox.directory("pair_poison")
uas = f"{sandbox.PHONE_ADDRESS}:5090"
pair = Pair(directory, [daemon.extension("1001"), daemon.trunk("to", uas, prefix="service")],
            program="tests/poison/understudyd_poison")
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", pair.server)
held = []


def prepare():
    pair.start()
    Caller(directory, "uas", ["-sn", "uas"], uas).start()
    agent.register("1001")
    held.extend(until(call_made, 5, "no call can be made") for _ in range(3))


def call_made():
    return agent.call("service", user="1001")


def poisoned():
    first = pair.primary()
    victim = sip.Call(agent, "service", "1001")
    victim.cseq = 1
    poison = victim.build("INVITE", headers="X-Test-Poison: crash\r\n", body=sip.SDP.format(host=agent.host))
    began = time.monotonic()
    for _ in range(12):
        agent.send(poison)
        time.sleep(0.1)
    pair.wait_ready(5)
    ready = time.monotonic() - began
    ends = {node.name: node.ends for node in pair.nodes}
    expect(len(ends[first.name]) == 1, f"{first.name} ended {ends[first.name]}; see {first.log}")
    expect(not ends[pair.other(first).name], f"the other died of it too: {ends}")
    expect(pair.primary() is not first, "the primary did not move")
    return f"one crash, twelve tries; both in sync again {ready:.1f} s after the first"


def dropped():
    node = pair.primary()
    count = node.metrics().get('understudy_ingress_kept_total{reason="quarantined"}', 0)
    expect(count >= 1, f"no dropped input is counted as quarantined at {node.name}")
    expect(node.events("00-04524"), f"{node.name} does not say that the peer died of an input; see {node.log}")
    return f"{count:.0f} dropped by {node.name}"


def others():
    for call in held:
        call.bye()
    call_made().bye()


def same():
    pair.leave()
    return pair.expect_equal_journals()


if claim("a pair is in sync, with calls", prepare):
    claim("an input that fails a CHECK, sent twelve times, brings one node down once, and both are up again", poisoned)
    claim("the new primary was told of it, and drops it", dropped)
    claim("other calls go on, and new ones can be made", others)
    claim("both journals are whole and equal", same)
claims.finish()
