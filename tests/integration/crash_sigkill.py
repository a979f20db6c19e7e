#!/usr/bin/env python3
"""Fifty deaths by SIGKILL at random moments, under load: no established call is lost, and nothing that anybody has seen
is missing in the journal."""
# time-limit: 200
import json
import os
import random
import time

from harness import claims, daemon, sandbox, sip
from harness.claims import claim, expect
from harness.load import Load
from harness.sip_tap import SipTap

KILLS, HELD, RATE = 50, 40, 50

sandbox.enter()
directory = sandbox.directory("crash")
uac, uas = f"{sandbox.PHONE_ADDRESS}:5080", f"{sandbox.PHONE_ADDRESS}:5090"
server = daemon.Daemon(directory, [daemon.extension("1001"), daemon.trunk("from", uac),
                                   daemon.trunk("to", uas, prefix="service")])
load = Load(server.server, uac, uas, RATE)
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)
tap = SipTap(server.port)
held, restarts = [], []
seed = int(os.environ.get("UNDERSTUDY_TEST_SEED", "0")) or random.SystemRandom().randrange(1, 10**6)
chance = random.Random(seed)


def prepare():
    server.start()
    load.start()
    agent.register("1001")
    held.extend(agent.call("service", user="1001") for _ in range(HELD))
    return f"{HELD} calls held, {RATE} new ones a second, seed {seed}"


def die_often():
    for _ in range(KILLS):
        time.sleep(chance.uniform(0.2, 1.0))
        server.kill()
        started = time.monotonic()
        server.start()
        restarts.append(time.monotonic() - started)
        calls, registrations = server.metric("understudy_calls"), server.metric("understudy_registrations")
        expect(calls >= HELD, f"after restart {len(restarts)} only {calls:.0f} of {HELD} held calls are left")
        expect(registrations == 1, f"after restart {len(restarts)} the registration is lost")
    middle = sorted(restarts)[len(restarts) // 2]
    return f"serving again after {1000 * middle:.0f} ms in the middle, {1000 * max(restarts):.0f} ms at most"


def held_calls():
    for call in held:
        call.bye()
    return f"{len(held)} calls released with 200"


def load_went_on():
    failures, made = load.finish(40), load.caller.made
    expect(not failures, f"{len(failures)} of {made + len(failures)} calls failed, first {failures[:3]}")
    expect(made > KILLS * RATE * 0.3, f"only {made} calls were made")
    return f"{made} calls, {load.repeated()} repetitions"


def inputs():
    """{(Call-ID, CSeq number, method)} of the requests in the journal."""
    code, text = server.tool("journal-dump", "--json", "--kind", "sip-received", server.journal)
    expect(code == 0, f"journal-dump ended with {code}: {text[-300:]}")
    entries = [json.loads(line) for line in text.splitlines()]
    return {(entry["sip_call_id"], entry["cseq"], entry["method"]) for entry in entries if "status" not in entry}


def nothing_missing():
    tap.stop()
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    known = inputs()
    missing = sorted({answer[:3] for answer in tap.answers} - known)
    expect(len(tap.answers) > 1000, f"only {len(tap.answers)} answers were seen")
    expect(not missing, f"{len(missing)} requests were answered and are in no entry, first: {missing[:3]}")
    return f"{len(tap.answers)} answers seen, {len(known)} requests in the journal"


def replays():
    code, text = server.tool("replay", "--verify", server.journal)
    expect(code == 0, f"replay ended with {code}: {text[-500:]}")


if claim("calls are held, and more come", prepare):
    claim(f"{KILLS} times killed and started again: no established call and no registration is lost", die_often)
    claim("every held call is released as if nothing had happened", held_calls)
    claim("the calls that came, rang and went while it died succeeded all", load_went_on)
    claim("every answer that a peer has seen has its entry in the journal", nothing_missing)
    claim("the journal of all lives replays bit for bit", replays)
claims.finish()
