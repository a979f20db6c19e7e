#!/usr/bin/env python3
"""Real phones that clients of the T-Library control: each call is seen as the call model says, event by event, by a client
that only watches, and the phones hear each other when they should.

1001, 1002 and 1003 are baresip and answer by themselves, 1005 is a baresip that rings; none knows "Event: talk". 1004 is
sipp, which answers when the server says so; 1006 is sipp, too, and calls when it is told to by REFER.
"""
# time-limit: 240
import os
import time

from harness import claims, daemon, rtp, sandbox, tlib
from harness.caller import Caller
from harness.claims import claim, expect, until
from harness.phone import Phone
from harness.story import DESTINATION, ORIGIN, Story

PORT, REFERENCE = 5070, 4711
DESK, REFERRED = f"{sandbox.PHONE_ADDRESS}:5095", f"{sandbox.PHONE_ADDRESS}:5096"
PHONES = ("1001", "1002", "1003", "1005")

sandbox.enter()
directory = sandbox.directory("tlib-phones")
desk_phone = (f'      - {{number: "1004", type: Extension, options: {{TServer: {{contact: "{DESK}", '
              f'sip-cti-control: "talk"}}}}}}')
referred_phone = (f'      - {{number: "1006", type: Extension, options: {{TServer: {{contact: "{REFERRED}", '
                  f'refer-enabled: "true"}}}}}}')
server = daemon.Daemon(directory, [*map(daemon.extension, PHONES), desk_phone, referred_phone], node=f"  tlib-port: {PORT}\n").start()
anna, bert, cleo = (Phone(directory, number, server.server, index, hertz).start() for index, (number, hertz) in enumerate(
    (("1001", 500), ("1002", 1100), ("1003", 700)), 1))
emil = Phone(directory, "1005", server.server, index=5, hertz=900, answer="manual").start()
scenarios = os.path.join(os.path.dirname(os.path.abspath(__file__)), "harness")
talker = Caller(directory, "desk", ["-sf", f"{scenarios}/talk_callee.xml"], DESK).start()
referred = Caller(directory, "refer", ["-sf", f"{scenarios}/refer_caller.xml", "-s", "1006"], REFERRED,
                  remote=server.server).start()
tap = rtp.Tap()
tool = tlib.Tool(directory, f"127.0.0.1:{PORT}")
OTHER = {"1001": anna, "1002": bert, "1003": cleo}


def registered():
    for phone in (anna, bert, cleo, emil):
        phone.wait_registered()


def begin():
    return Story(watch, desk)


def ask(name, reference=REFERENCE, **attributes):
    outcome = desk.ask(name, ReferenceID=reference, **attributes)
    expect(outcome["Event"] != "EventError", f"{name} {attributes} was refused: {outcome}")
    return outcome


def hear(one, other):
    since = time.monotonic()
    until(lambda: tap.heard(one, other.hertz, since) >= 0.6 and tap.heard(other, one.hertz, since) >= 0.6, 8,
          f"{one.number} and {other.number} do not hear each other; see {directory}/phone-*")


def make_call(story, caller="1001", called="1002"):
    """Up to Established on both sides; its ConnID."""
    conn_id = ask("RequestMakeCall", ThisDN=caller, OtherDN=called)["ConnID"]
    for dn in (caller, called):
        story.wait("EventEstablished", ThisDN=dn, ConnID=conn_id)
    return conn_id


def release(story, conn_id, one, other):
    """`one` leaves by request; both are released."""
    ask("RequestReleaseCall", ThisDN=one, ConnID=conn_id)
    for dn in (one, other):
        story.wait("EventReleased", ThisDN=dn, ConnID=conn_id)


def call_events(conn_id, caller, called, call_type="Internal"):
    """What the caller and the called see of a call that is answered."""
    common = {"ConnID": conn_id, "CallType": call_type}
    there, here = {"OtherDN": called, **ORIGIN, **common}, {"OtherDN": caller, **DESTINATION, **common}
    return ([("EventDialing", {"CallState": "Ok", "OtherDNRole": "Destination", **there}), ("EventEstablished", there)],
            [("EventRinging", {"CallState": "Ok", "OtherDNRole": "Origination", **here}), ("EventEstablished", here)])


def released(conn_id, other=None, **attributes):
    return ("EventReleased", {"ConnID": conn_id, "CallState": "Ok", **({"OtherDN": other} if other else {}), **attributes})


def client_calls():
    story = begin()
    conn_id = make_call(story)
    hear(anna, bert)
    release(story, conn_id, "1001", "1002")
    dialling, ringing = call_events(conn_id, "1001", "1002")
    story.expect("1001", *dialling, released(conn_id))
    story.expect("1002", *ringing, released(conn_id))


def marks_the_requester():
    story = begin()
    conn_id = make_call(story)
    story.expect_outcome("EventDialing", REFERENCE, ThisDN="1001", ConnID=conn_id)
    ask("RequestReleaseCall", REFERENCE + 1, ThisDN="1002", ConnID=conn_id)
    story.expect_outcome("EventReleased", REFERENCE + 1, ThisDN="1002", ConnID=conn_id)
    story.wait("EventReleased", ThisDN="1001", ConnID=conn_id)


def one_shot():
    """Each command a client of its own."""
    story = begin()
    conn_id = tool.do("make-call", "1001", "1002")["ConnID"]
    story.wait("EventEstablished", ThisDN="1002", ConnID=conn_id)
    expect(tool.do("hold", "1002")["Event"] == "EventHeld", "hold")
    expect(tool.do("retrieve", "1002")["Event"] == "EventRetrieved", "retrieve")
    expect(tool.do("release", "1001")["Event"] == "EventReleased", "release")
    story.wait("EventReleased", ThisDN="1002", ConnID=conn_id)


def hold_and_retrieve():
    story = begin()
    conn_id = make_call(story)
    hear(anna, bert)
    ask("RequestHoldCall", ThisDN="1002", ConnID=conn_id)
    time.sleep(0.5)
    since = time.monotonic()
    time.sleep(0.6)
    expect(tap.heard(bert, anna.hertz, since) == 0, "1001 still speaks to 1002, who holds the call")
    ask("RequestRetrieveCall", ThisDN="1002", ConnID=conn_id)
    hear(anna, bert)
    release(story, conn_id, "1002", "1001")
    dialling, ringing = call_events(conn_id, "1001", "1002")
    held = ("EventHeld", {"ConnID": conn_id, "OtherDN": "1001", **DESTINATION})
    retrieved = ("EventRetrieved", {"ConnID": conn_id, "OtherDN": "1001", "CallState": "Ok", **DESTINATION})
    story.expect("1001", *dialling, released(conn_id))
    story.expect("1002", *ringing, held, retrieved, released(conn_id))


def answer():
    story = begin()
    conn_id = ask("RequestMakeCall", ThisDN="1001", OtherDN="1004")["ConnID"]
    story.wait("EventRinging", ThisDN="1004", ConnID=conn_id)
    time.sleep(1)
    expect(not any(event["Event"] == "EventEstablished" for event in story.of("1004")), "1004 has answered by itself")
    expect(ask("RequestAnswerCall", REFERENCE + 1, ThisDN="1004", ConnID=conn_id)["Event"] == "EventEstablished", "answer")
    story.wait("EventEstablished", ThisDN="1001", ConnID=conn_id)
    release(story, conn_id, "1004", "1001")
    dialling, ringing = call_events(conn_id, "1001", "1004")
    story.expect("1001", *dialling, released(conn_id))
    story.expect("1004", *ringing, released(conn_id))


def told_to_call():
    story = begin()
    conn_id = make_call(story, "1006", "1002")
    story.expect_outcome("EventDialing", REFERENCE, ThisDN="1006", ConnID=conn_id)
    release(story, conn_id, "1002", "1006")
    dialling, ringing = call_events(conn_id, "1006", "1002")
    story.expect("1006", *dialling, released(conn_id))
    story.expect("1002", *ringing, released(conn_id))
    until(lambda: referred.total("SuccessfulCall") == 1, 10, lambda: f"the phone says: {referred.errors()[:300]}")
    referred.stop()
    referred.expect_clean(1)


def not_controllable():
    story = begin()
    conn_id = ask("RequestMakeCall", ThisDN="1001", OtherDN="1005")["ConnID"]
    story.wait("EventRinging", ThisDN="1005", ConnID=conn_id)
    outcome = desk.ask("RequestAnswerCall", ThisDN="1005", ConnID=conn_id, ReferenceID=REFERENCE + 1)
    expect(outcome.get("ErrorCode") in ("NotControllable", 12), f"the outcome is {outcome}")
    emil.accept()
    story.wait("EventEstablished", ThisDN="1005", ConnID=conn_id)
    release(story, conn_id, "1001", "1005")


def phones_call():
    story = begin()
    anna.dial("1002")
    conn_id = story.wait("EventEstablished", ThisDN="1001")["ConnID"]
    hear(anna, bert)
    anna.hold()
    story.wait("EventHeld", ThisDN="1001")
    anna.resume()
    story.wait("EventRetrieved", ThisDN="1001")
    bert.hang_up()
    story.wait("EventReleased", ThisDN="1001")
    dialling, ringing = call_events(conn_id, "1001", "1002")
    story.expect("1001", *dialling, ("EventHeld", {"ConnID": conn_id, "OtherDN": "1002", **ORIGIN}),
                 ("EventRetrieved", {"ConnID": conn_id, "OtherDN": "1002", **ORIGIN}), released(conn_id))
    story.expect("1002", *ringing, released(conn_id))


def phone_gives_up():
    story = begin()
    anna.dial("1005")
    conn_id = story.wait("EventRinging", ThisDN="1005")["ConnID"]
    anna.hang_up()
    dialling, ringing = call_events(conn_id, "1001", "1005")
    story.expect("1001", dialling[0], released(conn_id))
    story.expect("1005", ringing[0], ("EventAbandoned", {"ConnID": conn_id, "OtherDN": "1001", "CallState": "Ok"}))


def phone_refuses():
    story = begin()
    anna.dial("1005")
    conn_id = story.wait("EventRinging", ThisDN="1005")["ConnID"]
    emil.hang_up()
    dialling, ringing = call_events(conn_id, "1001", "1005")
    story.expect("1001", dialling[0], ("EventDestinationBusy", {"ConnID": conn_id, "CallState": "Busy"}),
                 ("EventReleased", {"ConnID": conn_id}))
    story.expect("1005", ringing[0], ("EventReleased", {"ConnID": conn_id}))


def nobody_there():
    outcome = desk.ask("RequestMakeCall", ThisDN="1001", OtherDN="7777", ReferenceID=REFERENCE)
    expect(outcome["Event"] == "EventError" and outcome.get("ErrorMessage"), f"the outcome is {outcome}")
    code, _ = tool.ask("make-call", "1001", "7777")
    expect(code == tlib.REFUSED, f"tlib make-call ended with {code}")
    return f"ErrorCode {outcome['ErrorCode']}: {outcome['ErrorMessage']}"


def transferred(other, by="1002", **attributes):
    return {"OtherDN": other, "ThirdPartyDN": by, "ThirdPartyDNRole": "TransferredBy", "CallState": "Transferred", **attributes}


def two_step_transfer():
    story = begin()
    first = make_call(story)
    hear(anna, bert)
    second = ask("RequestInitiateTransfer", ThisDN="1002", ConnID=first, OtherDN="1003")["ConnID"]
    for dn in ("1002", "1003"):
        story.wait("EventEstablished", ThisDN=dn, ConnID=second)
    hear(bert, cleo)
    ask("RequestCompleteTransfer", REFERENCE + 1, ThisDN="1002", ConnID=second, HeldConnID=first)
    story.wait("EventPartyChanged", ThisDN="1003")
    hear(anna, cleo)
    release(story, first, "1003", "1001")
    dialling, ringing = call_events(first, "1001", "1002")
    consulting, consulted = call_events(second, "1002", "1003", "Consult")
    for _, attributes in (*consulting, *consulted):
        attributes["PreviousConnID"] = first
    story.expect("1001", *dialling, ("EventPartyChanged", transferred("1003", ConnID=first)), released(first))
    story.expect("1002", *ringing, ("EventHeld", {"ConnID": first, "OtherDN": "1001"}), *consulting,
                 released(second, CallState="Transferred"), released(first, CallState="Transferred"))
    story.expect("1003", *consulted, ("EventPartyChanged", transferred("1001", ConnID=first, PreviousConnID=second)),
                 released(first))


def single_step_transfer():
    story = begin()
    first = make_call(story)
    ask("RequestSingleStepTransfer", REFERENCE + 1, ThisDN="1002", ConnID=first, OtherDN="1003")
    story.wait("EventEstablished", ThisDN="1003", ConnID=first)
    hear(anna, cleo)
    release(story, first, "1001", "1003")
    dialling, ringing = call_events(first, "1001", "1002")
    story.expect("1001", *dialling, ("EventPartyChanged", transferred("1003", ConnID=first)), released(first))
    story.expect("1002", *ringing, released(first, CallState="Transferred", ThirdPartyDN="1003"))
    story.expect("1003", ("EventRinging", transferred("1001", ConnID=first, **DESTINATION)),
                 ("EventEstablished", {"ConnID": first, "OtherDN": "1001"}), released(first))


def phone_transfers():
    """As single_step_transfer, but the phone does it, and hangs up when it is told that it is done."""
    story = begin()
    anna.dial("1002")
    first = story.wait("EventEstablished", ThisDN="1002")["ConnID"]
    hear(anna, bert)
    bert.events_so_far().clear()
    bert.transfer("1003")
    story.wait("EventEstablished", ThisDN="1003", ConnID=first)
    hear(anna, cleo)
    bert.wait_for("CALL_CLOSED")
    release(story, first, "1003", "1001")
    dialling, ringing = call_events(first, "1001", "1002")
    story.expect("1001", *dialling, ("EventPartyChanged", transferred("1003", ConnID=first)), released(first))
    story.expect("1002", *ringing, released(first, CallState="Transferred", ThirdPartyDN="1003"))
    story.expect("1003", ("EventRinging", transferred("1001", ConnID=first, **DESTINATION)),
                 ("EventEstablished", {"ConnID": first, "OtherDN": "1001"}), released(first))


def mute_transfer():
    story = begin()
    first = make_call(story)
    ask("RequestMuteTransfer", REFERENCE + 1, ThisDN="1002", ConnID=first, OtherDN="1003")
    story.wait("EventEstablished", ThisDN="1003", ConnID=first)
    hear(anna, cleo)
    release(story, first, "1003", "1001")
    dialling, ringing = call_events(first, "1001", "1002")
    second = next(event["ConnID"] for event in story.of("1003") if event["Event"] == "EventRinging")
    consult = {"ConnID": second, "CallType": "Consult", "PreviousConnID": first}
    story.expect("1001", *dialling, ("EventPartyChanged", transferred("1003", ConnID=first)), released(first))
    story.expect("1002", *ringing, ("EventHeld", {"ConnID": first}), ("EventDialing", {"OtherDN": "1003", **consult}),
                 released(second, CallState="Transferred"), released(first, CallState="Transferred"))
    story.expect("1003", ("EventRinging", {"OtherDN": "1002", **consult}),
                 ("EventPartyChanged", transferred("1001", ConnID=first, PreviousConnID=second)),
                 ("EventEstablished", {"ConnID": first}), released(first))


def verified():
    calls = server.up_calls()
    expect(not calls, f"{len(calls)} calls are left: {calls[:1]}")
    expect(server.terminate() == 0, f"the server ended with {server.process.returncode}; see {server.log}")
    code, text = server.tool("replay", "--verify", "--quiet", server.journal)
    expect(code == 0, f"replay ended with {code}: {text[-300:]}")


if claim("four phones register", registered):
    watch = tool.watch("1001", "1002", "1003", "1004", "1005", "1006")
    desk = tool.run("1001", "1002", "1003", "1004", "1005", "1006")
    claim("a client lets 1001 call 1002 and hang up", client_calls)
    claim("only who asked sees its ReferenceID, in the first event that follows", marks_the_requester)
    claim("one command at a time: make-call, hold, retrieve, release", one_shot)
    claim("1002 holds the call, and nobody speaks; it retrieves it, and both do", hold_and_retrieve)
    claim("1004 rings until a client says that it answers", answer)
    claim("1006 is told by REFER to call 1002, and does", told_to_call)
    claim("who rings and cannot be told to answer is not", not_controllable)
    claim("calls that phones begin, hold and end are seen alike", phones_call)
    claim("a phone that gives up is seen as released, the one it rang as abandoned", phone_gives_up)
    claim("a phone that refuses is seen as busy", phone_refuses)
    claim("a call to nobody is refused, and nothing rings", nobody_there)
    claim("two-step transfer: 1002 consults 1003 and leaves 1001 to it", two_step_transfer)
    claim("single-step transfer: 1003 rings in the place of 1002", single_step_transfer)
    claim("a phone that hands its call over by itself (REFER) is seen like a client that does", phone_transfers)
    claim("mute transfer: 1002 leaves before 1003 answers", mute_transfer)
    claim("no call is left, and the journal of all this replays bit for bit", verified)
claims.finish()
