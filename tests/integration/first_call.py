#!/usr/bin/env python3
"""One real call through the server, which is killed in the middle of it and started again.

Two phones register and talk, the server dies by SIGKILL and comes back, the same call is held, retrieved and released;
then the journal is read as a ladder and replayed.
"""
# time-limit: 60
import json
import os
import time

from harness import claims, daemon, rtp, sandbox
from harness.claims import claim, expect
from harness.phone import Phone
from harness.talk import Talk

sandbox.enter()
directory = sandbox.directory("first-call")
server = daemon.Daemon(directory, [daemon.extension("1001"), daemon.extension("1002")])
anna = Phone(directory, "1001", server.server, index=1, hertz=500)
bert = Phone(directory, "1002", server.server, index=2, hertz=1100)
talk = Talk(anna, bert, rtp.Tap())
summary = []


def start():
    server.start()
    return f"understudyd is process {server.process.pid} on {server.server}"


def register():
    anna.start()
    bert.start()
    anna.wait_registered()
    bert.wait_registered()


def call():
    started = time.monotonic()
    talk.dial()
    talk.wait_established()
    taken = time.monotonic() - started
    talk.wait_heard(1.6)
    return f"set up in {1000 * taken:.0f} ms"


def kill():
    server.kill()
    time.sleep(0.5)
    expect(not server.healthy(), "somebody still serves")


def restart():
    started = time.monotonic()
    server.start()
    took = f"{1000 * (time.monotonic() - started):.0f} ms"
    summary.append("Two real phones talked; the server was killed in the middle of their call (SIGKILL), and served again "
                   f"{took} after its start.")
    return f"serving again {took} after its start"


def audio_after():
    talk.wait_heard(1.6, since=talk.recorded())
    heard = talk.heard()
    summary.append(f"1001 heard 1002's tone for {heard[0]:.1f} s and 1002 heard 1001's for {heard[1]:.1f} s until then, by "
                   "their recordings.")


def ladder():
    code, text = server.tool("journal-dump", "--ladder", server.journal)
    summary.append("The same call was then held, retrieved and released.")
    file = os.path.join(directory, "ladder.txt")
    with open(file, "w", encoding="utf-8") as out:
        out.write(text)
    expect(code == 0, f"journal-dump ended with {code}: {text[-300:]}")
    expect(text.count("INVITE") >= 3 and "BYE" in text, f"the ladder lacks the call; see {file}")
    print(text)
    return file


def replay():
    expect(server.terminate() == 0, f"the server's exit code is {server.process.returncode}; see {server.log}")
    code, text = server.tool("replay", server.journal, "--verify", "--json", "--quiet")
    expect(code == 0, f"replay ended with {code}: {text[-500:]}")
    result = json.loads(text.splitlines()[-1])
    summary.append(f"{result['entries']} entries replayed: every effect and the state are those of the live server (effects "
                   f"chain {result['effects_chain']}, state digest {result['state_digest']}).")


STEPS = (
    ("the server starts", start),
    ("two phones register", register),
    ("1001 calls 1002; both hear each other's tone", call),
    ("the server is killed with SIGKILL while they talk", kill),
    ("it comes back from its journal", restart),
    ("they have not lost each other", audio_after),
    ("1001 puts the call on hold", talk.hold),
    ("1001 retrieves it and both hear each other", talk.retrieve),
    ("1002 hangs up and both are released", talk.release),
    ("the journal shows the call as a ladder", ladder),
    ("a replay of the journal gives the same effects and the same state, bit for bit", replay),
)

if not all(claim(f"{number}. {text}", step) for number, (text, step) in enumerate(STEPS, 1)):
    print(f"\nWhat to look at: the server's log {server.log}\n  the phones' SIP traces {directory}/phone-*/sip-trace.log\n"
          f"  the journal {server.journal}")
    claims.finish()
print("\nSummary")
for line in summary:
    print("  " + line)
print(f"  Logs, recordings, SIP traces and the journal are kept in {directory}; read it with\n"
      f"    bazel-bin/tools/journal-dump {server.journal} --message")
claims.finish()
