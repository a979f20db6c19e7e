#!/usr/bin/env python3
"""A thousand requests with one and the same ReferenceID, some of them refused: each is applied, once, in order, and each
has its outcome, which carries that ReferenceID to who asked and to nobody else."""
# time-limit: 120
from harness import claims, daemon, sandbox, tlib
from harness.claims import claim, expect, until

REQUESTS, REFERENCE, REFUSED_EACH = 1000, 7, 10
PORT = 5070

sandbox.enter()
directory = sandbox.directory("tlib-same-reference")
server = daemon.Daemon(directory, [daemon.extension("1001")], node=f"  tlib-port: {PORT}\n").start()
tool = tlib.Tool(directory, f"127.0.0.1:{PORT}")
watch = tool.watch("1001")
desk = tool.run("1001")


def is_refused(number):
    return number % REFUSED_EACH == 0


def ask_all():
    for number in range(REQUESTS):
        dn = "7777" if is_refused(number) else "1001"
        desk.put("RequestDistributeUserEvent", ThisDN=dn, ReferenceID=REFERENCE, UserData={"number": str(number)})
    code = desk.finish(60)
    expect(code == tlib.REFUSED, f"tlib run ended with {code}")


def outcomes():
    found = [event for event in desk.events() if event.get("ReferenceID") == REFERENCE]
    kinds = [event["Event"] for event in found]
    wanted = ["EventError" if is_refused(number) else "EventUserEvent" for number in range(REQUESTS)]
    expect(kinds == wanted, f"{len(kinds)} outcomes, first wrong one "
           f"{next((at for at, pair in enumerate(zip(kinds, wanted)) if pair[0] != pair[1]), None)}")
    return f"{kinds.count('EventUserEvent')} done, {kinds.count('EventError')} refused"


def numbers_in(events):
    return [int(event["UserData"]["number"]) for event in events if event["Event"] == "EventUserEvent"]


def applied():
    wanted = [number for number in range(REQUESTS) if not is_refused(number)]
    expect(numbers_in(desk.events("1001")) == wanted, "who asked hears something else than was asked")
    until(lambda: watch.count("EventUserEvent") >= len(wanted), 10, "the other client does not hear all events")
    expect(numbers_in(watch.events("1001")) == wanted, "the other client hears something else")
    marked = [event for event in watch.events() if event.get("ReferenceID") == REFERENCE]
    expect(not marked, f"the other client hears of the ReferenceID: {marked[:1]}")


def journaled():
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    code, text = server.tool("replay", "--verify", "--quiet", server.journal)
    expect(code == 0, f"replay ended with {code}: {text[-300:]}")


claim(f"{REQUESTS} requests with ReferenceID {REFERENCE} are asked", ask_all)
claim("each has one outcome, in the order of asking", outcomes)
claim("each is applied once, in order, and others do not hear of the ReferenceID", applied)
claim("the journal of all this replays bit for bit", journaled)
watch.stop()
claims.finish()
