#!/usr/bin/env python3
"""SIP over TLS with things that nobody here wrote: baresip, sipp behind socat, openssl s_client; certificates that are
believed and such that are not, plain text and half a handshake at the TLS port, a new certificate while a call is up.
"""
# time-limit: 150
import os
import shutil
import socket
import subprocess
import sys
import time

from harness import claims, daemon, rtp, sandbox
from harness.caller import Caller
from harness.certificates import Certificates
from harness.claims import claim, expect, until
from harness.phone import Phone
from harness.tcp_phone import TcpPhone
from harness.tls_agent import contexts, tls_agent

TLS_PORT, MUTUAL_PORT = 5061, 5261
CALLS, RATE = 100, 20

sandbox.enter()
directory = sandbox.directory("sip_tls")
if not shutil.which("openssl"):
    claims.skip("SIP over TLS", "openssl is not installed")
    claims.finish()
    sys.exit()
PHONES = sandbox.PHONE_ADDRESS
ours, others = Certificates(directory), Certificates(directory, "other-ca")
certificate, key = ours.certificate("server", sandbox.ADDRESS)
phone_certificate, phone_key = ours.certificate("phone", PHONES)
stranger_certificate, stranger_key = others.certificate("stranger", PHONES)
for name in ("phone", "stranger"):
    with open(os.path.join(directory, f"{name}-both.pem"), "w", encoding="ascii") as both:
        for part in (f"{name}.pem", f"{name}.key"):
            with open(os.path.join(directory, part), encoding="ascii") as file:
                both.write(file.read())


def node(mutual=False):
    return f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n  sip-tls-ca: {ours.ca}\n  sip-tls-mutual: {str(mutual).lower()}\n"


DNS = [daemon.extension(str(number)) for number in range(1001, 1007)] + [
    daemon.trunk("from-sipp", f"sip:{PHONES}:5082"), daemon.trunk("gw", f"sip:gw@{PHONES}:5090;transport=tls", "9"),
    daemon.trunk("stranger", f"sip:gw@{PHONES}:5091;transport=tls", "8"),
    daemon.trunk("to-sipp", f"sip:{PHONES}:5190", "service")]
server = daemon.Daemon(directory, DNS, options=f"sip-tls-port: {TLS_PORT}", node=node()).start()
mutual = daemon.Daemon(directory, DNS, options=f"sip-tls-port: {MUTUAL_PORT}", node=node(True), name="sip-mutual", port=5260).start()
over_tls = f"{sandbox.ADDRESS}:{TLS_PORT}"
tap = rtp.Tap()
anna = Phone(directory, "1001", over_tls, 1, 500, transport="tls", answer="manual", ca=ours.ca,
             certificate=os.path.join(directory, "phone-both.pem"))
bert = Phone(directory, "1002", over_tls, 2, 1100, transport="tls", answer="manual", ca=ours.ca,
             certificate=os.path.join(directory, "phone-both.pem"))
cleo = Phone(directory, "1003", server.server, 3, 700, answer="manual")


def metric(name, of=server):
    return of.metrics().get(f"understudy_net_{name}", 0)


def failed(of=server):
    return metric('flows_ended_total{reason="tls-failed"}', of)


def register():
    for phone in (anna, bert, cleo):
        phone.start()
        phone.wait_registered()
    expect(metric("tls_handshakes_total") >= 2, f"{metric('tls_handshakes_total')} handshakes")


def talk(caller, callee):
    caller.dial(callee.number)
    callee.wait_for("CALL_INCOMING")
    callee.accept()
    for phone in (caller, callee):
        phone.wait_for("CALL_ESTABLISHED")
    since = time.monotonic()
    until(lambda: tap.heard(caller, callee.hertz, since) >= 0.4 and tap.heard(callee, caller.hertz, since) >= 0.4, 8,
          f"{caller.number} and {callee.number} do not hear each other; see {directory}/phone-*")


def calls():
    """Over TLS, and from TLS to UDP and back."""
    for caller, callee in ((anna, bert), (cleo, anna), (bert, cleo)):
        talk(caller, callee)
        callee.hang_up()
        for phone in (caller, callee):
            phone.wait_for("CALL_CLOSED")
    expect("SIP/2.0/TLS" in anna.trace_text() and ";transport=tls" in anna.trace_text(), f"no TLS in {anna.trace}")


def through_socat():
    """sipp, which speaks TCP, and socat, which speaks TLS for it."""
    if not shutil.which("socat"):
        return claims.skip("sipp behind socat", "socat is not installed")
    subprocess.Popen(["socat", f"TCP-LISTEN:5082,bind={PHONES},fork,reuseaddr",
                      f"OPENSSL:{over_tls},cafile={ours.ca},bind={PHONES}"], stdin=subprocess.DEVNULL)
    uas = Caller(directory, "uas", ["-sn", "uas"], f"{PHONES}:5190").start()
    until(lambda: listening(PHONES, 5082), 5, "socat does not listen")
    uac = Caller(directory, "uac", ["-sn", "uac", "-r", str(RATE), "-m", str(CALLS), "-d", "100"],
                 f"{sandbox.ADDRESS}:5082", "t1", f"{PHONES}:5082")
    uac.run(CALLS / RATE + 30)
    made = uac.expect_clean(CALLS)
    uas.stop()
    return f"{made} calls"


def listening(address, port):
    with socket.socket() as probe:
        probe.settimeout(1)
        return probe.connect_ex((address, port)) == 0


def s_client():
    """What openssl itself says of the listener, and an OPTIONS over it."""
    request = (f"OPTIONS sip:{over_tls};transport=tls SIP/2.0\r\nVia: SIP/2.0/TLS {PHONES}:5070;branch=z9hG4bKs\r\nFrom: <sip:1001@x>;tag=1\r\n"
               "To: <sip:x>\r\nCall-ID: s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
    for version, works in (("-tls1_3", True), ("-tls1_2", True), ("-tls1_1", False)):
        with subprocess.Popen(["openssl", "s_client", "-connect", over_tls, "-CAfile", ours.ca, "-verify_return_error", "-verify_ip",
                               sandbox.ADDRESS, "-quiet", version], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                              stderr=subprocess.DEVNULL) as client:
            client.stdin.write(request.encode())
            client.stdin.flush()
            first = client.stdout.readline().decode()
            expect(first.startswith("SIP/2.0 200") == works, f"{version}: {first!r}")
            client.kill()


def plain_text():
    """Counted each time; one failure a second is told."""
    def told():
        before = failed()
        with socket.create_connection((sandbox.ADDRESS, TLS_PORT), 5) as connection:
            connection.sendall(b"OPTIONS sip:x SIP/2.0\r\n\r\n")
            connection.settimeout(5)
            while data := connection.recv(4096):
                expect(b"SIP" not in data, f"plain text was answered with {data!r}")
        until(lambda: failed() > before, 3, "nobody counts plain text at the TLS port")
        return "does not speak TLS" in server.log_text()
    until(told, 10, f"the log does not say so; see {server.log}", interval=0.5)


def half_a_handshake():
    """The first octets of a ClientHello, and nothing more."""
    with socket.create_connection((sandbox.ADDRESS, TLS_PORT), 5) as connection:
        connection.sendall(b"\x16\x03\x01\x02\x00\x01")
        connection.settimeout(20)
        began = time.monotonic()
        expect(connection.recv(10) == b"", "something answers")
        took = time.monotonic() - began
    expect(metric('flows_ended_total{reason="tls-silent"}') == 1, "nobody counts it")
    return f"closed after {took:.0f} s"


def mutual_tls():
    """With a certificate of ours, with one of others', with none."""
    for cert, private, ca, welcome in ((phone_certificate, phone_key, ours.ca, True),
                                       (stranger_certificate, stranger_key, ours.ca, False), (None, None, ours.ca, False)):
        client = contexts(cert, private, ca)[0]
        before = failed(mutual)
        got = b""
        try:
            with client.wrap_socket(socket.create_connection((sandbox.ADDRESS, MUTUAL_PORT), 5),
                                    server_hostname=sandbox.ADDRESS) as connection:
                connection.sendall(b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/TLS h;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:x>\r\n"
                                   b"Call-ID: m\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 1\r\nContent-Length: 0\r\n\r\n")
                got = connection.recv(4096)
        except OSError:
            pass
        expect((b"200 OK" in got) == welcome, f"{cert}: {got!r}")
        if not welcome:
            until(lambda before=before: failed(mutual) > before, 3, "nobody counts a certificate that is not believed")
    until(lambda: "certificate is not accepted" in mutual.log_text(), 3, f"the log does not say so; see {mutual.log}")


def gateways():
    """We connect: to a gateway with a certificate of our CA, and to one with another, which hears nothing."""
    gateway = TcpPhone("1005", f"{PHONES}:5090", over_tls, agent=tls_agent(phone_certificate, phone_key, ours.ca)).start()
    stranger = tls_agent(stranger_certificate, stranger_key, ours.ca)(f"{PHONES}:5091", over_tls)
    caller = TcpPhone("1004", f"{PHONES}:5092", over_tls, agent=tls_agent(phone_certificate, phone_key, ours.ca)).start()
    call = caller.dial("9555")
    incoming = gateway.answered()
    caller.wait(call, "talking")
    expect("SIP/2.0/TLS" in incoming.invite.headers["via"], incoming.invite.headers["via"])
    expect(caller.request(call, "BYE") == 200, "BYE")
    call = caller.dial("8555")
    until(lambda: stranger.receive(0.05) is None and call.state == "ended", 10, "the call to the stranger does not end")
    expect(call.status == 500, f"the call to the stranger got {call.status}")


def renewal():
    """A new certificate of another CA: the call that is up stays on its connection, new connections see the new one."""
    talk(anna, bert)
    before = metric("flows_connected_total") + metric("flows_accepted_total")
    new_certificate, new_key = others.certificate("server-new", sandbox.ADDRESS)
    os.replace(new_certificate, certificate)
    expect(presented() == "ca", "the certificate changes without SIGHUP")
    server.reload()
    until(lambda: "configuration refused" in server.log_text(), 5, "a key of another certificate is not refused")
    expect(presented() == "ca", "a refused certificate is in force")
    os.replace(new_key, key)
    server.reload()
    until(lambda: presented() == "other-ca", 5, "the new certificate is not shown")
    anna.hold()
    time.sleep(0.5)
    anna.resume()
    anna.hang_up()
    for phone in (anna, bert):
        phone.wait_for("CALL_CLOSED")
    return f"{metric('flows_connected_total') + metric('flows_accepted_total') - before:.0f} connections since, those that look"


def presented():
    """Whose certificate a new connection sees."""
    shown = subprocess.run(["openssl", "s_client", "-connect", over_tls], stdin=subprocess.DEVNULL, capture_output=True, check=False)
    text = shown.stdout.decode(errors="replace")
    issuer = next((line for line in text.splitlines() if line.startswith("issuer=")), "")
    return issuer.rpartition("CN = ")[2].strip()


if claim("baresip registers over TLS, another over UDP", register):
    claim("they call each other and hear each other", calls)
claim("sipp's calls come in over TLS through socat", through_socat)
claim("openssl s_client is answered with TLS 1.3 and 1.2, and not with 1.1", s_client)
claim("plain text at the TLS port is refused, counted and told", plain_text)
claim("half a handshake that stays is closed", half_a_handshake)
claim("mutual TLS lets in who has a certificate of ours, and nobody else", mutual_tls)
claim("calls go out over TLS to who has a certificate of ours, and nobody else", gateways)
claim("a certificate is renewed while a call is up", renewal)
for each in (server, mutual):
    claim("the server ends when asked to", lambda each=each: expect(each.terminate() == 0, f"it ended with {each.process.returncode}"))
claims.finish()
