#!/usr/bin/env python3
"""Two baresip phones on the server: sound both ways, hold and retrieve, release, cancel and refusal, over UDP and TCP."""
# time-limit: 120
import time

from harness import claims, daemon, rtp, sandbox
from harness.claims import claim, expect, until
from harness.phone import Phone

sandbox.enter()
directory = sandbox.directory("baresip")
server = daemon.Daemon(directory, [daemon.extension(number) for number in ("1001", "1002", "1003", "1004")]).start()
tap = rtp.Tap()
anna = Phone(directory, "1001", server.server, index=1, hertz=500, answer="manual").start()
bert = Phone(directory, "1002", server.server, index=2, hertz=1100, answer="manual").start()
cleo = Phone(directory, "1003", server.server, index=3, hertz=700, answer="manual", transport="tcp").start()


def ring(caller, callee):
    caller.dial(callee.number)
    callee.wait_for("CALL_INCOMING")
    caller.wait_for("CALL_RINGING")


def talk(caller, callee):
    ring(caller, callee)
    callee.command("accept")
    caller.wait_for("CALL_ESTABLISHED")
    callee.wait_for("CALL_ESTABLISHED")
    hear(caller, callee)


def hear(one, other):
    since = time.monotonic()
    until(lambda: tap.heard(one, other.hertz, since) >= 0.6 and tap.heard(other, one.hertz, since) >= 0.6, 5,
          f"{one.number} and {other.number} do not hear each other; see {directory}/phone-*")


def closed(*phones):
    """The reasons the phones give for the end of their call."""
    return [phone.wait_for("CALL_CLOSED").get("param", "") for phone in phones]


def register():
    for phone in (anna, bert, cleo):
        phone.wait_registered()


def hold_and_retrieve():
    talk(anna, bert)
    for holder, other in ((anna, bert), (bert, anna)):
        offers = other.trace_text().count("a=sendonly")
        holder.hold()
        until(lambda: other.trace_text().count("a=sendonly") > offers, 5, f"no hold came to {other.number}")
        time.sleep(0.3)
        since = time.monotonic()
        time.sleep(0.6)
        expect(tap.heard(holder, other.hertz, since) == 0, f"{other.number} still speaks to {holder.number} on hold")
        holder.resume()
        hear(anna, bert)
    anna.hang_up()
    closed(anna, bert)


def released_by(who):
    talk(anna, bert)
    who.hang_up()
    closed(anna, bert)


def cancelled():
    ring(anna, bert)
    anna.hang_up()
    closed(anna, bert)
    until(lambda: "487" in anna.trace_text(), 3, f"no 487 came to 1001; see {anna.trace}")


def declined():
    ring(anna, bert)
    bert.hang_up()
    reason, _ = closed(anna, bert)
    expect(reason.startswith("4") or reason.startswith("6"), f"1001 was told {reason!r}")
    return reason


def udp_to_tcp():
    talk(anna, cleo)
    cleo.hang_up()
    closed(anna, cleo)
    talk(cleo, bert)
    cleo.hang_up()
    closed(cleo, bert)


def nobody_there():
    anna.dial("1004")
    reason, = closed(anna)
    expect(reason.startswith("480"), f"1001 was told {reason!r}")
    anna.dial("7777")
    reason, = closed(anna)
    expect(reason.startswith("404"), f"1001 was told {reason!r}")


def verified():
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    code, text = server.tool("replay", "--verify", server.journal)
    expect(code == 0, f"replay ended with {code}: {text[-300:]}")


if claim("phones register over UDP and TCP", register):
    claim("a call held and retrieved by either side; who is on hold is not spoken to", hold_and_retrieve)
    claim("the caller releases", lambda: released_by(anna))
    claim("the called releases", lambda: released_by(bert))
    claim("the caller gives up while it rings", cancelled)
    claim("the called declines", declined)
    claim("calls between UDP and TCP phones", udp_to_tcp)
    claim("numbers without a phone, and unknown ones, are refused", nobody_there)
    claim("the journal of all this replays bit for bit", verified)
claims.finish()
