#!/usr/bin/env python3
"""A server in two networks: sipp's calls from one to the other and back, over UDP and TCP. Whatever goes into the second
network leaves from the address there, and says that address (sip-address-by-network). Who asks the other address is
answered from that one.
"""
# time-limit: 120
import re
import socket
import struct
import subprocess
import threading

from harness import claims, daemon, sandbox, sip
from harness.caller import Caller
from harness.claims import claim, expect, until

CALLS, RATE = 100, 25
SERVER, PHONES = "10.232.0.1", "10.232.0.2"
ADDRESSES = {sandbox.PHONE_ADDRESS: sandbox.ADDRESS, PHONES: SERVER}  # what who hears must come from
SAYS = re.compile(rb"^(?:Via: SIP/2.0/\w+ |Contact: <sip:[^@>]*@?)([0-9.]+)", re.M)

sandbox.enter()
directory = sandbox.directory("networks")
for address, device in ((SERVER, "server"), (PHONES, "phones")):
    subprocess.run(["ip", "address", "add", f"{address}/16", "dev", device], check=True)
trunks = [line for i, transport in enumerate(("udp", "tcp")) for line in (
    daemon.trunk(f"from-first-{transport}", f"sip:{sandbox.PHONE_ADDRESS}:{5080 + i};transport={transport}"),
    daemon.trunk(f"to-second-{transport}", f"sip:{PHONES}:{5180 + i};transport={transport}", f"second-{transport}"),
    daemon.trunk(f"from-second-{transport}", f"sip:{PHONES}:{5280 + i};transport={transport}"),
    daemon.trunk(f"to-first-{transport}", f"sip:{sandbox.PHONE_ADDRESS}:{5380 + i};transport={transport}", f"first-{transport}"))]
server = daemon.Daemon(directory, [*trunks, daemon.extension("2001"), daemon.extension("2002")], options=f'sip-address-by-network: "10.232.0.0/16 {SERVER}"').start()
left, said = set(), set()


def listen():
    """Where SIP that goes to a phone comes from, and which addresses its Contact and first Via name."""
    tap = socket.socket(socket.AF_PACKET, socket.SOCK_DGRAM, socket.htons(0x0800))
    tap.bind(("lo", 0x0800))  # where all addresses are of one host
    while True:
        packet = tap.recv(65536)
        header = (packet[0] & 15) * 4
        if packet[9] not in (6, 17) or struct.unpack_from("!H", packet, header)[0] != 5060:
            continue
        source, destination = (socket.inet_ntoa(packet[at:at + 4]) for at in (12, 16))
        left.add((destination, source))
        if b" SIP/2.0\r\n" in packet:  # a request: its Via and Contact are ours
            said.update((destination, found.decode()) for found in SAYS.findall(packet[header:]))


def calls(transport, mode):
    made = []
    for name, (caller, at), callee in (
            ("second", (f"{sandbox.PHONE_ADDRESS}:{5080 + (transport == 'tcp')}", f"{sandbox.ADDRESS}:5060"), f"{PHONES}:{5180 + (transport == 'tcp')}"),
            ("first", (f"{PHONES}:{5280 + (transport == 'tcp')}", f"{SERVER}:5060"), f"{sandbox.PHONE_ADDRESS}:{5380 + (transport == 'tcp')}")):
        uas = Caller(directory, f"uas-{name}-{transport}", ["-sn", "uas"], callee, mode).start()
        uac = Caller(directory, f"uac-{name}-{transport}", ["-sn", "uac", "-s", f"{name}-{transport}", "-r", str(RATE), "-m", str(CALLS),
                                                            "-d", "100"], caller, mode, at)
        uac.run(CALLS / RATE + 30)
        made.append(uac.expect_clean(CALLS))
        uas.stop()
    return f"{sum(made)} calls"


def from_each():
    until(lambda: {destination for destination, _ in left} >= set(ADDRESSES), 5, lambda: f"only {left} was seen")
    expect(left == set(ADDRESSES.items()), f"to, from: {sorted(left)}")
    expect(said == set(ADDRESSES.items()), f"to, and what Via and Contact say: {sorted(said)}")


class ShutIn(sip.Agent):
    """It hears nobody but whom it asks, as behind a firewall or a symmetric NAT."""

    def _open(self):
        super()._open()
        self._socket.connect(self.server)


def asked_elsewhere():
    phone = ShutIn(f"{PHONES}:5490", f"{sandbox.ADDRESS}:5060")
    caller = ShutIn(f"{sandbox.PHONE_ADDRESS}:5491", f"{SERVER}:5060")
    for agent, number in ((phone, "2001"), (caller, "2002")):
        answer = agent.register(number)
        expect(answer.status == 200, f"the REGISTER of {number} got {answer.first}")

    def decline():
        request = phone.receive(10)
        if request is not None:
            phone.send(sip.answer(request, "486 Busy Here"))

    threading.Thread(target=decline, daemon=True).start()
    answer = sip.Call(caller, "2001", "2002").invite(10)
    expect(answer.status == 486, f"the call got {answer.first}")


threading.Thread(target=listen, daemon=True).start()
claim("sipp calls from one network to the other and back, over UDP", lambda: calls("udp", "u1"))
claim("sipp calls from one network to the other and back, over TCP", lambda: calls("tcp", "t1"))
claim("what goes into a network leaves from the address there, and says it", from_each)
claim("who asks the other address is answered, and called, from there", asked_elsewhere)
claim("the server ends when asked to", lambda: expect(server.terminate() == 0, f"it ended with {server.process.returncode}"))
claims.finish()
