#!/usr/bin/env python3
"""What a call may be made of, item by item, over UDP, TCP and TLS: sipp on both sides, with the checks in its scenarios."""
# time-limit: 240
from harness import claims, daemon, sandbox
from harness.claims import claim, expect
from harness.sipp_item import Bench, Item

OURS = ", sip-session-timer: 90"
PATIENT = {"uac": ["-nr"], "uas": ["-nr"]}  # repetitions are news to both

sandbox.enter()
directory = sandbox.directory("sip_calls")


def refused(text, status, heard, line="X-Nothing: 1", field="CSeq"):
    return Item(text, "refused", values={"status": status, "heard": heard, "line": line, "field": field})


def refused_here(text, status, uri="sip:{to}@{server}{param}", forwards=70, line="X-Nothing: 1", field="CSeq", **more):
    return Item(text, "refused_here", uas=None, values={"status": status, "uri": uri, "forwards": forwards, "line": line,
                                                        "field": field}, **more)


def request(text, method, status, field="CSeq", line="X-Nothing: 1", tag=""):
    return Item(text, "request", uas=None, values={"method": method, "status": status, "field": field, "line": line, "tag": tag})


def carried(text, said, heard, uas="carried_uas"):
    return Item(text, "carried", uas=uas, values={"said": said, "heard": heard})


def session(text, name, interval=1800, refresher="uac", **more):
    return Item(text, name, values={"interval": interval, "refresher": refresher}, **more)


ITEMS = [
    Item("a call is released by the caller", "call"),
    Item("a call is released by the called", "hung_up"),
    Item("BYE and BYE cross: 200 and 481", "bye_bye"),
    Item("Reason of a BYE is carried", "reason"),
    refused("a called who is busy: 486", "486 Busy Here", 486),
    refused("a redirection with its Contact: 302", "302 Moved Temporarily", 302, "Contact: <sip:away@192.0.2.7>",
            "Contact: *.sip:away@192.0.2.7"),
    refused("401 of the called is 403 to the caller, without its challenge", "401 Unauthorized", 403,
            'WWW-Authenticate: Digest realm="x", nonce="y"'),
    refused("503 of the called is 500 to the caller", "503 Service Unavailable", 500),
    refused("606 is carried", "606 Not Acceptable", 606, 'Warning: 305 host "x"', "Warning: 305"),
    refused("415 with Accept is carried", "415 Unsupported Media Type", 415, "Accept: application/x-else", "Accept: *application/x-else"),
    refused_here("a number that nobody has: 404", 404, "sip:77777777@{server}{param}"),
    refused_here("a phone that has not registered: 480", 480, "sip:{third}@{server}{param}", dn={"third": ', contact: "*"'}),
    refused_here("a GRUU whose phone is not registered: 480", 480, "sip:{third}@{server};gr=urn:uuid:nobody", dn={"third": ', contact: "*"'}),
    refused_here("a GRUU of a number that nobody has: 404", 404, "sip:77777777@{server};gr=urn:uuid:nobody"),
    refused_here("an address of another kind: 416", 416, "tel:+4930123456"),
    refused_here("Max-Forwards 0: 483", 483, forwards=0),
    refused_here("an unknown option is required: 420 with Unsupported", 420, line="Require: x-strange", field="Unsupported: *x-strange"),
    refused_here("Replaces of no dialog: 481", 481, line="Replaces: nothing;to-tag=a;from-tag=b"),
    Item("an INVITE that comes back: 482", "loop", uac="refused_uac", values={"heard": 482, "field": "CSeq"}),
    request("a method that is not served: 405 with Allow", "PUBLISH", 405, "Allow: .*INVITE", line="Event: presence"),
    request("a method that nobody knows: 501 with Allow", "CONJURE", 501, "Allow: .*INVITE"),
    request("CANCEL of nothing: 481", "CANCEL", 481),
    request("BYE of no dialog: 481", "BYE", 481, tag=";tag=no-such"),
    request("UPDATE of no dialog: 481", "UPDATE", 481, tag=";tag=no-such"),
    request("REFER outside of a call: 403", "REFER", 403, line="Refer-To: <sip:{third}@{server}>"),
    Item("a reliable 183 is acknowledged by PRACK", "prack"),
    Item("a PRACK of another response gets 481, the right one 200", "prack_wrong", uas="prack_uas"),
    Item("no PRACK within 64*T1: 504 to the caller, CANCEL to the called", "prack_lost", seconds=45),
    Item("Require: 100rel to who cannot: 420", "rel_refused"),
    Item("UPDATE in an early and in a confirmed dialog, both ways", "update"),
    Item("UPDATE while another is on its way: 491", "update_glare"),
    session("session timer of the caller, refreshed by UPDATE", "session"),
    session("session timer of the called, refreshed by re-INVITE", "session_by_called", refresher="uas"),
    Item("an interval that is too brief for the called: 422, then a call", "session_brief", arguments={"uas": ["-m", "2"]}),
    session("nobody refreshes: BYE to both when the interval is over", "silence", 90, seconds=110),
    refused_here("with sip-session-timer, an interval below sip-min-se: 422 with Min-SE", 422, field="Min-SE: *100",
                 line="Supported: timer\n    Session-Expires: 95", dn={"uac": ", sip-session-timer: 100, sip-min-se: 100"}),
    session("with sip-session-timer, a caller who promises to refresh and does not: BYE to both", "promised", 90, uas="call_uas", seconds=110,
            dn={"uac": OURS}),
    Item("with sip-session-timer, the server refreshes a called that does not", "kept_alive", seconds=70, dn={"uas": OURS},
         values={"refreshed": "the call goes on until the called side hangs up."}),
    Item("with sip-session-timer, a called that has forgotten the call: BYE to the caller", "kept_dead", "kept_alive_uac", seconds=70,
         dn={"uas": OURS}, values={"refreshed": "the called side has forgotten the call."}),
    Item("several 183s with session descriptions, 180, 200", "early_media"),
    Item("an announcement in a 183, then 404 with its Reason", "early_media_refused"),
    Item("the offer in the 200, the answer in the ACK", "delayed_offer"),
    Item("a re-INVITE holds the call, another takes it back", "hold"),
    Item("a re-INVITE that is refused changes nothing", "reinvite_refused"),
    Item("re-INVITEs cross: 491 to the second", "reinvite_glare"),
    Item("a re-INVITE before the last is answered: 500 with Retry-After", "reinvite_twice"),
    Item("a re-INVITE without an offer: it is in the 200, the answer in the ACK", "reoffer"),
    Item("OPTIONS, an unknown method, an old CSeq and a new Contact in a call", "in_dialog"),
    Item("a fork answers twice: the second is acknowledged and released", "fork"),
    Item("a fork rings twice and is refused", "fork_refused"),
    Item("a fork rings twice reliably: PRACK and UPDATE in each early dialog; 481 in the one that has lost", "fork_early"),
    Item("one of a fork's early dialogs is over: 199, then 481 in it; the other goes on", "fork_over"),
    Item("who does not understand 199 does not hear it", "fork_unheard"),
    Item("CANCEL while it rings, with its Reason: 487", "cancel", values={"back": 3}),
    Item("CANCEL before anything rings: 487 at once, CANCEL when the called is heard of", "cancel_early", values={"back": 2}),
    Item("BYE while it rings: 487, and CANCEL to the called", "bye_early"),
    Item("CANCEL and 200 cross: the call that nobody wants is released", "cancel_cross", uac="cancel_uac", values={"back": 3}),
    Item("an ACK that is lost: the 200 comes again", "ack_late", arguments=PATIENT),
    Item("an ACK that never comes: both are released after 64*T1", "ack_never", seconds=45, arguments=PATIENT),
    Item("a 200 that comes again is acknowledged again; 180 behind it is nothing", "answer_repeated", arguments=PATIENT),
    Item("INFO with an unknown Content-Type is carried, both ways; after the call 481", "info"),
    Item("short names of headers are understood, and what they say is carried", "compact"),
    Item("a called behind a proxy that stays in the dialog (Record-Route)", "record_route", uac="call_uac"),
    carried("a Route that names the server leads no further", "Route: <sip:{server};lr>", "Route:", "not_carried_uas"),
    carried("Max-Forwards goes down by one", "X-Nothing: 1", "Max-Forwards: 69"),
    Item("a body of several parts is carried", "multipart"),
    Item("an answer goes where the request came from, with received and rport", "rport", uas=None),
]

bench = Bench(directory, ITEMS)
server = daemon.Daemon(directory, bench.dns(), options=bench.options(), node=bench.node).start()
bench.claim_all()


def over_tls():
    handshakes = server.metric("understudy_net_tls_handshakes_total")
    expect(handshakes >= len(bench.items), f"{handshakes:.0f} handshakes for {len(bench.items)} items")
    return f"{handshakes:.0f} handshakes"


def nothing_left():
    calls = server.metric("understudy_calls")
    expect(calls == 0, f"{calls:.0f} calls are still there")


claim("what went over TLS did", over_tls)
claim("no call is left", nothing_left)
claim("the server ends when asked to", lambda: expect(server.terminate() == 0, f"it ended with {server.process.returncode}"))
claims.finish()
