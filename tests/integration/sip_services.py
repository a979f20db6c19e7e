#!/usr/bin/env python3
"""What is beside and around calls, item by item, over UDP, TCP and TLS: passwords, the registrar, transfers, subscriptions,
MESSAGE, identities. sipp is on all sides, with the checks in its scenarios.
"""
# time-limit: 240
from harness import claims, daemon, sandbox
from harness.claims import claim, expect
from harness.sipp_item import Bench, Item

SIGNS = ', contact: "*", password: sesame, authenticate-requests: "register,invite", authenticate-algorithms: MD5'
TRUSTED = ", enforce-trusted: true"
ASSERTED = "P-Asserted-Identity: <sip:+4930555@example.org>"

sandbox.enter()
directory = sandbox.directory("sip_services")


def signed(text, name, user="{me}", password="sesame", status=200, uas=None):
    return Item(text, name, uas=uas, dn={"uac": SIGNS}, values={"user": user, "password": password, "status": status})


def registers(text, status, line, field="CSeq", who="{me}"):
    return Item(text, "register_refused", uas=None, dn={"uac": ', contact: "*"'},
                values={"status": status, "line": line, "field": field, "who": who})


def transfer(text, name, third="busy_third", uas="call_uas", refer_to="Refer-To: <sip:{third}@{server}>",
             more="Referred-By: <sip:{me}@{server}>", **values):
    return Item(text, name, uas=uas, third=third, values={"refer_to": refer_to, "more": more, "other": "{third}", **values})


def refer_refused(text, status, refer_to, more="X-Nothing: 1"):
    return transfer(text, "refer_refused", None, refer_to=refer_to, more=more, status=status)


def subscribe(text, name, event, about="{me}", third=None, uas=None, **more):
    return Item(text, name, uas=uas, third=third, values={"event": event, "about": about}, **more)


def subscribe_refused(text, status, event, line="X-Nothing: 1", field="CSeq", about="{me}"):
    return Item(text, "subscribe_refused", uas=None, values={"status": status, "event": event, "line": line, "field": field,
                                                             "about": about})


def message_refused(text, status, number="{to}", uas=None, dn=None):
    return Item(text, "message_refused", uas=uas, dn=dn, values={"status": status, "number": number})


def carried(text, said, heard="{said}", uas="carried_uas", **more):
    return Item(text, "carried", uas=uas, values={"said": said, "heard": heard}, **more)


def identity(text, comes, caller, called, privacy=""):
    return carried(text, ASSERTED + ("\n    Privacy: id" if privacy else ""), "P-Asserted-Identity: *.sip:.4930555@example.org",
                   "carried_uas" if comes else "not_carried_uas", dn={"uac": caller, "uas": called})


ITEMS = [
    signed("REGISTER signed with the password; the signature grows stale", "digest_register"),
    signed("REGISTER signed with a wrong password: 401, not stale", "digest_refused", password="guess", status=401),
    signed("REGISTER signed with a name that nobody has: 401", "digest_refused", user="nobody", status=401),
    signed("INVITE signed with the password", "digest_invite", uas="call_uas"),
    signed("INVITE signed with a wrong password: 401", "digest_invite_refused", password="guess"),
    Item("two contacts, expires 0 of one, * with Expires 0", "contacts", uas=None, dn={"uac": ', contact: "*"'}),
    registers("too short a registration: 423 with Min-Expires", 423, "Contact: <sip:{me}@{here}{param}>;expires=5", "Min-Expires: *60"),
    registers("* without Expires 0: 400", 400, "Contact: *"),
    registers("* beside another contact: 400", 400, "Contact: *, <sip:{me}@{here}>\n    Expires: 0"),
    registers("a contact that is no SIP URI: 400", 400, "Contact: <tel:+4930123>"),
    registers("a contact that cannot be read: 400", 400, "Contact: <sip:{me}@{here}"),
    registers("REGISTER of a number that nobody has: 404", 404, "Contact: <sip:{me}@{here}>", who="77777777"),
    registers("Path that is no SIP URI: 400", 400, "Contact: <sip:{me}@{here}>\n    Path: <tel:+4930123>"),
    Item("who asks for a GRUU gets one: OPTIONS to it 200, to that of another instance 480; who does not ask gets none", "gruu", uas=None,
         dn={"uac": ', contact: "*"'}, values={"instance": "urn:uuid:f81d4fae-7dec-11d0-a765-00a0c91e6bf6"}),
    registers("a contact that is a GRUU: 403", 403, "Contact: <sip:{me}@{service}:5060;gr=urn:uuid:any>"),
    Item("Service-Route of the answer to REGISTER is a way for calls", "service_route", uas="not_carried_uas", values={"heard": "Route:"},
         dn={"uac": f', contact: "*", sip-service-route: "sip:{sandbox.ADDRESS}"'}),
    transfer("REFER: blind transfer, with Referred-By", "refer", "refer_third", "refer_uas", referred_by="Referred-By: *.sip:{uac}@",
             outcome=200),
    transfer("REFER without a subscription (norefersub)", "refer_silent", "refer_third", "refer_uas",
             more="Refer-Sub: false\n    Supported: norefersub", referred_by="^INVITE"),
    transfer("REFER to who is busy: NOTIFY says 486, the call goes on", "refer_failed", outcome=486),
    refer_refused("REFER without Refer-To: 400", 400, "X-No: Refer-To"),
    refer_refused("REFER to a number that nobody has: 404", 404, "Refer-To: <sip:77777777@{server}>"),
    refer_refused("REFER to what is no SIP URI: 416", 416, "Refer-To: <tel:+4930123>"),
    refer_refused("REFER of another method: 403", 403, "Refer-To: <sip:{third}@{server};method=BYE>"),
    refer_refused("REFER with a Referred-By that is no address: 400", 400, "Refer-To: <sip:{third}@{server}>", "Referred-By: me"),
    refer_refused("REFER that requires what nobody knows: 420", 420, "Refer-To: <sip:{third}@{server}>", "Require: x-strange"),
    transfer("REFER with Replaces of no dialog: 481, both calls go on", "attended_refused", "call_third"),
    Item("INVITE with Replaces, early-only, of an answered call: 486", "replaces_early", uas="call_uas"),
    subscribe("SUBSCRIBE to dialog: every step of a call; 481 after the end", "watched", "dialog", "{uac}", "watch_third",
              "watched_uas"),
    subscribe("SUBSCRIBE to message-summary; 481 after the end", "message_summary", "message-summary"),
    subscribe("SUBSCRIBE to reg; 481 after the end", "reg", "reg", dn={"uac": ', contact: "*"'}),
    subscribe_refused("SUBSCRIBE to what nobody tells of: 489 with Allow-Events", 489, "presence", field="Allow-Events: .*dialog"),
    subscribe_refused("SUBSCRIBE without Event: 489", 489, " "),
    subscribe_refused("SUBSCRIBE for too short a time: 423 with Min-Expires", 423, "dialog", "Expires: 10", "Min-Expires: *60"),
    subscribe_refused("SUBSCRIBE that takes another body only: 406", 406, "dialog", "Accept: text/plain"),
    subscribe_refused("SUBSCRIBE to a number that nobody has: 404", 404, "dialog", about="77777777"),
    subscribe_refused("SUBSCRIBE to another's contacts: 403", 403, "reg", about="{uas}"),
    Item("MESSAGE and its answer are carried", "message"),
    Item("MESSAGE in a call, both ways; after it 481", "message_call"),
    message_refused("MESSAGE to a number that nobody has: 404", 404, "77777777"),
    message_refused("MESSAGE to a phone that has not registered: 480", 480, "{third}", dn={"third": ', contact: "*"'}),
    message_refused("MESSAGE that is refused: 415 is carried", 415, uas="message_refused_uas"),
    carried("Diversion is carried", "Diversion: <sip:1009@example.com>;reason=no-answer;counter=1",
            "Diversion: *.sip:1009@example.com.; ?reason=no-answer; ?counter=1"),
    carried("History-Info is carried", "History-Info: <sip:1009@example.com?Reason=SIP%3Bcause%3D302>;index=1, <sip:b@c>;index=1.1",
            "History-Info: *.sip:1009@example.com.Reason=SIP%3Bcause%3D302.; ?index=1.*index=1.1"),
    carried("P-Preferred-Identity ends here", "P-Preferred-Identity: <sip:me@example.org>", "P-Preferred-Identity", "not_carried_uas"),
    carried("Proxy-Authorization ends here", 'Proxy-Authorization: Digest username="x"', "Proxy-Authorization", "not_carried_uas"),
    identity("P-Asserted-Identity of a trusted Trunk comes to a trusted DN, private or not", True, "Trunk: " + TRUSTED, TRUSTED, "id"),
    identity("P-Asserted-Identity of a trusted Trunk comes to a phone", True, "Trunk: " + TRUSTED, ""),
    identity("P-Asserted-Identity of a trusted Trunk with Privacy: id does not come to a phone", False, "Trunk: " + TRUSTED, "", "id"),
    identity("P-Asserted-Identity of a phone is not believed", False, "", TRUSTED),
    carried("Privacy is carried", ASSERTED + "\n    Privacy: id", "Privacy: *id", dn={"uac": "Trunk: " + TRUSTED, "uas": ""}),
]

bench = Bench(directory, ITEMS)
server = daemon.Daemon(directory, bench.dns(), options=bench.options(),
                       node=bench.node + "  limits: {nonce-lifetime: 10s}\n").start()
bench.claim_all()
claim("the server ends when asked to", lambda: expect(server.terminate() == 0, f"it ended with {server.process.returncode}"))
claims.finish()
