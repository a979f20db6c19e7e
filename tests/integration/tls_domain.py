#!/usr/bin/env python3
"""Trunks over TLS that are names: the certificate must be the domain's (RFC 5922), whatever address a real DNS gives."""
# time-limit: 60
import shutil
import sys

from harness import claims, daemon, dns, sandbox
from harness.certificates import Certificates
from harness.claims import claim, expect, until
from harness.tcp_phone import TcpPhone
from harness.tls_agent import tls_agent

TLS_PORT = 5061
PHONES = sandbox.PHONE_ADDRESS

sandbox.enter()
directory = sandbox.directory("tls_domain")
if not shutil.which("openssl"):
    claims.skip("a domain's servers over TLS", "openssl is not installed")
    claims.finish()
    sys.exit()
ours = Certificates(directory)
certificate, key = ours.certificate("server", sandbox.ADDRESS)
of_domain = ours.certificate("gw", domains=["gw.example"])
of_address = ours.certificate("phone", PHONES)
names = dns.Dns(directory)
over_tls = f"{sandbox.ADDRESS}:{TLS_PORT}"
server = daemon.Daemon(
    directory, [daemon.extension("1004"), daemon.extension("1005"),
                daemon.trunk("gw", "sip:gw@gw.example:5090;transport=tls", "9"),
                daemon.trunk("impostor", "sip:gw@impostor.example:5091;transport=tls", "8")],
    options=f"sip-tls-port: {TLS_PORT}",
    node=(f'  dns-servers: "{names.server}"\n  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n'
          f"  sip-tls-ca: {ours.ca}\n"))
made = {}


def start():
    names.start([dns.host("gw.example", PHONES), dns.host("impostor.example", PHONES)])
    server.start()
    until(lambda: server.metric("understudy_locate_answered_total") >= 2, 5, "no name was answered")
    made["caller"] = TcpPhone("1004", f"{PHONES}:5092", over_tls, agent=tls_agent(*of_address, ours.ca)).start()


def connected():
    return server.metric("understudy_net_flows_connected_total")


def domain():
    """Its Contact is an address, which it gives over a connection that is the domain's: the BYE goes over that."""
    gateway = TcpPhone("1005", f"{PHONES}:5090", over_tls, agent=tls_agent(*of_domain, ours.ca)).start()
    before = connected()
    for _ in range(2):
        call = made["caller"].dial("9555")
        incoming = gateway.answered()
        made["caller"].wait(call, "talking")
        expect("SIP/2.0/TLS" in incoming.invite.headers["via"], incoming.invite.headers["via"])
        expect(made["caller"].request(call, "BYE") == 200, "BYE")
    expect(connected() == before + 1, f"{connected() - before:.0f} connections")


def impostor():
    """A certificate of our CA, and of the very address that it is at."""
    other = tls_agent(*of_address, ours.ca)(f"{PHONES}:5091", over_tls)
    call = made["caller"].dial("8555")
    until(lambda: other.receive(0.05) is None and call.state == "ended", 10, "the call does not end")
    expect(call.status >= 500, f"the call got {call.status}")
    until(lambda: "certificate is not accepted" in server.log_text(), 3, f"the log does not say so; see {server.log}")


if claim("the server starts, and asks DNS for its Trunks", start):
    claim("calls go to who has a certificate of the domain, and all of a call over one connection", domain)
    claim("who has one of the address alone hears nothing", impostor)
claim("the server ends when asked to", lambda: expect(server.terminate() == 0, f"it ended with {server.process.returncode}"))
names.stop()
claims.finish()
