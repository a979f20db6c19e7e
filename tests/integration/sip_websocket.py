#!/usr/bin/env python3
"""Browser phones: SIP over WebSocket and over secure WebSocket, with each other and with a phone over UDP; strangers' pages,
other protocols; and the pair's kill test with browser phones that come back.

UNDERSTUDY_KILLS says how often the primary dies.
"""
# time-limit: 150
import os
import shutil
import socket
import sys

from harness import claims, daemon, sandbox
from harness.certificates import Certificates
from harness.claims import claim, expect, until
from harness.pair import Pair
from harness.sip import Agent
from harness.tcp_phone import TcpPhone
from harness.tls_agent import contexts
from harness.websocket_phone import websocket_agent

WS_PORT, WSS_PORT = 8080, 8443
KILLS = int(os.environ.get("UNDERSTUDY_KILLS", "0")) or 6

sandbox.enter()
directory = sandbox.directory("sip_websocket")
if not shutil.which("openssl"):
    claims.skip("SIP over WebSocket", "openssl is not installed")
    claims.finish()
    sys.exit()
pki = Certificates(directory)
certificate, key = pki.certificate("server", sandbox.ADDRESS)
tls = contexts(*pki.certificate("page"), pki.ca)[0]
pair = Pair(directory, [daemon.extension(str(number)) for number in range(1001, 1006)],
            options=f"sip-ws-port: {WS_PORT}, sip-wss-port: {WSS_PORT}", streams={"ws": WS_PORT, "wss": WSS_PORT},
            node=f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n  sip-ws-origins: \"https://phone.example\"\n")
plain = f"{sandbox.ADDRESS}:{WS_PORT}"
secure = f"{sandbox.ADDRESS}:{WSS_PORT}"
amy = TcpPhone("1001", "amy", secure, agent=websocket_agent(tls, "https://phone.example"))
ben = TcpPhone("1002", "ben", plain, agent=websocket_agent())
eve = websocket_agent(None, "https://evil.example")("eve", plain)
phones = [amy, ben]
held = []


def call(caller, callee):
    ours = caller.dial(callee.number)
    theirs = callee.answered()
    return caller.wait(ours, "talking"), theirs


def prepare():
    pair.start()
    for phone in phones:
        phone.start()


def calls():
    for caller, callee in ((amy, ben), (ben, amy)):
        ours, theirs = call(caller, callee)
        via = theirs.invite.headers["via"]
        expect(via.startswith(f"SIP/2.0/{callee.agent.transport} {sandbox.ADDRESS}:"), via)
        expect(";transport=ws" in theirs.invite.headers["contact"], theirs.invite.headers["contact"])
        expect(caller.request(ours, "INFO") == 200, "INFO of the caller")
        expect(callee.request(theirs, "INFO") == 200, "INFO of the called")
        expect(callee.request(theirs, "BYE") == 200, "BYE")
        caller.wait(ours, "ended")


def with_udp():
    """A phone over UDP calls a browser's."""
    agent = Agent(f"{sandbox.PHONE_ADDRESS}:5070", pair.server)
    expect(agent.register("1003").status == 200, "REGISTER over UDP")
    calling = agent.build("INVITE", "1001", "udp-1", 1, "1003", body="v=0\r\no=- 1 1 IN IP4 x\r\ns=-\r\nc=IN IP4 10.0.0.9\r\n"
                          "t=0 0\r\nm=audio 6000 RTP/AVP 0\r\n")
    agent.send(calling)
    incoming = amy.incoming()
    amy.answer(incoming)
    answered = agent.final(calling)
    expect(answered.status == 200, answered.first)
    expect(f"@{sandbox.ADDRESS}:5060" in answered.headers["contact"], answered.headers["contact"])


def keep_alives():
    before = pair.primary().metric("understudy_net_keepalives_total")
    ben.agent.send_frame(b"\r\n\r\n", 1)
    ben.agent.send_frame(b"", 9)
    until(lambda: pair.primary().metric("understudy_net_keepalives_total") >= before + 2, 5, "nobody counts keep-alives")


def strangers():
    for text, status in ((b"OPTIONS sip:x SIP/2.0\r\n\r\n", b"400"), (b"GET / HTTP/1.1\r\nHost: x\r\n\r\n", b"426")):
        with socket.create_connection((sandbox.ADDRESS, WS_PORT), 5) as connection:
            connection.sendall(text)
            connection.settimeout(5)
            got = connection.recv(4096)
            expect(status in got.split(b"\r\n")[0], f"{text!r} was answered with {got!r}")
    try:
        eve._connect()
        raise claims.Broken("a page of a stranger's may connect")
    except OSError as error:
        expect("403" in str(error), str(error))


def deaths():
    held.append(call(amy, ben))
    for _ in range(KILLS):
        pair.wait_ready(60)
        before = [phone.agent.connects for phone in phones]
        pair.primary().kill()
        for phone, connects in zip(phones, before):
            phone.wait_registered(connects + 1)
        ours, theirs = held[0]
        expect(amy.request(ours, "INFO") == 200, "INFO of amy")
        expect(ben.request(theirs, "INFO") == 200, "INFO of ben")
        pair.expect_no_crash()
    expect(amy.request(held[0][0], "BYE") == 200, "BYE")
    ben.wait(held[0][1], "ended")
    return f"{KILLS} deaths"


def equal_journals():
    pair.wait_ready(60)
    pair.leave()
    pair.expect_no_crash()
    return pair.expect_equal_journals()


if claim("browser phones register, one over secure WebSocket, one over plain", prepare):
    claim("they call each other, and each is answered and called over its connection", calls)
    claim("a phone over UDP calls one of them", with_udp)
    claim("CRLF and pings are answered and counted", keep_alives)
    claim("other protocols and pages of strangers are refused", strangers)
    claim("the primary dies often: a call between browsers goes on once they are back", deaths)
    claim("both journals are whole, replay bit for bit, and agree", equal_journals)
claims.finish()
