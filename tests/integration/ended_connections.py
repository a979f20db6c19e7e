#!/usr/bin/env python3
"""A gateway that ends the connection on which it has just been sent an INVITE, over TCP and TLS: nobody knows whether it
has read it. It must hear the same INVITE once more over a new connection; and who loses it twice is given up.
"""
# time-limit: 90
import concurrent.futures
import itertools
import socket
import ssl
import struct
import time

from harness import claims, daemon, sandbox
from harness.certificates import Certificates
from harness.claims import claim, expect, until
from harness.sip import Agent, Call, Message, answer

SECONDS = 10  # far below 64*T1
ports = itertools.count(5080)

sandbox.enter()
directory = sandbox.directory("ended_connections")
pki = Certificates(directory)
certificate, key = pki.certificate("server", sandbox.ADDRESS)


class Gateway:
    def __init__(self, port, context):
        self.context, self.listener = context, socket.create_server((sandbox.PHONE_ADDRESS, port))
        self.listener.settimeout(SECONDS)

    def serve(self, endings):
        """Takes a connection and an INVITE for each; what it was sent, and the last connection."""
        heard = []
        for ending in endings:
            connection = self.listener.accept()[0]
            connection.settimeout(SECONDS)
            if self.context:
                connection = self.context.wrap_socket(connection, server_side=True)
            heard.append(self._message(connection))
            if ending == "answers":
                connection.sendall(answer(Message(heard[-1]), "486 Busy Here").encode())
                continue
            if ending == "resets":
                connection.setsockopt(socket.SOL_SOCKET, socket.SO_LINGER, struct.pack("ii", 1, 0))
            connection.close()
        return heard, connection

    @staticmethod
    def _message(connection):
        data = b""
        while not data.endswith(b"RTP/AVP 0\r\n"):
            more = connection.recv(65536)
            expect(more, f"the server ended the connection after {len(data)} octets")
            data += more
        return data


def call(gateway, number, endings):
    """What the caller heard, how long it took, and what the gateway did."""
    caller = Agent(f"{sandbox.PHONE_ADDRESS}:{next(ports)}", server.server)
    with concurrent.futures.ThreadPoolExecutor(1) as pool:
        began = time.monotonic()
        heard = pool.submit(Call(caller, number, "1001").invite, SECONDS)
        invites, connection = gateway.serve(endings)
        status = heard.result().status
    took = time.monotonic() - began
    connection.close()
    until(lambda: server.metric("understudy_net_flows_open") == 0, SECONDS, "a connection is still there")
    expect(all(one == invites[0] for one in invites), f"the gateway was sent different requests: {invites}")
    return status, took


def said_again(gateway, number, ending):
    before = server.metric("understudy_requests_lost_total")
    status, took = call(gateway, number, (ending, "answers"))
    expect(status == 486, f"the caller heard {status}")
    lost = server.metric("understudy_requests_lost_total") - before
    expect(lost == 1, f"{lost:.0f} requests were lost")
    return f"486 after {took:.1f} s"


def given_up(gateway, number):
    """By then no third connection has been made: 500 is said once the second is lost."""
    before = server.metric("understudy_requests_lost_total")
    status, took = call(gateway, number, ("closes", "resets"))
    expect(status == 500, f"the caller heard {status}")
    lost = server.metric("understudy_requests_lost_total") - before
    expect(lost == 2, f"{lost:.0f} requests were lost")
    return f"{status} after {took:.1f} s"


context = ssl.SSLContext(ssl.PROTOCOL_TLS_SERVER)
context.load_cert_chain(*pki.certificate("gateway", sandbox.PHONE_ADDRESS))
gateways = {"tcp": (Gateway(5071, None), "7"), "tls": (Gateway(5072, context), "8")}
trunks = [daemon.trunk(transport, f"sip:{sandbox.PHONE_ADDRESS}:{gateway.listener.getsockname()[1]};transport={transport}", prefix)
          for transport, (gateway, prefix) in gateways.items()]
server = daemon.Daemon(directory, [daemon.extension("1001"), *trunks], options="sip-tls-port: 5061",
                       node=f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n  sip-tls-ca: {pki.ca}\n").start()
for transport, (gateway, prefix) in gateways.items():
    for ending in ("closes", "resets"):
        claim(f"{transport}: a gateway that {ending} the connection instead of answering hears the INVITE again and answers it",
              lambda: said_again(gateway, prefix + "01", ending))
    claim(f"{transport}: where that happens twice the caller hears so, and nobody tries for ever", lambda: given_up(gateway, prefix + "02"))
claim("the server ends as it should", lambda: expect(server.terminate() == 0, f"it ended with {server.process.returncode}"))
claims.finish()
