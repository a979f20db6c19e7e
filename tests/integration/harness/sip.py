"""A small SIP user agent over UDP, for what phones and sipp do not do on command."""
import re
import secrets
import select
import socket
import time

from harness.claims import Broken, expect

SDP = "v=0\r\no=- 1 1 IN IP4 {host}\r\ns=-\r\nc=IN IP4 {host}\r\nt=0 0\r\nm=audio 6000 RTP/AVP 0\r\n"
T1 = 0.5


class Message:
    """What came: its octets, its first line, its headers (lower case, the first of each), its text."""

    def __init__(self, data):
        self.octets = data
        self.text = data.decode(errors="replace")
        self.first = self.text.split("\r\n", 1)[0]
        self.headers = {}
        for line in self.text.split("\r\n\r\n", 1)[0].split("\r\n")[1:]:
            name, _, value = line.partition(":")
            self.headers.setdefault(name.strip().lower(), value.strip())

    @property
    def status(self):
        """0 for a request."""
        return int(self.first.split()[1]) if self.first.startswith("SIP/2.0 ") else 0

    @property
    def body(self):
        """Octets."""
        return self.octets.partition(b"\r\n\r\n")[2]

    @property
    def method(self):
        return self.first.split()[0]

    @property
    def cseq(self):
        """(0, "") if it is none."""
        match = re.fullmatch(r"(\d+)\s+(\S+)", self.headers.get("cseq", ""))
        return (int(match.group(1)), match.group(2)) if match else (0, "")

    def vias(self):
        return re.findall(r"(?im)^(?:via|v)[ \t]*:.*", self.text)


def answer(request, status, contact="", body=""):
    """A response with the headers that RFC 3261 section 8.2.6.2 wants."""
    kept = [line for line in request.text.split("\r\n\r\n")[0].split("\r\n")[1:]
            if line.lower().startswith(("via:", "from:", "call-id:", "cseq:", "record-route:"))]
    tag = "" if ";tag=" in request.headers["to"] else ";tag=answer"
    more = (f"Contact: <{contact}>\r\n" if contact else "") + ("Content-Type: application/sdp\r\n" if body else "")
    return (f"SIP/2.0 {status}\r\n" + "".join(line + "\r\n" for line in kept) +
            f"To: {request.headers['to']}{tag}\r\n{more}Content-Length: {len(body)}\r\n\r\n{body}")


class Agent:
    """One UDP socket; requests are repeated as RFC 3261 section 17.1 asks until something answers."""

    transport, parameter, reliable = "UDP", "", False  # of Via, of Contact, and whether nothing need be repeated

    def __init__(self, local, server):
        self.host, port = local.rsplit(":", 1)
        self.port = int(port)
        self.server = (server.rsplit(":", 1)[0], int(server.rsplit(":", 1)[1]))
        self.uri = f"sip:{{user}}@{self.server[0]}:{self.server[1]}"
        self.requests = []  # that came and nobody asked for yet
        self._open()

    def _open(self):
        self._socket = socket.socket(socket.AF_INET, socket.SOCK_DGRAM)
        self._socket.bind((self.host, self.port))

    def fileno(self):
        return self._socket.fileno()

    def close(self):
        self._socket.close()

    def send(self, data):
        self._socket.sendto(data if isinstance(data, bytes) else data.encode(), self.server)

    def receive(self, seconds):
        """The next message within that time, or None."""
        if select.select([self._socket], [], [], max(seconds, 0))[0]:
            try:
                return Message(self._socket.recv(65536))
            except ConnectionRefusedError:  # the server is down for a moment
                return None
        return None

    def contact(self, user):
        return f"sip:{user}@{self.host}:{self.port}{self.parameter}"

    def build(self, method, to, call_id, cseq, user="agent", from_tag="t", to_tag="", headers="", body="", branch=None):
        branch = branch or "z9hG4bK" + secrets.token_hex(8)
        kind = "Content-Type: application/sdp\r\n" if body else ""
        return (f"{method} {self.uri.format(user=to)} SIP/2.0\r\n"
                f"Via: SIP/2.0/{self.transport} {self.host}:{self.port};branch={branch};rport\r\n"
                f"From: <{self.uri.format(user=user)}>;tag={from_tag}\r\n"
                f"To: <{self.uri.format(user=to)}>{to_tag and ';tag=' + to_tag}\r\n"
                f"Call-ID: {call_id}\r\nCSeq: {cseq} {method}\r\nMax-Forwards: 70\r\n"
                f"Contact: <{self.contact(user)}>\r\n{headers}{kind}"
                f"Content-Length: {len(body)}\r\n\r\n{body}")

    def final(self, request, seconds=10, provisional=None):
        """Sends a request until it is answered; its final answer. Broken if there is none in time."""
        sent = Message(request.encode())
        end, repeat, pause = time.monotonic() + seconds, 0.0, T1
        while time.monotonic() < end:
            if time.monotonic() >= repeat:
                self.send(request)
                repeat, pause = time.monotonic() + pause, min(2 * pause, 4.0)
            message = self.receive(min(repeat, end) - time.monotonic())
            if message is None:
                continue
            if message.status == 0:
                self.requests.append(message)
            elif (message.headers.get("call-id"), message.cseq) == (sent.headers["call-id"], sent.cseq):
                if message.status >= 200:
                    return message
                repeat = end if sent.method == "INVITE" else repeat
                if provisional and provisional(message):
                    return message
        raise Broken(f"no answer to {sent.first} within {seconds} s")

    def register(self, number, expires=3600, headers=""):
        request = self.build("REGISTER", number, secrets.token_hex(8), 1, user=number,
                             headers=f"Expires: {expires}\r\n{headers}")
        return self.final(request)

    def call(self, to, user="agent", seconds=10, headers=""):
        """An established call. Broken if it is refused."""
        call = Call(self, to, user)
        answer = call.invite(seconds, headers)
        expect(answer.status == 200, f"the call to {to} got {answer.first}")
        return call


class Call:
    """Our side of one call."""

    def __init__(self, agent, to, user="agent"):
        self.agent, self.to, self.user = agent, to, user
        self.call_id, self.tag, self.to_tag, self.cseq = secrets.token_hex(8), secrets.token_hex(4), "", 0

    def build(self, method, **parts):
        return self.agent.build(method, self.to, self.call_id, self.cseq, self.user, self.tag, self.to_tag, **parts)

    def invite(self, seconds=10, headers="", provisional=None):
        """The final answer, acknowledged; or the first provisional one that provisional() likes."""
        self.cseq += 1
        self.branch = "z9hG4bK" + secrets.token_hex(8)
        request = self.build("INVITE", body=SDP.format(host=self.agent.host), branch=self.branch, headers=headers)
        answer = self.agent.final(request, seconds, provisional)
        if answer.status >= 200:
            self._acknowledge(answer)
        return answer

    def _acknowledge(self, answer):
        tag = answer.headers["to"].partition(";tag=")[2]
        if answer.status < 300:
            self.to_tag = tag
            self.agent.send(self.build("ACK"))
        else:
            self.agent.send(self.agent.build("ACK", self.to, self.call_id, self.cseq, self.user, self.tag, tag,
                                             branch=self.branch))

    def outcome(self, seconds, linger=1.0):
        """The final answer to an INVITE that rings, acknowledged. Broken if a different one follows within `linger`."""
        end, first = time.monotonic() + seconds, None
        while time.monotonic() < end:
            message = self.agent.receive(end - time.monotonic())
            if not (message and message.status >= 200 and message.headers.get("call-id") == self.call_id):
                continue
            self._acknowledge(message)
            expect(first is None or first.first == message.first, f"first {first and first.first}, then {message.first}")
            if first is None:
                first, end = message, time.monotonic() + linger
                self.ended = time.monotonic()
        if first is None:
            raise Broken(f"the call to {self.to} has no outcome within {seconds} s")
        return first

    def ring(self):
        """Begins the call and returns once it rings."""
        answer = self.invite(provisional=lambda message: message.status == 180)
        expect(answer.status == 180, f"the call to {self.to} got {answer.first}")
        return self

    def cancel(self):
        """Gives up a call that rings; 487 is the outcome."""
        request = self.build("CANCEL", branch=self.branch)
        expect(self.agent.final(request).status == 200, "CANCEL was not answered with 200")
        answer = self.outcome(5, linger=0)
        expect(answer.status == 487, f"after CANCEL the call to {self.to} got {answer.first}")

    def bye(self, seconds=10):
        self.cseq += 1
        answer = self.agent.final(self.build("BYE"), seconds)
        expect(answer.status == 200, f"BYE of the call to {self.to} got {answer.first}")
