#!/usr/bin/env python3
"""Real calls through a pair whose primary is killed, and which is switched back on purpose: what ./run.sh shows.

Four phones know the service address and nothing else. Two talk and two ring when the primary dies by SIGKILL; the calls
go on at the other node, the dead one comes back as backup, and takes over again when it is asked to. In the end both
nodes have the same journal.
"""
# time-limit: 120
import os
import time

from harness import claims, daemon, rtp, sandbox, sip
from harness.claims import claim, expect, until
from harness.pair import Pair
from harness.phone import Phone
from harness.sip_trace import SipTrace
from harness.talk import Talk

NUMBERS = ("1001", "1002", "1003", "1004", "1005")
LOST = 1.0  # seconds without sound: no pause of a busy machine

sandbox.enter()
directory = sandbox.directory("pair-call")
pair = Pair(directory, [daemon.extension(number) for number in NUMBERS])
phones = [Phone(directory, number, pair.server, index, hertz, answer=answer) for index, (number, hertz, answer) in enumerate((
    ("1001", 500, "auto"), ("1002", 1100, "auto"), ("1003", 700, "auto"), ("1004", 1300, "manual")), 1)]
tap, trace = rtp.Tap(), SipTrace(5060)
talk, ringing = Talk(phones[0], phones[1], tap), Talk(phones[2], phones[3], tap)
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", pair.server)
summary = []


def milliseconds(seconds):
    return f"{1000 * seconds:.0f} ms"


def start():
    pair.start()
    return (f"{pair.primary().name} is the primary, {pair.backup().name} the backup, in sync; SIP at {pair.server}, "
            f"arbiter and holder beside them")


def register():
    for phone in phones:
        phone.start()
    for phone in phones:
        phone.wait_registered()
    return ", ".join(phone.number for phone in phones)


def call():
    started = time.monotonic()
    talk.dial()
    talk.wait_established()
    taken = time.monotonic() - started
    talk.wait_heard(1.6)
    return f"set up in {milliseconds(taken)}"


def ring():
    ringing.dial()
    ringing.called.wait_for("CALL_INCOMING")
    ringing.caller.wait_for("CALL_RINGING")


class Passage:
    """The time in which the service goes from one node to the other, as a phone and the call `through` it see it."""

    def __init__(self, through):
        self.through, self.recorded, self.began = through, max(through.recorded() - 0.5, 0), time.monotonic()

    def first_answer(self, since, cseq):
        """A REGISTER that is sent now waits for the next primary; how long after `since` it, or anything, was answered."""
        request = agent.build("REGISTER", "1005", "passage", cseq, user="1005", headers="Expires: 600\r\n")
        answer = agent.final(request, 20)
        expect(answer.status == 200, f"REGISTER of 1005 got {answer.first}; see {directory}/*/understudyd.log")
        return until(lambda: trace.first_answer(since), 5, "the answer was not seen on the wire") - since

    def gap(self):
        """The gap in the sound so far, by the recordings and by the packets, as a text."""
        self.through.wait_heard(1.6, since=self.through.recorded())
        silence, pause = self.through.silence(self.recorded), self.through.pause(self.began)
        expect(silence < LOST and pause < LOST, f"{self.through.caller.number} and {self.through.called.number} were without "
               f"sound for {silence:.2f} s by their recordings, {pause:.2f} s by the packets; see {directory}/phone-*")
        return (f"{milliseconds(silence)} of silence in the recordings, packets at most {milliseconds(pause)} apart",
                milliseconds(silence))


def kill():
    global first, second, killed, passage
    first, second, passage = pair.primary(), pair.backup(), Passage(talk)
    killed = time.time()
    dead = first.kill()
    answered = passage.first_answer(dead, 1) + dead - killed
    expect(pair.primary() is second, f"{second.name} is not the primary; see {second.log}")
    summary.append(f"The primary {first.name} was killed (SIGKILL) while two phones talked and two rang; {second.name} "
                   f"answered {milliseconds(answered)} later.")
    return f"{second.name} gave its first answer {milliseconds(answered)} after the SIGKILL of {first.name}"


def rejoin():
    pair.wait_ready()
    took = time.time() - killed
    expect(pair.backup() is first, f"{first.name} is not the backup; see {first.log}")
    summary.append(f"{first.name} was started again by its supervisor and was a backup in sync within {took:.1f} s.")
    return f"in sync {took:.1f} s after the SIGKILL"


def goes_on():
    text, silence = passage.gap()
    heard = talk.heard()
    summary.append(f"The two that talked noticed nothing: {heard[0]:.1f} s and {heard[1]:.1f} s of the other's tone recorded, "
                   f"gap {silence}.")
    return text


def answer():
    ringing.called.accept()
    ringing.wait_established()
    ringing.wait_heard(1.6)


def release_first():
    talk.release()
    summary.append(f"At {second.name} the call that rang was answered, the other held, retrieved and released.")


def show_status():
    pair.wait_ready()
    for node in (second, first):
        code, text = node.ctl("status")
        expect(code == 0, f"understudyctl status of {node.name} ended with {code}: {text[-300:]}")
        told = dict(line.split(None, 1) for line in text.splitlines() if " " in line)
        wanted = "primary" if node is second else "backup"
        expect((told.get("role"), told.get("readyForSwitchover")) == (wanted, "1"), f"{node.name} says: {text}")
        claims.note(f"{node.name}: " + ", ".join(f"{key} {told[key]}" for key in (
            "role", "epoch", "lsn", "calls", "registrations", "inSync", "readyForSwitchover")))


def switch_back():
    global passage
    pair.wait_ready()
    passage, began = Passage(ringing), time.time()
    code, text = second.ctl("switchover")
    expect(code == 0, f"understudyctl switchover ended with {code}: {text}; see {second.log} and {first.log}")
    answered = passage.first_answer(began, 2)
    expect(pair.primary() is first, f"{first.name} is not the primary; see {first.log}")
    summary.append(f"understudyctl switchover, with a call up: {text.strip()}, by the old primary's account; the next request "
                   f"was answered {milliseconds(answered)} after the command.")
    return f"understudyctl: {text.strip()}; the next request was answered {milliseconds(answered)} after the command"


def still_talks():
    pair.wait_ready()
    return passage.gap()[0]


def journals():
    file = os.path.join(directory, "ladder.txt")
    with open(file, "w", encoding="utf-8") as out:
        out.write(first.tool("journal-dump", "--ladder", first.journal)[1])
    pair.wait_ready()
    pair.leave()
    pair.expect_no_crash()
    common = pair.expect_equal_journals()
    summary.append(f"journal-dump --verify and replay --verify accept both journals, and they are the same: {common}.")
    return common


STEPS = (
    ("a pair starts: two nodes, a witness, and the holder of the service address", start),
    ("four phones register at the service address", register),
    ("1001 calls 1002; both hear each other's tone", call),
    ("1003 calls 1004, which rings", ring),
    ("the primary is killed with SIGKILL; the backup takes over", kill),
    ("the dead node's supervisor starts it; it rejoins as backup by itself", rejoin),
    ("1001 and 1002 have not lost each other", goes_on),
    ("1004 answers at the new primary; 1003 and 1004 hear each other", answer),
    ("1001 puts its call on hold at the new primary", talk.hold),
    ("1001 retrieves it and both hear each other", talk.retrieve),
    ("1002 hangs up and both are released", release_first),
    ("understudyctl status of both", show_status),
    ("a planned switchover hands the service back, while 1003 and 1004 talk", switch_back),
    ("1003 and 1004 have not lost each other", still_talks),
    ("1004 hangs up and both are released", ringing.release),
    ("the journals of both nodes are whole, replay bit for bit, and are the same", journals),
)

if not all(claim(f"{number}. {text}", step) for number, (text, step) in enumerate(STEPS, 1)):
    print(f"\nWhat to look at: the nodes' logs {directory}/sip-*/understudyd.log, {directory}/*.log\n"
          f"  the phones' SIP traces {directory}/phone-*/sip-trace.log\n  the journals {directory}/sip-*/journal")
    claims.finish()
print("\nSummary")
for line in summary:
    print("  " + line)
print(f"  No phone was told anything: all knew {pair.server} only.\n"
      f"  Logs, recordings, SIP traces and both journals are kept in {directory}; the calls as a ladder: ladder.txt; read more with\n"
      f"    bazel-bin/tools/journal-dump {first.journal} --message")
claims.finish()
