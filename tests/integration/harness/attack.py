"""What strangers and broken phones do to a server, a process for each kind:

    attack = Attack("strangers", source="10.231.78.101", seed=7, seconds=20, ports={"sip": 5060}).start()
    attack.finish()                  # {"sent": messages, "connections": links}

ports: sip; tls, ws, tlib (a list) where there are any. The server is at sandbox.ADDRESS. Kinds are the names in KINDS.
"""
import argparse
import json
import os
import random
import select
import socket
import subprocess
import sys
import time

from harness import mutations, sandbox, sip
from harness.claims import expect
from harness.digest import HASHES, authorization, challenges

INTEGRATION = os.path.dirname(os.path.dirname(os.path.abspath(__file__)))
METHODS = ("INVITE", "ACK", "BYE", "CANCEL", "REGISTER", "OPTIONS", "INFO", "PRACK", "UPDATE", "REFER", "MESSAGE", "SUBSCRIBE", "NOTIFY",
           "PUBLISH")
VICTIMS = range(3001, 3011)  # DNs whose phone is the one of broken_phone
VICTIMS_PORT = 5070


class Attack:
    def __init__(self, kind, source, seed, seconds, ports):
        self.kind = kind
        self._command = [sys.executable, "-m", "harness.attack", kind, "--source", source, "--seed", str(seed), "--seconds",
                         str(seconds), "--ports", json.dumps(ports)]
        self._process = None

    def start(self):
        self._process = subprocess.Popen(self._command, cwd=INTEGRATION, stdin=subprocess.DEVNULL, stdout=subprocess.PIPE)
        return self

    def finish(self, seconds=30):
        out, _ = self._process.communicate(timeout=seconds)
        expect(self._process.returncode == 0, f"{self.kind} ended with {self._process.returncode}")
        return json.loads(out)


class Attacker:
    """What the kinds have in common: where to, what until, and how much it was."""

    def __init__(self, source, seed, seconds, ports):
        self.source, self.ports, self.chance = source, ports, random.Random(seed)
        self.end, self.sent, self.connections = time.monotonic() + seconds, 0, 0
        self.datagrams = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self.datagrams.bind((source, 0))
        self.number = 0

    def paced(self, rate):
        """Counts from 0 at `rate` a second, until the end."""
        began = time.monotonic()
        while time.monotonic() < self.end:
            ahead = self.number / rate - (time.monotonic() - began)
            if ahead > 0:
                time.sleep(min(ahead, 0.05))
                continue
            self.number += 1
            yield self.number

    def send(self, data):
        self.sent += 1
        self.datagrams.sendto(data, (sandbox.ADDRESS, self.ports["sip"]))

    def connect(self, port):
        """None where the server does not want it."""
        try:
            link = socket.create_connection((sandbox.ADDRESS, port), 2, (self.source, 0))
        except OSError:
            return None
        self.connections += 1
        link.settimeout(0.5)
        return link

    def say(self, link, data):
        """Over a link that may have been closed."""
        try:
            link.sendall(data)
            self.sent += 1
        except OSError:
            pass

    def in_a_stream(self, port, *messages):
        link = self.connect(port)
        if link:
            self.say(link, b"".join(messages))
            link.close()

    def agent(self):
        """Who builds requests that are answered where datagrams go out."""
        agent = sip.Agent(f"{self.source}:0", f"{sandbox.ADDRESS}:{self.ports['sip']}")
        agent.port = self.datagrams.getsockname()[1]
        return agent

    def request(self, agent, method, to, user):
        body = sip.SDP.format(host=self.source) if method in ("INVITE", "UPDATE") else ""
        return agent.build(method, to, f"attack-{self.source}-{self.number}", 1, str(user), body=body).encode()


def torture(us):
    """RFC 4475 and 5118, as datagrams and in streams."""
    messages = mutations.corpus("torture4475", "torture5118")
    for number in us.paced(150):
        if messages:
            message = messages[number % len(messages)][:mutations.LONGEST]
            us.in_a_stream(us.ports["sip"], message) if number % 10 == 0 else us.send(message)


def mutants(us):
    """What others wrote, a few octets turned."""
    messages = mutations.corpus("torture4475", "torture5118", "messages", "flows") or [b"OPTIONS sip:x SIP/2.0\r\n\r\n"]
    for number in us.paced(200):
        message = mutations.mutated(us.chance, us.chance.choice(messages))
        us.in_a_stream(us.ports["sip"], message, us.chance.choice(messages)) if number % 10 == 0 else us.send(message)


def mutated_calls(us):
    """Requests of phones that there are, to others, a few octets turned: many get through, and begin calls that come to nothing."""
    agent = us.agent()
    for _ in us.paced(100):
        text = us.request(agent, us.chance.choice(METHODS), str(us.chance.choice(VICTIMS)), us.chance.choice(VICTIMS))
        us.send(mutations.mutated(us.chance, text) if us.chance.random() < 0.8 else text)


def broken_phone(us):
    """Whoever calls one of the VICTIMS gets answers with a few octets turned, several, or none."""
    phone = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
    phone.bind((us.source, VICTIMS_PORT))
    while time.monotonic() < us.end:
        if not select.select([phone], [], [], 0.2)[0]:
            continue
        data, whence = phone.recvfrom(65536)
        message = sip.Message(data)
        if message.status or message.method == "ACK" or not {"to", "from", "via", "cseq", "call-id"} <= set(message.headers):
            continue
        for _ in range(us.chance.randrange(4)):
            status = us.chance.choice(("100 Trying", "180 Ringing", "183 Session Progress", "200 OK", "302 Moved", "401 No", "486 Busy",
                                       "503 No", "999 What"))
            text = sip.answer(message, status, f"sip:{us.source}:{VICTIMS_PORT}", sip.SDP.format(host=us.source)).encode()
            phone.sendto(mutations.mutated(us.chance, text) if us.chance.random() < 0.5 else text, whence)
            us.sent += 1


def strangers(us):
    """INVITE of nobody we know, to numbers that there are."""
    agent = us.agent()
    for number in us.paced(400):
        us.send(us.request(agent, "INVITE", str(us.chance.choice(VICTIMS)), f"nobody-{number}"))


def guesses(us):
    """REGISTER signed with wrong passwords, as an answer to a challenge of its own; when it is shut out nothing comes back."""
    agent, challenge = us.agent(), None
    for number in us.paced(100):
        user = str(us.chance.choice(VICTIMS))
        line = ""
        if challenge:
            line = authorization(challenge, user, f"guess-{number}", "REGISTER", agent.uri.format(user=user), number)
        us.send(agent.build("REGISTER", user, f"guess-{us.source}", number, user, headers=line).encode())
        while select.select([us.datagrams], [], [], 0)[0]:
            answer = sip.Message(us.datagrams.recv(65536))
            offered = challenges(answer) if answer.status == 401 else []
            challenge = next((one for one in offered if one.algorithm in HASHES), challenge)


def half_open(us):
    """Connections that say nothing, or the beginning of TLS, of a WebSocket, of a message; they stay until they are thrown out."""
    beginnings = {"sip": (b"", b"\r\n", b"INVITE sip:x SIP/2.0\r\nVia: SIP/2.0/TCP x"), "tls": (b"", b"\x16\x03\x01\x02\x00\x01"),
                  "ws": (b"", b"GET / HTTP/1.1\r\nHost: x\r\nUpgrade: websocket\r\n")}
    kept = []
    for _ in us.paced(20):
        kind = us.chance.choice([kind for kind in beginnings if kind in us.ports])
        link = us.connect(us.ports[kind])
        if link:
            us.say(link, us.chance.choice(beginnings[kind]))
            kept.append(link)
        while len(kept) > 400:
            kept.pop(0).close()


def slow(us):
    """A message, an octet at a time, over many connections."""
    agent, links = us.agent(), []
    for number in us.paced(100):
        if len(links) < 50 and (link := us.connect(us.ports["sip"])):
            links.append((link, us.request(agent, us.chance.choice(METHODS), "3001", 3002)))
        if links:
            link, rest = links.pop(0)
            us.say(link, rest[:1])
            links.append((link, rest[1:])) if len(rest) > 1 else link.close()


def oversize(us):
    """More than anybody may say: in a datagram, in a stream, without an end, with a lie about its length."""
    huge = (b"OPTIONS sip:x SIP/2.0\r\nVia: SIP/2.0/UDP x;branch=z9hG4bK1\r\nFrom: <sip:a@b>;tag=1\r\nTo: <sip:c@d>\r\nCall-ID: h\r\n"
            b"CSeq: 1 OPTIONS\r\n")
    streams = (huge + b"Content-Length: 200000\r\n\r\n" + b"x" * 200000, huge + b"Content-Length: 4294967296\r\n\r\n", huge + b"a: b\r\n" * 50000,
               huge + b"x" * 300000, b"\r\n" * 20000)
    for number in us.paced(20):
        if number % 2:
            us.send(huge + b"Content-Length: 60000\r\n\r\n" + b"x" * us.chance.randrange(50000, 60000))
        else:
            us.in_a_stream(us.ports["sip"], us.chance.choice(streams))


def broken_clients(us):
    """Octets that are no frame of a T-Library client, of a length that may be one."""
    for _ in us.paced(20):
        size = us.chance.choice((0, 1, 40, 4000, 2**24, 2**32 - 1))
        link = None
        try:
            link = socket.create_connection(("127.0.0.1", us.chance.choice(us.ports["tlib"])), 2)
        except OSError:
            continue
        us.connections += 1
        us.say(link, size.to_bytes(4, "little") + us.chance.randbytes(min(size, 2000)))
        link.close()


KINDS = {kind.__name__: kind for kind in (torture, mutants, mutated_calls, broken_phone, strangers, guesses, half_open, slow, oversize,
                                          broken_clients)}


def main():
    parser = argparse.ArgumentParser(description=__doc__.splitlines()[0])
    parser.add_argument("kind", choices=KINDS)
    parser.add_argument("--source", required=True)
    parser.add_argument("--seed", type=int, required=True)
    parser.add_argument("--seconds", type=float, required=True)
    parser.add_argument("--ports", type=json.loads, required=True)
    given = parser.parse_args()
    us = Attacker(given.source, given.seed, given.seconds, given.ports)
    KINDS[given.kind](us)
    print(json.dumps({"sent": us.sent, "connections": us.connections}))


if __name__ == "__main__":
    main()
