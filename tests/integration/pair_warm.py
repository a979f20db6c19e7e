#!/usr/bin/env python3
"""A pair with redundancy-type: warm-standby: the nodes share their roles and nothing else.

The backup takes over with what its own journal says: at first nothing, so phones register anew and calls of the other
node are not known. Each journal is its own node's history, and neither is measured by the other's.
"""
# time-limit: 120
from harness import claims, daemon, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.pair import Pair

sandbox.enter()
directory = sandbox.directory("pair_warm")
uas = f"{sandbox.PHONE_ADDRESS}:5090"
pair = Pair(directory, [daemon.extension("1001"), daemon.extension("1002"), daemon.trunk("to", uas, prefix="service")],
            peer=["redundancy-type: warm-standby"])
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", pair.server)
first, second = pair.nodes
kept, lost = [], []


def prepare():
    pair.start()
    Caller(directory, "uas", ["-sn", "uas"], uas).start()
    register("1001")
    kept.append(make_call())
    lost.append(make_call())


def register(number):
    answer = agent.register(number)
    expect(answer.status == 200, f"REGISTER of {number} got {answer.first}")


def make_call():
    return until(lambda: agent.call("service", user="1001"), 5, "no call can be made")


def expect_own(node, **wanted):
    status = node.status()
    found = {name: status.get(name) for name in wanted}
    expect(found == wanted, f"{node.name} says {found}, not {wanted}; see {node.log}")


def nothing_replicated():
    expect_own(first, role="primary", calls=2, registrations=1, peerLag=0)
    expect_own(second, role="backup", calls=0, registrations=0, lsn=0, readyForUpgrade=1)
    for node in pair.nodes:
        expect(node.metric("understudy_replicated_bytes_total") == 0, f"{node.name} has sent batches")
    code, text = second.ctl("resync")
    expect(code != 0 and "nothing is replicated" in text, f"resync of a warm backup: {code}, {text}")


def taken_over():
    first.kill()
    until(lambda: second.role() == "primary", 10, f"{second.name} does not take over; see {second.log}")
    expect_own(second, calls=0, registrations=0)
    call = lost.pop()
    call.cseq += 1
    answer = agent.final(call.build("BYE"))
    expect(answer.status == 481, f"BYE of a call of {first.name} got {answer.first}")
    return f"BYE of a call of {first.name} got {answer.first}"


def registered_anew():
    register("1001")
    for _ in range(20):  # so that its log is the longer one
        make_call().bye()
    expect_own(second, registrations=1, calls=0)


def rejoined():
    pair.wait_ready()
    longer, shorter = second.status()["lsn"], first.status()["lsn"]
    expect(longer > shorter > 0, f"the logs end with {longer} and {shorter}")
    expect_own(first, role="backup")
    expect_own(second, role="primary", peerLag=0)
    return f"its log ends with lsn {shorter}, the primary's with {longer}"


def switched_over():
    code, text = second.ctl("switchover")
    expect(code == 0, f"understudyctl switchover ended with {code}: {text}; see {second.log}")
    pair.wait_ready()
    expect(pair.primary() is first, f"{first.name} is not the primary")
    kept.pop().bye()
    make_call().bye()
    return text.strip()


def killed_backup():
    alarms = len(first.events("00-20091"))
    second.kill()
    until(lambda: len(first.events("00-20091")) > alarms, 10, f"{first.name} does not notice; see {first.log}")
    pair.wait_ready()
    make_call().bye()


def unlike():
    pair.leave()
    pair.expect_no_crash()
    stats = [pair.verified(node) for node in pair.nodes]
    expect(all(stat["last_lsn"] > 0 for stat in stats), f"a journal is empty: {stats}")
    dumps = [[(entry["lsn"], entry["epoch"]) for entry in node.entries()] for node in pair.nodes]
    epochs = [{epoch for _, epoch in dump} for dump in dumps]
    expect(not epochs[0] & epochs[1], f"both journals have entries of one epoch: {epochs}")
    text = "; ".join(f"{node.name} has epochs {sorted(own)}" for node, own in zip(pair.nodes, epochs))
    resynced = [node.name for node in pair.nodes for event in ("00-20104", "00-20106", "00-20107") if node.events(event)]
    expect(not resynced, f"states were compared or sent: {resynced}")
    return text


if claim("a warm pair is ready, with a phone and two calls at the primary", prepare):
    claim("the backup has nothing of the primary's, and says it is ready", nothing_replicated)
    claim("the primary is killed: the backup serves, without its calls", taken_over)
    claim("a phone that registers anew makes calls there", registered_anew)
    claim("the dead node rejoins with its own, shorter, log, and both are ready", rejoined)
    claim("a switchover gives the service back; what the node had, it still has", switched_over)
    claim("a backup that dies leaves the primary alone until it is back", killed_backup)
    claim("each journal is whole and replays, and is the history of its node alone", unlike)
claims.finish()
