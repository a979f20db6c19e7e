#!/usr/bin/env python3
"""The link between the nodes and the way to the witness under mutual TLS: the pair works, the primary dies and the backup
serves; a node with a certificate of somebody else's is refused, and nothing of the link can be read on the wire.
"""
# time-limit: 120
import os
import shutil
import socket
import struct
import sys
import threading

from harness import claims, daemon, pair as pairs, programs, sandbox, sip
from harness.caller import Caller
from harness.certificates import Certificates
from harness.claims import claim, expect, until

sandbox.enter()
directory = sandbox.directory("pair_tls")
if not shutil.which("openssl"):
    claims.skip("a pair under mutual TLS", "openssl is not installed")
    claims.finish()
    sys.exit()


def files(name, ca="ca"):
    return f"{{ca: {directory}/{ca}.pem, certificate: {directory}/{name}.pem, key: {directory}/{name}.key}}"


ours, others = Certificates(directory), Certificates(directory, "other-ca")
for name in ("sip-a", "sip-b", "arbiter"):
    ours.certificate(name)
others.certificate("stranger")

uas = f"{sandbox.PHONE_ADDRESS}:5090"
in_format = files("sip-a").replace("{", "{{").replace("}", "}}")
pairs.NODE = pairs.NODE.replace('endpoints: ["http:', f'tls: {in_format}, endpoints: ["https:')
pair = pairs.Pair(directory, [daemon.extension("1001"), daemon.trunk("to", uas, prefix="service")],
                  peer=[f"tls: {files('sip-a')}"])
pair.witness = pairs.Helper(directory, "arbiter", [
    programs.built("tools/arbiter"), "--listen", f"127.0.0.1:{pairs.WITNESS_PORT}", "--file",
    os.path.join(directory, "register"), "--certificate", "arbiter.pem", "--key", "arbiter.key", "--ca", "ca.pem"],
    lambda: pairs.answers(pairs.WITNESS_PORT))
agent = sip.Agent(f"{sandbox.PHONE_ADDRESS}:5070", pair.server)
heard = []


def listen():
    """What the nodes say to each other and to the witness."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    tap.bind(("lo", 0x0800))
    ports = {pairs.WITNESS_PORT, *pairs.PEER_PORTS.values()}
    while True:
        packet = tap.recv(65536)
        segment = packet[(packet[0] & 15) * 4:]
        if packet[9] == socket.IPPROTO_TCP and ports.intersection(struct.unpack_from("!HH", segment)):
            heard.append(segment)


def prepare():
    os.chdir(directory)
    threading.Thread(target=listen, daemon=True).start()
    pair.start()
    Caller(directory, "uas", ["-sn", "uas"], uas).start()
    agent.register("1001")
    return "peer link and arbiter want a certificate"


def failover():
    call = agent.call("service", user="1001")
    old = pair.primary()
    old.kill()
    until(lambda: pair.other(old).role() == "primary", 10, "nobody takes over")
    call.bye()
    pair.wait_ready()
    return f"{pair.primary().name} serves"


def secret():
    """The messages that went to the backup as entries are not to be read on the loopback, where the link is."""
    both = b"".join(heard)
    expect(len(both) > 10000, f"only {len(both)} octets were heard")
    for clear in (b"1001", b"INVITE", b"in_sync", b"inSync"):
        expect(clear not in both, f"{clear} can be read on the wire")
    return f"{len(heard)} packets"


def stranger():
    """A backup whose certificate is of another authority."""
    node = pair.backup()
    node.leave()
    with open(node.config, encoding="utf-8") as file:
        text = file.read()
    with open(node.config, "w", encoding="utf-8") as file:
        file.write(text.replace(f"    tls: {files('sip-a')}", f"    tls: {files('stranger', 'other-ca')}"))
    node.supervise()
    primary = pair.other(node)
    until(lambda: primary.events("00-20082"), 10, f"{primary.name} does not say that it refuses; see {primary.log}")
    expect(node.role() == "joining", f"the stranger is {node.role()}")
    expect(primary.role() == "primary", f"{primary.name} is {primary.role()}")
    return primary.events("00-20082")[-1].split("why=")[-1][:120]


if claim("a pair under mutual TLS is in sync", prepare):
    claim("the primary dies: the backup serves, the call goes on", failover)
    claim("nothing of the link or of the witness can be read on the wire", secret)
    claim("a peer with somebody else's certificate is refused", stranger)
claims.finish()
