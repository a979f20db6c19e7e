#!/usr/bin/env python3
"""The server at an IPv6 address: sipp's calls over UDP and TCP, openssl's request over TLS, STUN, and the TOS byte of what
leaves, which sip-ip-tos says; and a server at one address of each family, with calls from one to the other.
"""
# time-limit: 120
import os
import shutil
import socket
import struct
import subprocess
import threading

from harness import claims, daemon, sandbox
from harness.caller import Caller
from harness.certificates import Certificates
from harness.claims import claim, expect, until

CALLS, RATE, TOS = 100, 25, 184  # DSCP EF
SERVER, PHONES = "fd00::1", "fd00::2"

sandbox.enter()
directory = sandbox.directory("ipv6")
for address, device in ((SERVER, "server"), (PHONES, "phones")):
    subprocess.run(["ip", "address", "add", f"{address}/64", "dev", device, "nodad"], check=True)
options, node = f"sip-ip-tos: {TOS}", ""
with_tls = shutil.which("openssl") is not None
if with_tls:
    pki = Certificates(directory)
    certificate, key = pki.certificate("server", SERVER)
    options, node = options + ", sip-tls-port: 5061", f"  sip-tls-cert: {certificate}\n  sip-tls-key: {key}\n"
v4 = sandbox.ADDRESS
both = daemon.Daemon(directory, [
    daemon.trunk("from-v4", f"sip:{sandbox.PHONE_ADDRESS}:5084"), daemon.trunk("to-v6", f"sip:[{PHONES}]:5184", "service-v6"),
    daemon.trunk("from-v6", f"sip:[{PHONES}]:5085"), daemon.trunk("to-v4", f"sip:{sandbox.PHONE_ADDRESS}:5185", "service-v4")],
    options=f'sip-address-v6: "{SERVER}"', name="sip-both", port=5160).start()
sandbox.ADDRESS = f'"{SERVER}"'  # as YAML wants it
trunks = [line for transport, port in (("udp", 5082), ("tcp", 5083)) for line in (
    daemon.trunk(f"from-{transport}", f"sip:[{PHONES}]:{port};transport={transport}"),
    daemon.trunk(f"to-{transport}", f"sip:[{PHONES}]:{port + 100};transport={transport}", f"service-{transport}"))]
server = daemon.Daemon(directory, trunks, options=options, node=node).start()
seen = {}


def listen():
    """The traffic class of what the server sends, by protocol: 17 UDP, 6 TCP."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x86DD))
    tap.bind(("lo", 0x86DD))  # where both addresses are of one host
    own = socket.inet_pton(socket.AF_INET6, SERVER)
    while True:
        packet = tap.recv(65536)
        port = struct.unpack_from("!H", packet, 40)[0]
        if packet[8:24] == own and packet[6] in (6, 17) and port in (5060, 5061):
            seen.setdefault((packet[6], port), set()).add(struct.unpack_from("!I", packet)[0] >> 20 & 255)


def calls(transport, port, mode):
    uas = Caller(directory, f"uas-{transport}", ["-sn", "uas"], f"[{PHONES}]:{port + 100}", mode)
    uac = Caller(directory, f"uac-{transport}", ["-sn", "uac", "-s", f"service-{transport}", "-r", str(RATE), "-m", str(CALLS), "-d", "100"],
                 f"[{PHONES}]:{port}", mode, f"[{SERVER}]:5060")
    uas.start()
    uac.run(CALLS / RATE + 30)
    made = uac.expect_clean(CALLS)
    uas.stop()
    return f"{made} calls"


def between():
    """From IPv4 to IPv6, and the other way round. sipp answers where the Via says: in its own family."""
    made = []
    for family, (caller, server_at), callee in (
            ("v6", (f"{sandbox.PHONE_ADDRESS}:5084", f"{v4}:5160"), f"[{PHONES}]:5184"),
            ("v4", (f"[{PHONES}]:5085", f"[{SERVER}]:5160"), f"{sandbox.PHONE_ADDRESS}:5185")):
        uas = Caller(directory, f"uas-both-{family}", ["-sn", "uas"], callee).start()
        uac = Caller(directory, f"uac-both-{family}", ["-sn", "uac", "-s", f"service-{family}", "-r", str(RATE), "-m", str(CALLS),
                                                       "-d", "100"], caller, "u1", server_at)
        uac.run(CALLS / RATE + 30)
        made.append(uac.expect_clean(CALLS))
        uas.stop()
    return f"{sum(made)} calls"


def over_tls():
    request = (f"OPTIONS sip:[{SERVER}]:5061;transport=tls SIP/2.0\r\nVia: SIP/2.0/TLS [{PHONES}]:5070;branch=z9hG4bKs\r\n"
               "From: <sip:1@x>;tag=1\r\nTo: <sip:x>\r\nCall-ID: s\r\nCSeq: 1 OPTIONS\r\nMax-Forwards: 70\r\nContent-Length: 0\r\n\r\n")
    with subprocess.Popen(["openssl", "s_client", "-connect", f"[{SERVER}]:5061", "-CAfile", pki.ca, "-verify_return_error",
                           "-verify_ip", SERVER, "-quiet"], stdin=subprocess.PIPE, stdout=subprocess.PIPE,
                          stderr=subprocess.DEVNULL) as client:
        client.stdin.write(request.encode())
        client.stdin.flush()
        first = client.stdout.readline().decode()
        expect(first.startswith("SIP/2.0 200"), f"{first!r}")
        client.kill()


def stun():
    with socket.socket(socket.AF_INET6, socket.SOCK_DGRAM) as phone:
        phone.bind((PHONES, 0))
        phone.settimeout(5)
        transaction = os.urandom(12)
        phone.sendto(b"\x00\x01\x00\x00\x21\x12\xa4\x42" + transaction, (SERVER, 5060))
        got = phone.recv(1000)
        mask = b"\x21\x12\xa4\x42" + transaction
        address = bytes(a ^ b for a, b in zip(got[28:44], mask))
        port = struct.unpack("!H", got[26:28])[0] ^ 0x2112
        expect(got[:4] == b"\x01\x01\x00\x18" and got[8:20] == transaction, f"{got!r}")
        expect((socket.inet_ntop(socket.AF_INET6, address), port) == phone.getsockname()[:2], f"{address!r} {port}")


def marked():
    wanted = {(17, 5060): {TOS}, (6, 5060): {TOS}} | ({(6, 5061): {TOS}} if with_tls else {})
    until(lambda: set(seen) >= set(wanted), 5, lambda: f"only {seen} was seen")
    for flow, classes in seen.items():
        expect(TOS in classes and classes <= {TOS, 0}, f"{flow} leaves with {classes}")
    expect(seen[(17, 5060)] == {TOS}, f"datagrams leave with {seen[(17, 5060)]}")


threading.Thread(target=listen, daemon=True).start()
claim("sipp calls over UDP and IPv6", lambda: calls("udp", 5082, "u1"))
claim("sipp calls over TCP and IPv6", lambda: calls("tcp", 5083, "t1"))
if with_tls:
    claim("openssl is answered over TLS and IPv6", over_tls)
claim("STUN tells an IPv6 address", stun)
claim("what leaves has the TOS byte that sip-ip-tos says", marked)
claim("sipp calls from IPv4 to IPv6 and back through one server", between)
claim("the server ends when asked to", lambda: expect(server.terminate() == 0, f"it ended with {server.process.returncode}"))
claims.finish()
