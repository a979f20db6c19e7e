#!/usr/bin/env python3
"""What sipp cannot do, item by item, over UDP, TCP and TLS: octets, limits, repetitions, several phones of a number, dialogs that
name each other, and what must not come.
"""
# time-limit: 120
import concurrent.futures
import re
import secrets

from harness import claims, daemon, digest, sandbox, tlib
from harness.certificates import Certificates
from harness.claims import claim, expect
from harness.dialog import Dialog, begin, called, silence, take, talk
from harness.sip import SDP, Agent, answer
from harness.tcp_agent import TcpAgent
from harness.tls_agent import tls_agent

TLS_PORT, TLIB_PORT, FIRST_PORT, PORTS = 5061, 5071, 12000, 10
LARGEST = 16 * 1024

sandbox.enter()
directory = sandbox.directory("sip_agents")
client = tlib.Tool(directory, f"127.0.0.1:{TLIB_PORT}")
pki = Certificates(directory)
certificate, key = pki.certificate("server", sandbox.ADDRESS)
TRANSPORTS = {"udp": (Agent, ";transport=udp", 5060), "tcp": (TcpAgent, ";transport=tcp", 5060),
              "tls": (tls_agent(*pki.certificate("phone", sandbox.PHONE_ADDRESS), pki.ca), ";transport=tls", TLS_PORT)}


class Cast:
    """The agents of an item over a transport: three, whose numbers are their ports."""

    def __init__(self, index, transport):
        kind, _, port = TRANSPORTS[transport]
        self.numbers = [str(number) for number in numbers(index, transport)]
        self.agents = [kind(f"{sandbox.PHONE_ADDRESS}:{number}", f"{sandbox.ADDRESS}:{port}") for number in self.numbers]

    def __iter__(self):
        return iter(zip(self.agents, self.numbers))

    def close(self):
        for agent in self.agents:
            agent.close()


def numbers(index, transport):
    first = FIRST_PORT + PORTS * (len(TRANSPORTS) * index + list(TRANSPORTS).index(transport))
    return range(first, first + 3)


def dns():
    for index in range(len(ITEMS)):
        for transport, (_, param, _) in TRANSPORTS.items():
            for at, number in enumerate(numbers(index, transport)):
                contact = "*" if ITEMS[index][2] and at == 0 else f"sip:{number}@{sandbox.PHONE_ADDRESS}:{number}{param}"
                yield f'      - {{number: "{number}", type: Extension, options: {{TServer: {{contact: "{contact}"{ITEMS[index][2]}}}}}}}'


def attended(cast):
    """RFC 5589 7: who talks to two joins them; its call with the second is released."""
    (a, a_number), (b, b_number), (c, c_number) = cast
    first, bob = talk(a, a_number, b, b_number)
    second, carol = talk(a, a_number, c, c_number)
    replaces = f"{second.call_id}%3Bto-tag%3D{second.remote_tag}%3Bfrom-tag%3D{second.tag}"
    first.ask("REFER", 202, f"Refer-To: <{a.uri.format(user=c_number)}?Replaces={replaces}>\r\nReferred-By: <{a.uri.format(user=a_number)}>\r\n")
    told = first.agree("NOTIFY")
    expect(told.body.startswith(b"SIP/2.0 200") and "terminated" in told.headers["subscription-state"], told.text)
    released = second.agree("BYE")
    expect(released.headers["call-id"] == second.call_id, "the other call was released")
    first.send("BYE")
    reoffer = take(b, "INVITE")
    b.send(answer(reoffer, "200 OK", b.contact(b_number), SDP.format(host=b.host)))
    carol.agree("INVITE")
    expect(b"m=audio" in take(b, "ACK").body, "no answer in the ACK to who was asked for an offer")
    carol.send("BYE")
    bob.agree("BYE")


def replaces(cast):
    """RFC 3891: another phone of its number takes its call over; the same Replaces once more finds nothing."""
    (a, a_number), (b, b_number), (c, _) = cast
    old, bob = talk(a, a_number, b, b_number)
    new = begin(c, a_number, b_number)
    header = f"Replaces: {old.call_id};to-tag={old.remote_tag};from-tag={old.tag}\r\nRequire: replaces\r\n"
    new.invite(header)
    new.answered()
    old.agree("BYE")
    reoffer = take(b, "INVITE")
    b.send(answer(reoffer, "200 OK", b.contact(b_number), SDP.format(host=b.host)))
    new.agree("INVITE")
    take(b, "ACK")
    late = begin(c, a_number, b_number)
    late.invite(header)
    take(c, 481)
    bob.send("BYE")
    new.agree("BYE")


def path(cast):
    """RFC 3327: registers as if through a proxy, and is called through it."""
    (a, a_number), (b, b_number), _ = cast
    proxy = f"<sip:proxy@{a.host}:{a.port};lr{a.parameter}>"
    request = a.build("REGISTER", a_number, f"path-{a_number}", 1, a_number, headers=f"Path: {proxy}\r\nSupported: path\r\nExpires: 60\r\n")
    registered = a.final(request.replace(f"Contact: <sip:{a_number}@{a.host}:{a.port}", f"Contact: <sip:{a_number}@192.0.2.9:5555"))
    expect(registered.status == 200 and registered.headers.get("path") == proxy, registered.text)
    call = begin(b, b_number, a_number)
    call.invite()
    invite = take(a, "INVITE")
    expect(invite.first.startswith(f"INVITE sip:{a_number}@192.0.2.9:5555") and invite.headers.get("route") == proxy, invite.text)
    a.send(answer(invite, "486 Busy Here"))
    take(b, 486)


def octets(cast):
    """A body of several parts with every octet there is, and one of 12,000, comes as it went; so does an answer's."""
    (a, a_number), (b, b_number), _ = cast
    parts = b"--b\r\nContent-Type: application/sdp\r\n\r\nv=0\r\n\r\n--b\r\nContent-Type: application/isup;version=x\r\n\r\n" + \
        bytes(range(256)) + b"\r\n\r\n\r\nVia: nobody\r\n--b--\r\n"
    for cseq, body in enumerate((parts, b"\r\n" + bytes(range(255, -1, -1)), bytes(range(240)) * 50), 1):
        text = a.build("MESSAGE", b_number, f"octets-{a_number}", cseq, a_number, f"t{cseq}", headers="Content-Type: multipart/mixed;boundary=b\r\n")
        a.send(with_body(text, body))
        message = take(b, "MESSAGE")
        expect(message.body == body, f"{len(body)} octets went, {len(message.body)} came: {message.body[:80]} ...")
        expect(message.headers["content-type"] == "multipart/mixed;boundary=b", message.headers["content-type"])
        b.send(with_body(answer(message, "200 OK").replace("Content-Length", "Content-Type: x/y\r\nContent-Length"), body[::-1]))
        expect(take(a, 200).body == body[::-1], "the answer's body is another")
    return f"up to {len(body)} octets"


def with_body(text, body):
    head, _, _ = text.encode().partition(b"Content-Length: 0\r\n\r\n")
    return head + f"Content-Length: {len(body)}\r\n\r\n".encode() + body


def too_large(cast):
    """More than max-message-size: 513; too long a line, too many lines: 400; and the next request is served."""
    (a, a_number), (b, b_number), _ = cast
    for what, status, body, headers in (("body", 513, b"x" * LARGEST, ""), ("line", 400, b"", f"X-Long: {'y' * 9000}\r\n"),
                                        ("lines", 400, b"", "X-Line: z\r\n" * 130)):
        text = a.build("MESSAGE", b_number, f"large-{a_number}-{what}", 1, a_number, headers=headers)
        a.send(with_body(text, body))
        expect(take(a, status).headers["call-id"] == f"large-{a_number}-{what}", f"another request got {status}")
        silence(a, 0.3)  # of a connection that nobody can frame any more this is the end
    silence(b, 0.3)
    talk(a, a_number, b, b_number)[0].ask("BYE", 200)


def messages_wait(cast):
    """RFC 3842: what a T-Library client says of messages comes to who has subscribed."""
    (a, a_number), (_, b_number), _ = cast
    watch = begin(a, a_number, b_number)
    watch.remote_tag = watch.ask("SUBSCRIBE", 200, "Event: message-summary\r\nExpires: 600\r\n").headers["to"].partition(";tag=")[2]
    expect(b"Messages-Waiting: no" in watch.agree("NOTIFY").body, "messages wait from the beginning")
    desk = client.run(b_number)
    for request, told in (("On", b"Messages-Waiting: yes"), ("Off", b"Messages-Waiting: no")):
        desk.ask(f"RequestSetMessageWaiting{request}", ThisDN=b_number)
        body = watch.agree("NOTIFY").body
        expect(told in body, f"after {request}: {body}")
    desk.finish()


def nobody_answers(cast):
    """RFC 4320: who passes a request on says 100 after a while, and nothing when its own patience is over."""
    (a, a_number), (b, b_number), _ = cast
    a.send(a.build("MESSAGE", b_number, f"silence-{a_number}", 1, a_number))
    take(b, "MESSAGE")
    take(a, 100)
    silence(a, 34)


def repeated(cast):
    """Said twice, heard once: the same request (17.2.1), and the same one over another way (8.2.2.2: 482)."""
    (a, a_number), (b, b_number), _ = cast
    call = begin(a, a_number, b_number)
    text = call.request("INVITE", body=SDP.format(host=a.host))
    a.send(text)
    a.send(text)
    a.send(text.replace(call.branch, call.branch + "-other"))
    invite = take(b, "INVITE")
    take(a, 482)
    silence(b, 0.3)
    b.send(answer(invite, "180 Ringing", b.contact(b_number)))
    take(a, 180)
    call.send("CANCEL")
    b.send(answer(take(b, "CANCEL"), "200 OK"))
    b.send(answer(invite, "487 Request Terminated"))
    take(a, 487)
    take(b, "ACK")


def replayed(cast):
    """RFC 7616 3.3: a signature is good once; the same nonce's next count is good."""
    (a, a_number), _, _ = cast
    uri = a.uri.format(user=a_number)
    first = a.register(a_number)
    line = digest.answer(first, a_number, "sesame", "REGISTER", uri)
    expect(a.register(a_number, headers=line).status == 200, "signed and refused")
    again = a.register(a_number, headers=line)
    expect(all(one.stale for one in digest.challenges(again)), "a replay is not stale")
    line = digest.answer(first, a_number, "sesame", "REGISTER", uri, count=2)
    expect(a.register(a_number, headers=line).status == 200, "the next count is refused")


def phones_gone(cast):
    """A phone that has lost its call says 481 to a request in it, and the call ends for the other (12.2.1.2)."""
    (a, a_number), (b, b_number), _ = cast
    ours, _ = talk(a, a_number, b, b_number)
    ours.send("INFO")
    b.send(answer(take(b, "INFO"), "481 Call/Transaction Does Not Exist"))
    take(a, 481)
    ours.agree("BYE")


def instance(agent):
    return f"urn:uuid:00000000-0000-1000-8000-{agent.port:012}"


def bind(agent, number, named="", flow="", expires=600):
    """Registers it, as that instance; the GRUU that it is told."""
    text = agent.build("REGISTER", number, secrets.token_hex(8), 1, number,
                       headers=f"Supported: gruu, path, outbound\r\nExpires: {expires}\r\n")
    contact = f"Contact: <{agent.contact(number)}>"
    registered = agent.final(text.replace(contact, contact + (named and f';+sip.instance="<{named}>"') + flow))
    expect(registered.status == 200, registered.text)
    gruu = re.search(f'{named}>"[^\r,]*;pub-gruu="([^"]*)"', registered.text)
    return gruu and gruu.group(1)


def call_at(agent, number, to, uri):
    """A call of the agent's whose Request-URI is `uri`."""
    call = begin(agent, number, to)
    agent.send(call.request("INVITE", body=SDP.format(host=agent.host)).replace(f"INVITE {agent.uri.format(user=to)} ", f"INVITE {uri} "))
    return call


def rings_only(call, phone, number, other):
    """It rings at one phone, which refuses, and not at the other."""
    invite = take(phone, "INVITE")
    phone.send(answer(invite, "180 Ringing", phone.contact(number)))
    take(call.agent, 180)
    silence(other, 0.3)
    phone.send(answer(invite, "486 Busy Here"))
    take(phone, "ACK")
    call.refused(486)


def gruus(cast):
    """RFC 5627: each phone of a number has a URI of its own, which reaches that one alone, while it is registered."""
    (a, a_number), (b, b_number), (c, _) = cast
    of_a, of_c = (bind(phone, a_number, instance(phone)) for phone in (a, c))
    expect(of_a == f"sip:{a_number}@{sandbox.ADDRESS}:5060;gr={instance(a)}", f"the GRUU is {of_a}")
    rings_only(call_at(b, b_number, a_number, of_a), a, a_number, c)
    rings_only(call_at(b, b_number, a_number, of_c), c, a_number, a)
    bind(c, a_number, instance(c), expires=0)
    for uri, status in ((of_c, 480), (of_a + "0", 480), (of_a.replace(a_number, "77777777"), 404)):
        call_at(b, b_number, a_number, uri).refused(status)
    silence(a, 0.3)
    rings_only(call_at(b, b_number, a_number, of_a), a, a_number, c)


def gruu_of_flows(cast):
    """RFC 5626: a phone with two flows has one GRUU. The newer flow is tried; the other one when its edge has lost that (430), and
    when it is over: its connection breaks while it rings, or over UDP the phone takes it back.
    """
    (a, a_number), (b, b_number), (c, _) = cast
    gruu = bind(a, a_number, instance(a), ";reg-id=1")
    expect(bind(c, a_number, instance(a), ";reg-id=2") == gruu, "the other flow has another GRUU")
    call = call_at(b, b_number, a_number, gruu)
    c.send(answer(take(c, "INVITE"), "430 Flow Failed"))
    take(c, "ACK")
    rings_only(call, a, a_number, c)
    bind(c, a_number, instance(a), ";reg-id=2")
    if not c.reliable:
        bind(c, a_number, instance(a), ";reg-id=2", expires=0)
    call = call_at(b, b_number, a_number, gruu)
    if c.reliable:
        take(c, "INVITE")
        c.close()
    rings_only(call, a, a_number, b)
    rings_only(call_at(b, b_number, a_number, gruu), a, a_number, b)


def early(phone, number, invite, sequence):
    """Rings reliably, with a session."""
    text = answer(invite, "183 Session Progress", phone.contact(number), SDP.format(host=phone.host))
    phone.send(text.replace("Content-Length", f"Require: 100rel\r\nRSeq: {sequence}\r\nContent-Length"))


def heard(call, known):
    """The dialog of a 183 that is of none of these, acknowledged by a PRACK that the phone gets; and what RSeq it had."""
    message = take(call.agent, 183)
    while message.headers["to"] in known:
        message = take(call.agent, 183)
    known.append(message.headers["to"])
    dialog = Dialog(call.agent, call.user, call.peer, call.call_id, call.tag, message.headers["to"].partition(";tag=")[2])
    dialog.cseq = 1
    return dialog, message.headers["rseq"]


def early_dialogs(cast):
    """Two phones of a number ring reliably, each in a dialog of its own to the caller (RFC 3262, 3311); who refuses is over by 199
    (RFC 6228), and for who does not understand that in silence.
    """
    (a, a_number), (b, b_number), (c, _) = cast
    for phone in (a, c):
        bind(phone, a_number)
    call = begin(b, b_number, a_number)
    call.invite("Supported: 100rel, 199\r\n")
    invites, dialogs, known = {}, {}, []
    for phone, sequence in ((a, 11), (c, 70)):
        invites[phone] = take(phone, "INVITE")
        early(phone, a_number, invites[phone], sequence)
        dialog, number = heard(call, known)
        dialogs[phone] = dialog
        dialog.ask("PRACK", 481, f"RAck: {int(number) + 1} 1 INVITE\r\n")
        dialog.send("PRACK", f"RAck: {number} 1 INVITE\r\n")
        prack = take(phone, "PRACK")
        expect(prack.headers["rack"] == f"{sequence} 1 INVITE", f"RAck: {prack.headers['rack']}")
        phone.send(answer(prack, "200 OK"))
        take(b, 200)
    session = SDP.format(host=b.host)
    for phone in (a, c):
        dialogs[phone].send("UPDATE", body=session)
        phone.send(answer(take(phone, "UPDATE"), "200 OK", phone.contact(a_number), SDP.format(host=phone.host)))
        expect(b"m=audio" in take(b, 200).body, "the answer to an UPDATE has no session")
    a.send(answer(invites[a], "486 Busy Here"))
    take(a, "ACK")
    over = take(b, 199)
    expect(over.headers["to"].endswith(dialogs[a].remote_tag) and "cause=486" in over.headers.get("reason", ""), over.text)
    dialogs[a].ask("UPDATE", 481, body=session)
    c.send(answer(invites[c], "200 OK", c.contact(a_number), SDP.format(host=c.host)))
    call.answered()
    expect(call.remote_tag == dialogs[c].remote_tag, "answered in a dialog that has not rung")
    take(c, "ACK")
    dialogs[c].ask("BYE", 200)
    c.send(answer(take(c, "BYE"), "200 OK"))


def not_told(cast):
    """Who does not say that it understands 199 hears none."""
    (a, a_number), (b, b_number), (c, _) = cast
    for phone in (a, c):
        bind(phone, a_number)
    call = begin(b, b_number, a_number)
    call.invite()
    invites = {phone: take(phone, "INVITE") for phone in (a, c)}
    for phone, invite in invites.items():
        phone.send(answer(invite, "180 Ringing", phone.contact(a_number)))
        take(b, 180)
    a.send(answer(invites[a], "486 Busy Here"))
    take(a, "ACK")
    silence(b, 0.5)
    c.send(answer(invites[c], "486 Busy Here"))
    take(c, "ACK")
    call.refused(486)


SIGNS = ", password: sesame, authenticate-requests: register"
ITEMS = [
    ("REFER with Replaces: attended transfer", attended, ""),
    ("INVITE with Replaces takes a call over, once", replaces, ""),
    ("a phone behind a proxy is called through its Path", path, " "),
    ("bodies are carried octet by octet, both ways", octets, ""),
    ("too large: 513; too long and too many lines: 400; then a call", too_large, ""),
    ("messages that wait: NOTIFY when a T-Library client says so", messages_wait, ""),
    ("a MESSAGE that nobody answers: 100, and nothing after 64*T1", nobody_answers, ""),
    ("a repeated INVITE is no second call; a merged one gets 482", repeated, ""),
    ("a replayed signature is stale, the next count is good", replayed, SIGNS),
    ("481 in a call ends it for the other side", phones_gone, ""),
    ("a GRUU rings its phone only; of who is not registered 480", gruus, " "),
    ("a GRUU outlives one of its phone's flows", gruu_of_flows, " "),
    ("two phones of a number: PRACK and UPDATE in each early dialog, 199 of who refuses, 481 in it", early_dialogs, " "),
    ("who does not understand 199 hears nothing of a phone that refuses", not_told, " "),
]


def play(index, transport):
    cast = Cast(index, transport)
    try:
        return ITEMS[index][1](cast)
    finally:
        cast.close()


server = daemon.Daemon(directory, list(dns()), options=f"sip-tls-port: {TLS_PORT}", node=(
    f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n  tlib-port: {TLIB_PORT}\n  limits: {{max-message-size: {LARGEST // 1024}KiB}}\n")).start()
with concurrent.futures.ThreadPoolExecutor(len(ITEMS) * len(TRANSPORTS)) as pool:
    running = [(f"{transport}: {text}", pool.submit(play, index, transport))
               for index, (text, _, _) in enumerate(ITEMS) for transport in TRANSPORTS]
    for text, result in running:
        claim(text, result.result)
claim("the server ends when asked to", lambda: expect(server.terminate() == 0, f"it ended with {server.process.returncode}"))
claims.finish()
