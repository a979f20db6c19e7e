#!/usr/bin/env python3
"""An input that brings the server down does so once: it is kept, dropped when it comes again, and other calls go on.

The server is a test's own build that fails a CHECK on a certain header; scripts/supervise.sh starts it again.
"""
# time-limit: 60
import glob
import os
import time

from harness import claims, daemon, programs, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until

sandbox.enter()
directory = sandbox.directory("poison")
uas = f"{sandbox.PHONE_ADDRESS}:5090"
server = daemon.Daemon(directory, [daemon.extension("1001"), daemon.trunk("to", uas, prefix="service")],
                       program="tests/poison/understudyd_poison",
                       wrapper=[os.path.join(programs.ROOT, "scripts/supervise.sh")])
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", server.server)
held = []


def prepare():
    server.start()
    Caller(directory, "uas", ["-sn", "uas"], uas).start()
    agent.register("1001")
    held.extend(until(call_made, 5, "no call can be made") for _ in range(3))


def call_made():
    return agent.call("service", user="1001")


def crashes():
    return server.log_text().count("ended with")


def poisoned():
    victim = sip.Call(agent, "service", "1001")
    victim.cseq = 1
    poison = victim.build("INVITE", headers="X-Test-Poison: crash\r\n",
                          body=sip.SDP.format(host=agent.host))
    for _ in range(10):
        agent.send(poison)
        time.sleep(0.3)
    until(server.healthy, 10, f"the server does not come back; see {server.log}")
    expect(crashes() == 1, f"{crashes()} crashes; see {server.log}")
    return "one crash, ten tries"


def kept():
    files = glob.glob(os.path.join(server.directory, "**", "*.bin"), recursive=True)
    found = [path for path in files if b"X-Test-Poison" in open(path, "rb").read()]
    expect(len(found) == 1, f"the quarantined input is in {found} of {files}")
    mode = os.stat(found[0]).st_mode & 0o777
    expect(mode == 0o600, f"{found[0]} has mode {mode:o}")
    dropped = server.metrics().get('understudy_ingress_kept_total{reason="quarantined"}', 0)
    expect(dropped >= 1, "no dropped input is counted as quarantined")
    return f"{dropped:.0f} dropped afterwards"


def others():
    for call in held:
        call.bye()
    call_made().bye()


def alone():
    """Its replay does not know of it: the input never came into the journal."""
    expect(server.terminate() == 0, f"the supervisor ended with {server.process.returncode}; see {server.log}")
    code, text = server.tool("replay", "--verify", server.journal)
    expect(code == 0, f"replay ended with {code}: {text[-300:]}")
    code, text = server.tool("journal-dump", "--message", server.journal)
    expect(code == 0, f"journal-dump ended with {code}: {text[-300:]}")
    raw = journal_bytes()
    for call in held:  # whole messages are to be seen in both
        expect(call.call_id in text, f"the held call {call.call_id} is not in the dump")
        expect(call.call_id.encode() in raw, f"the held call {call.call_id} is not in the journal's files")
    expect("X-Test-Poison" not in text, "journal-dump shows the input")
    expect(b"X-Test-Poison" not in raw, "the input is in a file of the journal")


def journal_bytes():
    """Of all files but those in quarantine."""
    found = b""
    for folder, _, names in os.walk(server.journal):
        if os.path.basename(folder) != "quarantine":
            found += b"".join(open(os.path.join(folder, name), "rb").read() for name in names)
    return found


if claim("a server under its supervisor, with calls", prepare):
    claim("an input that fails a CHECK, sent ten times, crashes the server once and it is back by itself", poisoned)
    claim("the input is kept in quarantine, and dropped when it comes again", kept)
    claim("other calls go on, and new ones can be made", others)
    claim("the input is in no journal", alone)
claims.finish()
