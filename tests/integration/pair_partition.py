#!/usr/bin/env python3
"""Two nodes on two hosts, and cables that are cut: both ways, one way, a whole host, a host from the witness. Never do
both release different things; calls go on wherever a node can be reached that may serve them.

The service address moves by the operator's scripts. What each host sends from it is recorded by its hardware address.
"""
# time-limit: 200
import time

from harness import claims, daemon, sandbox
from harness.claims import claim, expect, note, until
from harness.hosts import PHONES, Hosts, Senders
from harness.patient import PatientCalls

sandbox.enter()
directory = sandbox.directory("pair_partition")
caller, callee = f"{PHONES}:5080", f"{PHONES}:5090"
RATE, SUSPECT = 20, 1.0  # calls a second; addp-timeout, the default
hosts = Hosts(directory, [daemon.trunk("from", caller), daemon.trunk("to", callee, prefix="service")])
calls = PatientCalls(directory, hosts.server, caller, callee, RATE)
senders = Senders(5060)
takeovers = []  # (old primary's MAC, when the other was seen to serve, when the old one followed it)


def prepare():
    hosts.start()
    calls.start()
    time.sleep(2)
    return f"{hosts.primary().name} serves, {RATE} calls a second"


def without_takeover(what, node_of):
    """The primary goes on alone; the backup is refused; then they are in sync again."""
    primary = hosts.primary()
    alarms = len(primary.events("00-20091"))
    with hosts.cut(what, node_of(primary)):
        until(lambda: primary.status().get("unprotected") == 1, 10, f"{primary.name} does not go on alone; see {primary.log}")
        time.sleep(2 * SUSPECT)
        expect(primary.role() == "primary", f"{primary.name} is {primary.role()}; see {primary.log}")
        expect(hosts.other(primary).role() != "primary", "both serve")
    expect(len(primary.events("00-20091")) > alarms, "nobody says that the primary is unprotected")
    hosts.wait_ready()


def host_lost():
    """The primary's host is cut from everything: the other serves, the old one sends nothing, and comes back as backup."""
    old = hosts.primary()
    new = hosts.other(old)
    with hosts.cut("host", old):
        until(lambda: new.role() == "primary", 10, f"{new.name} does not take over; see {new.log}")
        moment = time.monotonic()
        time.sleep(1.5)
        expect(old.role() == "primary", f"{old.name} is {old.role()}: it cannot know better; see {old.log}")
    until(lambda: old.role() == "backup", 15, f"{old.name} does not come back as backup; see {old.log}")
    takeovers.append((hosts.mac(old), moment, time.monotonic()))
    expect(hosts.primary() is new, "the primary moved back")
    hosts.wait_ready()
    return f"{new.name} took over from {old.name}"


def no_witness_no_peer():
    """The primary loses the cable and the witness at once, the backup still has the witness: it takes over; the old
    primary may not go on alone."""
    old = hosts.primary()
    new = hosts.other(old)
    with hosts.cut("cable"), hosts.cut("witness", old):
        until(lambda: new.role() == "primary", 10, f"{new.name} does not take over; see {new.log}")
        moment = time.monotonic()
        time.sleep(1)
    until(lambda: old.role() == "backup", 15, f"{old.name} does not come back as backup; see {old.log}")
    takeovers.append((hosts.mac(old), moment, time.monotonic()))
    hosts.wait_ready()
    return f"{new.name} took over from {old.name}"


def calls_go_on():
    made = calls.finish(60)
    return f"{made} calls, {calls.repeated()} repetitions"


def nothing_contradicts():
    """What an old primary sends after the other serves was sent before, or is sent by the other too, byte by byte."""
    seen = senders.stop().seen
    late = 0
    for mac, moment, followed in takeovers:
        known = {data for at, source, data in seen if at < moment or source != mac}
        after = [data for at, source, data in seen if source == mac and moment < at < followed]
        odd = [data for data in after if data not in known]
        late += len(after)
        expect(not odd, f"{len(odd)} messages of the old primary are the other's news, first: {odd[:1]}")
    sources = {source for _, source, _ in seen}
    expect(len(sources) == 2, f"{len(sources)} hosts were heard")
    note(f"{len(seen)} datagrams of two hosts; {late} from a host that had lost its office")


def same():
    primary = hosts.primary()
    for node in (hosts.other(primary), primary):
        expect(node.terminate(20) == 0, f"{node.name} ended badly; see {node.log}")
        code, text = node.tool("replay", "--verify", "--quiet", node.journal)
        expect(code == 0, f"replay of {node.name} ended with {code}: {text[-300:]}")


if claim("two hosts, one service address, calls", prepare):
    claim("the cable between the nodes is cut: the primary goes on alone, and the pair is whole again",
          lambda: without_takeover("cable", lambda primary: None))
    claim("cut one way, from the primary to the backup: the same",
          lambda: without_takeover("to", lambda primary: primary))
    claim("cut the other way: the same", lambda: without_takeover("to", hosts.other))
    claim("the primary's host is cut from everything: the backup serves, and the old primary follows it later", host_lost)
    claim("the primary loses backup and witness: it may not go on, the backup serves", no_witness_no_peer)
    claim("all calls came to their end", calls_go_on)
    claim("no host ever sent anything of its own after the other served", nothing_contradicts)
    claim("both journals replay bit for bit", same)
claims.finish()
